from pathlib import Path
from unittest.mock import Mock

from local.logs import FileLog, FunctionLogs

GROUPS = {"webhook": "/aws/lambda/w"}


def cloudwatch(*events: tuple[str, int, str]) -> Mock:
    client = Mock()
    client.exceptions.ResourceNotFoundException = KeyError

    def pages(logGroupName: str, startTime: int) -> list[dict[str, object]]:  # noqa: N803 (boto3's names)
        assert logGroupName == "/aws/lambda/w"
        found = [{"logStreamName": s, "timestamp": t, "message": m} for s, t, m in events if t >= startTime]
        return [{"events": found}]

    client.get_paginator.return_value.paginate.side_effect = pages
    return client


def messages(logs: FunctionLogs) -> list[str]:
    return [event.message for event in logs.news()]


def test_every_invocation_is_told_once_however_often_it_is_asked() -> None:
    logs = FunctionLogs(cloudwatch(("s1", 1_000, "a"), ("s1", 1_000, "b"), ("s2", 1_000, "c")), GROUPS, began=0)
    assert messages(logs) == ["a", "b", "c"]
    assert messages(logs) == []


def test_an_invocation_that_is_written_late_is_not_missed() -> None:
    logs = FunctionLogs(cloudwatch(("s1", 9_000, "early")), GROUPS, began=0)
    assert messages(logs) == ["early"]
    logs.client = cloudwatch(("s1", 9_000, "early"), ("s2", 8_500, "late"))
    assert messages(logs) == ["late"]


def test_what_was_logged_before_we_began_is_old_news() -> None:
    assert messages(FunctionLogs(cloudwatch(("s1", 999, "warm-up"), ("s2", 1_000, "first")), GROUPS, began=1_000)) == ["first"]


def test_a_function_that_was_never_called_has_no_news() -> None:
    client = Mock()
    client.exceptions.ResourceNotFoundException = KeyError
    client.get_paginator.return_value.paginate.side_effect = KeyError
    assert messages(FunctionLogs(client, GROUPS)) == []


def test_a_file_is_told_line_by_line_and_a_half_line_waits_for_its_end(tmp_path: Path) -> None:
    path = tmp_path / "backend.log"
    log = FileLog("backend", path)
    path.write_bytes("é\ntw".encode())
    assert [event.message for event in log.news()] == ["é"]
    with path.open("ab") as more:
        more.write(b"o\n")
    assert [event.message for event in log.news()] == ["two"]
    assert log.news() == []
