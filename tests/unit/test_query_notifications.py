"""`GET` and `PUT /api/notifications`, from the gateway's event to the answer."""

import base64
from collections.abc import Callable
from typing import Any

import pytest

from query.app import handler
from sorami.feed import Feed, NotificationType, notification_key
from tests.support.feeding import MARK, listed, mark, told
from tests.support.gateway import Answer, invoke, request
from tests.support.samples import minutes, new_user
from tests.support.stack import Stack


@pytest.fixture(autouse=True)
def _deployed(deploy: Callable[..., None]) -> None:
    deploy("QueryFunction")


@pytest.fixture
def feed(stack: Stack) -> Feed:
    return Feed(stack.dynamodb, stack.notifications_table)


@pytest.fixture
def user() -> str:
    return new_user()


def test_the_feed_as_the_frontend_reads_it(feed: Feed, user: str) -> None:
    notification = told(feed, user)
    assert listed(user).json == {
        "notifications": [
            {
                "id": notification.id,
                "type": "IMAGE_COMPLETED",
                "title": "🎨 Images générées avec succès",
                "message": "2 image(s) créée(s) à partir de votre prompt.",
                "isRead": False,
                "readAt": None,
                "createdAt": "2026-01-02T12:00:00.678Z",
                "metadata": dict(notification.metadata),
            }
        ],
        "unreadCount": 1,
        "next_cursor": None,
    }


def test_reading_and_unreading(feed: Feed, user: str) -> None:
    notification = told(feed, user)
    assert mark(user, notification.id).json == {"success": True, "message": "Notification marquée comme lue"}
    content = listed(user).json
    assert content["unreadCount"] == 0
    assert content["notifications"][0]["isRead"] is True
    assert content["notifications"][0]["readAt"] is not None

    assert mark(user, notification.id, read=False).json["message"] == "Notification marquée comme non lue"
    content = listed(user).json
    assert content["unreadCount"] == 1
    assert (content["notifications"][0]["isRead"], content["notifications"][0]["readAt"]) == (False, None)


def test_reading_twice_keeps_the_time_of_the_first(feed: Feed, user: str) -> None:
    notification = told(feed, user)
    feed.mark(user, notification.id, read=True, at=minutes(1))
    feed.mark(user, notification.id, read=True, at=minutes(2))
    assert listed(user).json["notifications"][0]["readAt"] == "2026-01-02T12:01:00.678Z"


def test_telling_again_leaves_what_was_read_as_read(feed: Feed, user: str) -> None:
    """Row 22."""
    notification = told(feed, user)
    mark(user, notification.id)
    assert feed.add(notification) is False
    assert listed(user).json["unreadCount"] == 0
    assert len(listed(user).json["notifications"]) == 1


def test_pages_are_newest_first_and_the_count_is_of_all(feed: Feed, user: str) -> None:
    made = [told(feed, user, number).id for number in range(5)]
    mark(user, made[2])
    first = listed(user, limit="3").json
    second = listed(user, limit="3", cursor=first["next_cursor"]).json
    assert [one["id"] for one in first["notifications"] + second["notifications"]] == made[::-1]
    assert first["unreadCount"] == second["unreadCount"] == 4


def test_other_rows_of_the_table_are_no_notifications(feed: Feed, user: str, stack: Stack) -> None:
    """Connections and tickets will lie beside them, under keys that begin with a letter."""
    notification = told(feed, user)
    stack.dynamodb.put_item(
        TableName=stack.notifications_table, Item={"user_id": {"S": user}, "sort": {"S": "CONNECTION#1"}, "x": {"S": "y"}}
    )
    assert [one["id"] for one in listed(user).json["notifications"]] == [notification.id]


def encoded(key: str) -> str:
    return base64.urlsafe_b64encode(key.encode()).decode().rstrip("=")


NEVER = encoded(
    notification_key(finished_at=minutes(0), job_id="019b7f5c-3aa6-7c3e-8f2b-0123456789ab", kind=NotificationType.IMAGE_FAILED)
)


@pytest.mark.parametrize(
    "notification_id",
    [
        NEVER,
        "x",
        "é",
        "####",
        "a" * 512,
        encoded("CONNECTION#1"),
        encoded("2026-01-02T12:00:00.678Z#job"),
        encoded("2026-01-02T12:00:00.678Z#job#IMAGE_LOST"),
        encoded("2026-01-02T12:00:00Z#job#IMAGE_FAILED"),
        encoded("0001-01-01T00:00:00+14:00#job#IMAGE_FAILED"),
        encoded("yesterday#job#IMAGE_FAILED"),
        base64.urlsafe_b64encode(b"\xff\xfe").decode(),
    ],
)
def test_an_unknown_notification_is_404_and_nothing_is_written(notification_id: str, user: str, stack: Stack) -> None:
    before = stack.items(stack.notifications_table)
    for read in (True, False):
        assert mark(user, notification_id, read=read).codes == (404, "notification_not_found")
    assert stack.items(stack.notifications_table) == before


def test_another_users_notification_is_the_same_as_none(feed: Feed, user: str) -> None:
    """Row 28."""
    notification = told(feed, user)
    stranger = new_user()

    def without_id(answer: Answer) -> dict[str, Any]:
        return {**answer.json, "request_id": ""}

    assert without_id(mark(stranger, notification.id)) == without_id(mark(stranger, NEVER))
    assert listed(stranger).json == {"notifications": [], "unreadCount": 0, "next_cursor": None}
    assert listed(user).json["unreadCount"] == 1


def test_another_users_cursor_is_400(feed: Feed, user: str) -> None:
    """Row 28."""
    for number in range(3):
        told(feed, user, number)
    cursor = listed(user, limit="1").json["next_cursor"]
    assert listed(new_user(), cursor=cursor).codes == (400, "invalid_cursor")


@pytest.mark.parametrize(
    ("body", "pointers"),
    [({}, ["#/notificationId", "#/isRead"]), ({"notificationId": "a", "isRead": "yes"}, ["#/isRead"]), ("x", ["#"]), ([], ["#"])],
)
def test_a_bad_mark_is_400(body: Any, pointers: list[str], user: str) -> None:
    answer = invoke(handler, request(MARK, user=user, body=body))
    assert (answer.codes, answer.pointers) == ((400, "invalid_request"), pointers)


@pytest.mark.parametrize("limit", ["0", "101", "x", "1_0", "+1", "1.0"])
def test_a_bad_limit_is_400(limit: str, user: str) -> None:
    assert listed(user, limit=limit).pointers == ["#/limit"]


def test_marking_needs_a_user() -> None:
    body = {"notificationId": "a", "isRead": True}
    assert invoke(handler, request(MARK, claims={"sub": "user_1"}, body=body)).codes == (401, "unauthorized")


def test_the_count_goes_on_over_pages_of_the_index(feed: Feed, user: str, monkeypatch: pytest.MonkeyPatch) -> None:
    answers: list[dict[str, Any]] = [{"Count": 2, "LastEvaluatedKey": {"user_id": {"S": user}}}, {"Count": 3}]
    asked: list[dict[str, Any]] = []

    def query(**arguments: Any) -> dict[str, Any]:
        asked.append(arguments)
        return answers[len(asked) - 1]

    monkeypatch.setattr(feed._client, "query", query)
    assert feed.unread_count(user) == 5
    assert asked[1]["ExclusiveStartKey"] == {"user_id": {"S": user}}
    assert all(one["ConsistentRead"] for one in asked)
