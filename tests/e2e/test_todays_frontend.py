"""A client as it was written for the former API. Only what docs/migration.md lists is changed here, and marked so."""

from dataclasses import dataclass
from typing import Any

import pytest
import requests

from local.stack import Stack
from tests.support.api import Api, completed, wait_for


@dataclass(frozen=True)
class Frontend:
    base_url: str  # changed: another host
    token: str  # changed: sent with status and result too, where cookies were

    def _call(self, method: str, path: str, **more: Any) -> requests.Response:
        headers = {"Authorization": f"Bearer {self.token}"}
        return requests.request(method, f"{self.base_url}{path}", headers=headers, timeout=40, **more)

    def create(self, form: dict[str, str]) -> str:
        answer = self._call("POST", "/api/images/generate", json=form)
        assert answer.status_code == 202  # changed: was 200
        job_id: str = answer.json()["job_id"]
        return job_id

    def poll(self, job_id: str) -> dict[str, Any]:
        answer = self._call("GET", f"/api/images/{job_id}/status")
        assert answer.status_code == 200
        status: dict[str, Any] = answer.json()
        return status

    def poll_until_it_ends(self, job_id: str) -> dict[str, Any]:
        return wait_for(lambda: self.poll(job_id), lambda status: status["status"] in {"COMPLETED", "FAILED"}, "the end")

    def result(self, job_id: str) -> dict[str, Any] | None:
        answer = self._call("GET", f"/api/images/{job_id}/result")
        if answer.status_code == 409:  # changed: was 400
            return None
        assert answer.status_code == 200
        result: dict[str, Any] = answer.json()
        return result

    def gallery(self, page: int, limit: int) -> list[dict[str, Any]]:
        answer = self._call("GET", f"/api/images/user?page={page}&limit={limit}")
        assert answer.status_code == 200
        cards: list[dict[str, Any]] = answer.json()["generations"]
        return cards

    def notifications(self) -> dict[str, Any]:
        answer = self._call("GET", "/api/notifications")
        assert answer.status_code == 200
        feed: dict[str, Any] = answer.json()
        return feed

    def mark_read(self, notification_id: str) -> dict[str, Any]:
        answer = self._call("PUT", "/api/notifications", json={"notificationId": notification_id, "isRead": True})
        assert answer.status_code == 200
        said: dict[str, Any] = answer.json()
        return said


@pytest.fixture
def frontend(api: Api, stack: Stack) -> Frontend:
    return Frontend(stack.api_url, stack.token(api.user))


FORM = {
    "prompt": "un chat astronaute",
    "input_image_url": "",
    "num_images": "2",
    "size": "512x512",
    "format": "PNG",
    "style": "photorealistic",
    "quality": "standard",
}


def test_a_form_becomes_images_a_gallery_card_and_a_notification(frontend: Frontend) -> None:
    job_id = frontend.create(FORM)
    assert frontend.result(job_id) is None
    status = frontend.poll_until_it_ends(job_id)
    assert (status["status"], status["progress"]) == ("COMPLETED", 100)
    result = frontend.result(job_id)
    assert result is not None
    assert [requests.get(image["url"], timeout=20).headers["Content-Type"] for image in result["images"]] == ["image/png"] * 2
    assert {"file_path", "format", "dimensions", "size_bytes", "description"} <= set(result["images"][0])
    assert {"model_name", "version", "generation_time_seconds", "input_tokens"} <= set(result["metadata"])

    (card,) = frontend.gallery(page=1, limit=12)
    assert (card["id"], card["prompt"], card["status"], card["numImages"]) == (job_id, FORM["prompt"], "COMPLETED", 2)
    assert all(requests.get(image["fileUrl"], timeout=20).ok for image in card["images"])

    feed = wait_for(frontend.notifications, lambda feed: feed["unreadCount"] == 1, "the notification")
    (notification,) = feed["notifications"]
    assert (notification["type"], notification["metadata"]["generationId"]) == ("IMAGE_COMPLETED", job_id)
    assert frontend.mark_read(notification["id"])["success"] is True
    assert frontend.notifications()["unreadCount"] == 0


def test_a_failure_shows_its_text(frontend: Frontend) -> None:
    status = frontend.poll_until_it_ends(frontend.create(FORM | {"prompt": "!fail moderated"}))
    assert status["status"] == "FAILED"
    assert status["message"] == status["error"]
    feed = wait_for(frontend.notifications, lambda feed: feed["unreadCount"] == 1, "the notification")
    assert feed["notifications"][0]["metadata"]["error"] == status["error"]


def test_pages_by_number_show_every_image_once(frontend: Frontend, api: Api) -> None:
    made = [api.new_job() for _ in range(5)]
    for job_id in made:
        assert api.webhook(completed(job_id)).json()["applied"] is True
    pages = [[card["id"] for card in frontend.gallery(page, 2)] for page in (1, 2, 3, 4)]
    assert pages == [made[4:2:-1], made[2:0:-1], made[:1], []]


def test_an_error_has_the_two_words_that_the_frontend_shows(frontend: Frontend) -> None:
    answer = frontend._call("POST", "/api/images/generate", json=FORM | {"prompt": " "})
    assert answer.status_code == 400
    assert {"error", "message"} <= set(answer.json())
