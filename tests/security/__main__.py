"""`make security`: static checks, each finding held against baseline.toml. Exits with 1 on a breach.

`--quick` leaves out checkov, cfn-lint and pip-audit: that is what `make test` runs. `--audit required` makes it a breach where no
advisory database answers.
"""

import argparse
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

from rich.console import Console
from rich.table import Table

from tests.security.findings import BASELINE, Finding, breaches, load_baseline
from tests.security.tools import ALL, QUICK, NotAudited, ToolFailed


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.security", description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--audit", choices=["required"])
    asked = parser.parse_args(arguments)
    out = Console(highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else 110)
    table = Table("tool", "findings", title="Static checks")
    found: list[Finding] = []
    ran: set[str] = set()
    wrong: list[str] = []
    tools = QUICK if asked.quick else ALL
    with ThreadPoolExecutor(2) as pool:
        running = {name: pool.submit(tool) for name, tool in tools.items()}
        for name, one in running.items():
            try:
                of_tool = one.result()
            except NotAudited as reason:
                table.add_row(name, f"NOT AUDITED: {reason}")
                wrong += [f"{name}: not audited"] if asked.audit else []
            except ToolFailed as failure:
                wrong.append(f"{name}: {failure}")
                table.add_row(name, "failed")
            else:
                table.add_row(name, str(len(of_tool)))
                ran.add(name)
                found += of_tool
    baseline = load_baseline(BASELINE.read_text(encoding="utf-8"))
    wrong += breaches(found, baseline, ran=ran, today=datetime.now(UTC).date())
    out.print(table)
    accepted = sum(any(entry.covers(one) for entry in baseline) for one in found)
    out.print(f"{len(found)} findings, {accepted} accepted for the reasons in baseline.toml; {len(wrong)} breaches.")
    for breach in wrong:
        out.print(breach, markup=False)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
