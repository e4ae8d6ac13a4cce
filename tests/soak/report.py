"""The accounts of a soak as a table."""

from rich.console import Console
from rich.table import Table

from tests.soak.fault_proxy import Dice
from tests.soak.run import Accounts

_SHOWN = 5


def print_report(out: Console, accounts: Accounts, dice: Dice, seed: str) -> None:
    table = Table(title=f"Soak, seed {seed}")
    table.add_column("what")
    table.add_column("number", justify="right")
    for name, number in _rows(accounts, dice).items():
        table.add_row(name, number)
    out.print(table)
    out.print(
        "MiniStack drops stream records that a function reports as failed, where AWS delivers them again. So every outcome "
        "in the stream was delivered to the deployed notify once more, by AWS's rules: that must tell nothing twice."
    )
    verdict = accounts.verdict
    for name, found in (("lost", verdict.lost), ("worked twice", verdict.worked_twice)):
        if found:
            out.print(f"{name}: {', '.join(sorted(found)[:_SHOWN])}")
    for name, told in (("doubled", verdict.doubled), ("missing", verdict.missing), ("stray", verdict.stray)):
        if told:
            out.print(f"{name}: {', '.join(' '.join(telling) for telling in sorted(told)[:_SHOWN])}")
    for error in accounts.reconcile_errors[:_SHOWN]:
        out.print(f"reconcile: {error[:300]}", markup=False)
    out.print("Nothing lost, nothing doubled." if accounts.is_good else "NOT GOOD.")


def _rows(accounts: Accounts, dice: Dice) -> dict[str, str]:
    verdict, metrics = accounts.verdict, accounts.metrics
    numbers = {
        "jobs handed in (202)": accounts.accepted,
        "submits answered with an error, tried again by the user": accounts.refusals,
        "jobs nobody could hand in": accounts.given_up,
        "jobs in the table": accounts.states.total(),
        "  of which nobody got the id (stored, answered with an error)": accounts.states.total() - accounts.accepted,
        **{f"  {state}": number for state, number in sorted(accounts.states.items())},
        "lost (not terminal at the end)": len(verdict.lost),
        "second outcomes (a result after our timeout)": accounts.second_outcomes,
        "notifications in feeds": accounts.told,
        "doubled notifications": len(verdict.doubled),
        "missing notifications": len(verdict.missing),
        "notifications of no outcome": len(verdict.stray),
        "missing before redelivery (dropped by the emulator)": len(accounts.missing_before),
        "outcomes redelivered": accounts.redelivered,
        "redeliveries that failed and were repeated": accounts.redelivery_failures,
        "jobs that the backend did twice": len(verdict.worked_twice),
        "recovered by asking the backend (lost webhooks)": metrics["ReportsRecovered"],
        "submitted again": metrics["JobsSubmittedAgain"],
        "looks of reconcile at a job": metrics["JobsLookedAfter"],
        "reconcile runs that ended in an error": len(accounts.reconcile_errors),
        "DynamoDB calls of the functions": dice.calls,
        **{f"  {kind}": number for kind, number in sorted(dice.faults.items())},
    }
    return {name: f"{number}" for name, number in numbers.items()} | {"time until all jobs ended": f"{accounts.seconds:.0f} s"}
