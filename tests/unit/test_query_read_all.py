"""`POST /api/notifications/read-all`: what was there is marked, and nothing that came since."""

from collections.abc import Callable
from typing import Any

import pytest

from query.app import handler
from sorami.feed import Feed
from tests.support.feeding import listed, mark, told
from tests.support.gateway import Answer, invoke, request
from tests.support.samples import new_user
from tests.support.stack import Stack

READ_ALL = "POST /api/notifications/read-all"


@pytest.fixture(autouse=True)
def _deployed(deploy: Callable[..., None]) -> None:
    deploy("QueryFunction")


@pytest.fixture
def feed(stack: Stack) -> Feed:
    return Feed(stack.dynamodb, stack.notifications_table)


@pytest.fixture
def user() -> str:
    return new_user()


def read_all(user: str, before: Any) -> Answer:
    return invoke(handler, request(READ_ALL, user=user, body={"before": before}))


def test_read_all_marks_what_was_there_up_to_that_time(feed: Feed, user: str) -> None:
    made = [told(feed, user, number) for number in range(4)]
    mark(user, made[0].id)
    answer = read_all(user, "2026-01-02T12:02:00.678Z")
    assert answer.json == {
        "success": True,
        "message": "2 notification(s) marquée(s) comme lue(s)",
        "marked": 2,
        "unreadCount": 1,
    }
    newest, *others = listed(user).json["notifications"]
    assert (newest["id"], newest["isRead"]) == (made[3].id, False)
    assert all(one["isRead"] for one in others)


@pytest.mark.parametrize(
    ("before", "marked"),
    [
        ("2026-01-02T12:00:00.677Z", 0),
        ("2026-01-02T12:00:00.678Z", 1),
        ("2026-01-02T13:00:00.678+01:00", 1),
        ("2026-01-02T12:00:00.678", 1),
        ("9999-12-31T23:59:59Z", 1),
        ("0001-01-01T00:00:00Z", 0),
    ],
)
def test_the_time_itself_counts_and_so_does_its_zone(before: str, marked: int, feed: Feed, user: str) -> None:
    told(feed, user)
    assert read_all(user, before).json["marked"] == marked


def test_reading_all_twice_keeps_the_time_of_the_first(feed: Feed, user: str) -> None:
    told(feed, user)
    read_all(user, "2027-01-01T00:00:00Z")
    first = listed(user).json["notifications"][0]["readAt"]
    assert read_all(user, "2027-01-01T00:00:00Z").json["marked"] == 0
    assert listed(user).json["notifications"][0]["readAt"] == first is not None


def test_read_all_leaves_other_users_and_other_rows_alone(feed: Feed, user: str, stack: Stack) -> None:
    other = new_user()
    told(feed, other)
    row = {"user_id": {"S": user}, "sort": {"S": "CONNECTION#1"}, "x": {"S": "y"}}
    stack.dynamodb.put_item(TableName=stack.notifications_table, Item=row)
    assert read_all(user, "2027-01-01T00:00:00Z").json["marked"] == 0
    assert listed(other).json["unreadCount"] == 1
    key = {"user_id": row["user_id"], "sort": row["sort"]}
    assert stack.dynamodb.get_item(TableName=stack.notifications_table, Key=key)["Item"] == row


def test_one_request_marks_so_many_and_says_what_is_left(feed: Feed, user: str, monkeypatch: pytest.MonkeyPatch) -> None:
    made = [told(feed, user, number) for number in range(3)]
    monkeypatch.setattr("query.notifications.MAX_MARKED", 2)
    first = read_all(user, "2027-01-01T00:00:00Z").json
    assert (first["marked"], first["unreadCount"]) == (2, 1)
    assert [one["id"] for one in listed(user).json["notifications"] if not one["isRead"]] == [made[2].id]
    assert read_all(user, "2027-01-01T00:00:00Z").json["unreadCount"] == 0


def test_a_notification_that_vanishes_meanwhile_is_no_error(
    feed: Feed, user: str, stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    notification = told(feed, user)
    real = Feed.unread_until

    def then_gone(self: Feed, *given: Any, **more: Any) -> list[str]:
        found = real(self, *given, **more)
        key = {"user_id": {"S": user}, "sort": {"S": notification.key}}
        stack.dynamodb.delete_item(TableName=stack.notifications_table, Key=key)
        return found

    monkeypatch.setattr(Feed, "unread_until", then_gone)
    assert read_all(user, "2027-01-01T00:00:00Z").json["unreadCount"] == 0
    assert listed(user).json["notifications"] == []


@pytest.mark.parametrize(
    "before",
    [
        "yesterday",
        "",
        "2026-01-02",
        "2026-01-02T",
        "2026-13-02T12:00:00Z",
        "1767355200",
        "1767355200000",
        "-1",
        " 1767355200.5",
        5,
        1767355200,
        None,
        True,
        [],
        "0001-01-01T00:00:00+14:00",
    ],
)
def test_a_bad_time_is_400(before: Any, user: str) -> None:
    answer = read_all(user, before)
    assert (answer.codes, answer.pointers) == ((400, "invalid_request"), ["#/before"])
