"""The figures that the sentences of docs/scale.md name, as words: the tables' own, and what follows from the same pace."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from benchmarks.scale.deployment import from_template
from benchmarks.scale.pace import Pace
from benchmarks.scale.setups import AS_DEPLOYED, BY_CHANGES, BY_PARAMETERS
from benchmarks.scale.tables import given_up_after, span

type Figure = Callable[[Mapping[str, Any]], str]

_NOTIFY: Final = "notify, a new table's stream"
_WHOLE: Final = 1769
_SOME, _MANY = 100, 10_000  # jobs a second


def _reach(what: str, when: str = "") -> Figure:
    def jobs(found: Mapping[str, Any]) -> str:
        [one] = [one["jobs"] for one in found["reaches"] if one["what"] == what and when in one["when"]]
        return f"{one:,.0f}"

    return jobs


def _trial(found: Mapping[str, Any], kind: str, setup: str) -> Mapping[str, Any]:
    """At 100 jobs a second."""
    [one] = [one for one in found[kind] if one["jobs_per_second"] == _SOME and one["setup"] == setup]
    return dict(one)


def _notify(found: Mapping[str, Any], load: str, setup: str = AS_DEPLOYED.name) -> Mapping[str, Any]:
    return dict(_trial(found, "streams", setup)["notify"][load])


def _batch(found: Mapping[str, Any], memory: int, *, connected: bool = True) -> float:
    """Seconds."""
    return Pace(cpu_ms=found["cpu_ms"]).notify(from_template().notify.batch, memory, connected=connected)


def _faster(found: Mapping[str, Any], memory: int) -> float:
    return _batch(found, from_template().notify.memory) / _batch(found, memory)


def _looks(found: Mapping[str, Any], threads: int | None = None, memory: int | None = None) -> float:
    """A second, while a run looks."""
    sweeps = from_template().sweeps
    pace = Pace(cpu_ms=found["cpu_ms"])
    return pace.looks_per_second(threads or sweeps.workers, memory or sweeps.memory, backend_answers=True)


def _a_run(found: Mapping[str, Any], threads: int | None = None, memory: int | None = None) -> str:
    return f"{_looks(found, threads, memory) * from_template().sweeps.window:,.0f}"


def _executions(found: Mapping[str, Any]) -> float:
    """Of generate."""
    return _MANY * Pace(cpu_ms=found["cpu_ms"]).call("generate", from_template().memory["generate"])


def _lost(found: Mapping[str, Any]) -> str:
    silence = _trial(found, "silences", AS_DEPLOYED.name)
    return f"{silence['failed'] / silence['jobs']:.0%}"


def _lambda_executions(found: Mapping[str, Any]) -> str:
    [most] = [one["jobs"] for one in found["reaches"] if one["what"] == "Lambda, executions at once"]
    return f"{_SOME / most * found['limits']['concurrency']['value']:.0f}"


FIGURES: Final[Mapping[str, Figure]] = {
    "notify": _reach(_NOTIFY, "every"),
    "notify alone": _reach(_NOTIFY, "nobody"),
    "notify by parameters": lambda found: f"{_trial(found, 'streams', BY_PARAMETERS.name)['most_jobs_per_second']:,.0f}",
    "looks": _reach("looks of reconcile"),
    "delay": lambda found: span(found["streams"][0]["notify"]["steady"]["delay_p99_s"]),
    "behind": lambda found: span(_notify(found, "steady")["oldest_s"]),
    "given up": lambda found: given_up_after(
        _notify(found, "steady"), _trial(found, "streams", AS_DEPLOYED.name)["notify"]["patience_s"]
    ),
    "made good": lambda found: span(_notify(found, "outage", BY_PARAMETERS.name)["caught_up_s"]),
    "batch": lambda found: f"{_batch(found, from_template().notify.memory):.2f} s",
    "batch alone": lambda found: f"{_batch(found, from_template().notify.memory, connected=False):.2f} s",
    "batch whole": lambda found: f"{_batch(found, _WHOLE):.2f} s",
    "pace whole": lambda found: f"{_faster(found, _WHOLE):.1f}",
    "money whole": lambda found: f"{_WHOLE / from_template().notify.memory / _faster(found, _WHOLE):.1f}",
    "pace 512": lambda found: f"{_faster(found, 512):.1f}",
    "a run": _a_run,
    "a run whole": lambda found: _a_run(found, BY_CHANGES.threads, BY_CHANGES.sweep_memory),
    "looks whole": lambda found: f"{_looks(found, memory=_WHOLE):.0f}",
    "failed": _lost,
    "waited": lambda found: span(_trial(found, "silences", AS_DEPLOYED.name)["delay_max_s"]),
    "executions": _lambda_executions,
    "generates": lambda found: f"{_executions(found):,.0f}",
    "generates there": lambda found: span(_executions(found) / found["limits"]["scaling"]["value"] * 10),
}
