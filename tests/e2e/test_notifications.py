"""Reading notifications while new ones arrive: the count is exact, and nothing is marked that was not there."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.support.api import Api, completed


def _finished(api: Api) -> str:
    job_id = api.new_job()
    assert api.webhook(completed(job_id)).json()["applied"] is True
    return job_id


def test_read_all_marks_what_was_there_and_what_comes_later_stays_unread(api: Api) -> None:
    for number in range(3):
        _finished(api)
        api.feed_with(number + 1)
    newest = api.feed()["notifications"][0]["createdAt"]
    with ThreadPoolExecutor(4) as people:
        later = [people.submit(_finished, api) for _ in range(4)]
        marking = [people.submit(api.read_all, newest) for _ in range(4)]
        new = {one.result() for one in later}
        answers = [one.result() for one in marking]
    assert {answer.status_code for answer in answers} == {200}
    assert all(answer.json()["success"] is True for answer in answers)
    feed = api.feed_with(7)
    unread = [one["metadata"]["generationId"] for one in feed["notifications"] if not one["isRead"]]
    assert set(unread) == new
    assert feed["unreadCount"] == len(unread) == 4
    done = api.read_all(feed["notifications"][0]["createdAt"]).json()
    assert done == {
        "success": True,
        "message": "4 notification(s) marquée(s) comme lue(s)",
        "marked": 4,
        "unreadCount": 0,
    }


def test_the_feed_goes_on_from_its_cursor(api: Api) -> None:
    for number in range(3):
        _finished(api)
        api.feed_with(number + 1)
    whole = [one["id"] for one in api.feed()["notifications"]]
    first = api.get("/api/notifications", limit=2).json()
    second = api.get("/api/notifications", limit=2, cursor=first["next_cursor"]).json()
    assert [one["id"] for one in first["notifications"] + second["notifications"]] == whole
    assert first["unreadCount"] == second["unreadCount"] == 3


@pytest.mark.parametrize("body", [{}, {"before": "yesterday"}, {"before": 5}], ids=str)
def test_a_bad_time_is_400(body: dict[str, object], api: Api) -> None:
    answer = api.request("POST", "/api/notifications/read-all", json=body)
    assert (answer.status_code, [fault["pointer"] for fault in answer.json()["errors"]]) == (400, ["#/before"])


def test_a_bad_mark_is_400_and_an_unknown_notification_404(api: Api) -> None:
    assert api.request("PUT", "/api/notifications", json={"notificationId": "x"}).status_code == 400
    answer = api.request("PUT", "/api/notifications", json={"notificationId": "x", "isRead": True})
    assert (answer.status_code, answer.json()["code"]) == (404, "notification_not_found")


@pytest.mark.parametrize("query", [{"limit": 0}, {"limit": 101}, {"cursor": "forged"}], ids=str)
def test_a_bad_query_or_cursor_is_400(query: dict[str, object], api: Api) -> None:
    assert api.get("/api/notifications", **query).status_code == 400
