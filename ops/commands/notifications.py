"""`sorami notifications`: what users were told."""

from typing import Annotated

import typer

from ops.commands.jobs import LONGEST_USER, admit_bound
from ops.options import DEFAULT_STACK, AsJson, Rows, StackName
from ops.reading import SCAN_BOUND, latest_notifications
from ops.showing import Column, is_wide, one_line, print_json, print_table, say, shortened
from ops.spans import moment, span
from ops.stack import place_of, tables_of
from sorami.feed import Notification
from sorami.times import now
from sorami.wire.render import notification_answer

EXAMPLES = (
    "sorami notifications",
    "sorami notifications --user user_1 --unread",
    "sorami notifications --json --stack sorami-prod",
)


def show_notifications(
    *,
    stack: StackName = DEFAULT_STACK,
    user: Annotated[
        str | None, typer.Option("--user", metavar="SUB", help="Only this user's, by the sub of their tokens.")
    ] = None,
    unread: Annotated[bool, typer.Option("--unread", help="Only those that are not read yet.")] = False,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="How many, at most.")] = 20,
    rows: Rows = SCAN_BOUND,
    as_json: AsJson = False,
) -> None:
    """What users were told, newest first.

    One user's are found however many there are; of all users' the table is looked through, as far as --rows says.
    """
    tables = tables_of(place_of(stack))
    found, whole = latest_notifications(tables, user, limit, unread_only=unread, rows=rows)
    if as_json:
        print_json([{"user_id": one.user_id, **notification_answer(one)} for one in found])
    elif found:
        _print(found)
    else:
        say("No unread notifications." if unread else "No notifications yet.")
    admit_bound(rows, whole=whole)


def _print(found: list[Notification]) -> None:
    at = now()
    if is_wide():
        columns = [
            Column("created", "keep"),
            Column("user", "keep"),
            Column("type", "keep"),
            Column("read", "keep"),
            Column("job", "keep"),
        ]
        rows = [
            [
                moment(one.created_at),
                shortened(one_line(one.user_id), LONGEST_USER),
                one.type,
                _read(one),
                _job(one),
                one_line(one.message),
            ]
            for one in found
        ]
    else:
        columns = [Column("age", "keep"), Column("read", "keep"), Column("job", "keep")]
        rows = [[span(at - one.created_at), _read(one), _job(one), one_line(one.message)] for one in found]
    print_table([*columns, Column("message", "cut")], rows)


def _read(one: Notification) -> str:
    return "yes" if one.read_at else "no"


def _job(one: Notification) -> str:
    return str(one.metadata["generationId"])
