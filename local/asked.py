"""What `make run` was asked for, read strictly: whatever makes no sense is one sentence in the words of make."""

import argparse
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NoReturn
from urllib.parse import urlsplit

from local.failures import BadOption
from local.launch import Options
from local.record import STATE

_LOCALES = ("fr", "en")
_HIGHEST_PORT = 65535
_BASE_URL = re.compile(r"https?://[^\s/?#']+(/[^\s?#']*)?")
_ORIGIN = re.compile(r"\*|https?://[^\s/?#,'*]+")


class StrictParser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise BadOption(f"{message[:1].upper()}{message[1:]}.")


def read_arguments(arguments: Sequence[str]) -> tuple[Path, Options]:
    """The state folder and the options. Raises BadOption."""
    parser = StrictParser(prog="python -m local.run", description="The whole stack on this machine until Ctrl-C.")
    parser.add_argument("--port", default="0", help="the port of the API and of the AWS endpoint (default: any free one)")
    parser.add_argument("--locale", default="fr", help="of the texts for people, fr or en (default: %(default)s)")
    parser.add_argument("--backend", metavar="URL", help="a backend that runs already, instead of the example backend")
    parser.add_argument("--origins", metavar="URL,…", help="origins of the pages that may call the API")
    parser.add_argument("--state", type=Path, default=STATE, help="where stack.json and the run's files go (default: .local)")
    asked = parser.parse_args(arguments)
    return asked.state, Options(
        port=read_port(asked.port),
        locale=_locale(asked.locale),
        backend_url=None if asked.backend is None else _base_url(asked.backend),
        parameters={} if asked.origins is None else _origins(asked.origins),
    )


def read_port(text: str) -> int:
    """Raises BadOption."""
    if re.fullmatch("[0-9]{1,5}", text) and int(text) <= _HIGHEST_PORT:
        return int(text)
    raise BadOption(f"PORT={text} is no port: it must be a number from 1 to {_HIGHEST_PORT}, or be left out for any free port.")


def _locale(text: str) -> str:
    if text in _LOCALES:
        return text
    raise BadOption(f"There are no texts in LOCALE={text}: it must be {' or '.join(_LOCALES)}.")


def _base_url(text: str) -> str:
    """As the template's BackendUrl wants it, without a slash at the end."""
    if _BASE_URL.fullmatch(text) and _has_host_and_port(text):
        return text.rstrip("/")
    raise BadOption(f"BACKEND={text} is no base URL: it must look like http://127.0.0.1:5001, without a query.")


def _origins(text: str) -> Mapping[str, str]:
    origins = [origin.strip() for origin in text.split(",")]
    for origin in origins:
        if not (_ORIGIN.fullmatch(origin) and (origin == "*" or _has_host_and_port(origin))):
            raise BadOption(
                f"ORIGINS={text}: {origin!r} is no origin. It must look like http://localhost:5173, without a slash at the end, "
                "and several have commas between them."
            )
    return {"AllowedOrigins": ",".join(origins)}


def _has_host_and_port(url: str) -> bool:
    """The port may be the scheme's own."""
    try:
        parts = urlsplit(url)
        return bool(parts.hostname) and parts.port != 0
    except ValueError:  # beyond 65535, or no number; or half an IPv6 address
        return False
