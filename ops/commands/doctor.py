"""`sorami doctor`: what is wrong, here and there, and what to do about it."""

import typer
from rich.table import Table
from rich.text import Text

from ops.diagnosis import CHECKS, findings, worst
from ops.diagnosis.finding import Finding, Verdict
from ops.exits import Exit
from ops.options import DEFAULT_STACK, AsJson, StackName
from ops.showing import console, print_json, printable
from ops.stack import place_of

EXAMPLES = (
    "sorami doctor",
    "sorami doctor --stack sorami-prod",
    "sorami doctor --json | jq '.checks[] | select(.verdict != \"ok\")'",
)

_EXITS = {Verdict.OK: Exit.DONE, Verdict.WARN: Exit.WARNED, Verdict.FAIL: Exit.FAILING}
_SIGNS = {
    Verdict.OK: ("✓", "green"),
    Verdict.SKIPPED: ("·", "dim"),
    Verdict.WARN: ("!", "yellow"),
    Verdict.FAIL: ("✗", "bold red"),
}
_LONGEST = max(len(name) for name in CHECKS)


def run_checks(stack: StackName = DEFAULT_STACK, as_json: AsJson = False) -> None:
    """Checks this machine, the stack, and all that the stack talks to, and says what to do. It writes nothing.

    Each line is ok (✓), does not apply (·), warns (!) or fails (✗). Exit code 0 if nothing is wrong, 6 if something warns, 7 if
    something fails. No secret is ever shown.
    """
    place = place_of(stack)
    found: list[tuple[str, Finding]] = []
    for name, finding in findings(place):
        found.append((name, finding))
        if not as_json:
            _print(name, finding)
    verdict = worst([finding.verdict for _, finding in found])
    if as_json:
        checks = [{"check": name, "verdict": one.verdict, "detail": one.detail, "advice": one.advice} for name, one in found]
        print_json({"stack": place.stack_name, "worst": verdict, "checks": checks})
    raise typer.Exit(_EXITS[verdict])


def _print(name: str, finding: Finding) -> None:
    sign, style = _SIGNS[finding.verdict]
    grid = Table.grid(padding=(0, 1))
    grid.add_column(width=1)
    grid.add_column(width=_LONGEST)
    grid.add_column(overflow="fold")
    grid.add_row(Text(sign, style=style), Text(name, style="bold"), Text(printable(finding.detail)))
    if finding.advice:
        grid.add_row("", "", Text(f"→ {printable(finding.advice)}", style="cyan"))
    console().print(grid)
