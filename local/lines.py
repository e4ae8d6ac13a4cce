"""One log event as one readable line: time, who, level, message, job. What the platform prints around every call is left out."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from rich.text import Text

_PALETTE = ("cyan", "magenta", "green", "yellow", "blue", "bright_cyan", "bright_magenta", "bright_green")
_LEVEL_STYLE = {"DEBUG": "dim", "INFO": "", "WARNING": "yellow", "ERROR": "bold red", "CRITICAL": "bold red"}
_PLATFORM = ("START RequestId: ", "END RequestId: ", "REPORT RequestId: ", "INIT_START ")
# Powertools adds these to every line; on a laptop they say nothing that the line does not.
_USUAL = {"level", "message", "timestamp", "location", "service", "cold_start", "xray_trace_id", "sampling_rate"}
_USUAL |= {"function_name", "function_memory_size", "function_arn", "function_request_id", "correlation_id", "job_id"}
_USUAL |= {"exception", "exception_name", "stack_trace"}


def colour_of(name: str, everyone: list[str]) -> str:
    """The same name keeps its colour for as long as the list is the same."""
    return _PALETTE[everyone.index(name) % len(_PALETTE)] if name in everyone else "white"


def render(when: datetime, name: str, colour: str, message: str) -> Text | None:
    """None for what the platform wrote (START, END, REPORT) and for embedded metrics."""
    text = message.rstrip()
    if not text or text.startswith(_PLATFORM):
        return None
    event = _json(text)
    if event is None:
        return _line(when, name, colour, "", text)
    if "_aws" in event:
        return None
    level = str(event.get("level", "")).upper()
    line = _line(when, name, colour, level, _words(event.get("message", "")))
    if job := event.get("job_id") or event.get("correlation_id"):
        line.append(f"  job={job}", "dim")
    for key, value in event.items():
        if key not in _USUAL:
            line.append(f"  {key}={_words(value)}", "dim")
    if "exception_name" in event or "exception" in event:
        line.append(f"  {event.get('exception_name', '')} {_last_line(str(event.get('exception', '')))}".rstrip(), "red")
    return line


def _line(when: datetime, name: str, colour: str, level: str, text: str) -> Text:
    line = Text(f"{when:%H:%M:%S} ", "dim")
    line.append(f"{name:<10} ", colour)
    line.append(f"{level:<8}", _LEVEL_STYLE.get(level, ""))
    line.append(text, _LEVEL_STYLE.get(level, ""))
    return line


def _json(text: str) -> Mapping[str, Any] | None:
    if not text.startswith("{"):
        return None
    try:
        event = json.loads(text)
    except ValueError:
        return None
    return event if isinstance(event, dict) else None


def _words(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def _last_line(trace: str) -> str:
    lines = trace.strip().splitlines()
    return lines[-1].strip() if lines else ""
