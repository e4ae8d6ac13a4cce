"""The walk of the README: asked for, made, reported, stored, read back, notified."""

import io
from typing import Any

import requests
from PIL import Image

from local.stack import Stack
from tests.support.api import Api

_ORDER_OF_STATES = ["PENDING", "INITIALIZING", "GENERATING", "SAVING", "COMPLETED"]


def _walk(api: Api) -> tuple[list[dict[str, Any]], dict[str, Any], dict[str, Any]]:
    """The statuses seen, the result, and the feed, of the job that the README asks for."""
    accepted = api.generate("un chat astronaute", num_images="2", size="512x512", format="WEBP")
    assert accepted.status_code == requests.codes.accepted
    job_id = accepted.json()["job_id"]
    assert accepted.headers["Location"] == f"/api/images/{job_id}/status"
    seen = api.watch(job_id)
    result = api.get(f"/api/images/{job_id}/result")
    assert result.status_code == requests.codes.ok
    return seen, result.json(), api.feed_with(1)


def test_two_images_from_prompt_to_read_notification(api: Api, stack: Stack) -> None:
    seen, result, feed = _walk(api)

    places = [_ORDER_OF_STATES.index(status["status"]) for status in seen]
    assert places == sorted(places)
    assert [status["progress"] for status in seen] == sorted(status["progress"] for status in seen)
    assert seen[-1]["status"] == "COMPLETED"
    assert result["message"] == "2 image(s) générée(s) avec succès"

    job_id = result["job_id"]
    assert [image["file_path"] for image in result["images"]] == [f"images/{job_id}/image_{n}.webp" for n in (1, 2)]
    for image in result["images"]:
        # The file comes out of the images bucket, not from the backend.
        assert image["url"].startswith(f"{stack.aws_endpoint_url}/{stack.images_bucket}/images/{job_id}/")
        content = requests.get(image["url"], timeout=20).content
        assert len(content) == image["size_bytes"]
        picture = Image.open(io.BytesIO(content))
        assert (picture.format, picture.size) == ("WEBP", (512, 512))

    (notification,) = feed["notifications"]
    assert feed["unreadCount"] == 1
    assert notification["title"] == "🎨 Images générées avec succès"
    assert notification["message"] == "2 image(s) créée(s) à partir de votre prompt."
    assert notification["metadata"]["generationId"] == job_id
    assert notification["metadata"]["imagesCount"] == 2

    marked = api.request("PUT", "/api/notifications", json={"notificationId": notification["id"], "isRead": True})
    assert marked.json() == {"success": True, "message": "Notification marquée comme lue"}
    after = api.feed()
    assert after["unreadCount"] == 0
    assert after["notifications"][0]["isRead"] is True
    assert after["notifications"][0]["readAt"] is not None


def test_the_gallery_shows_the_finished_job_only_to_its_owner(api: Api, stack: Stack) -> None:
    job_id = api.new_job("une forêt", size="512x512")
    api.watch(job_id)
    (card,) = api.get("/api/images/user").json()["generations"]
    assert (card["id"], card["prompt"], card["status"], card["numImages"]) == (job_id, "une forêt", "COMPLETED", 1)
    (image,) = card["images"]
    assert (image["width"], image["height"], image["filename"]) == (512, 512, "image_1.png")
    assert requests.get(image["fileUrl"], timeout=20).content.startswith(b"\x89PNG")
    assert Api.of_new_user(stack).get("/api/images/user").json()["generations"] == []


def test_a_failed_job_tells_its_owner_why(api: Api) -> None:
    status = api.watch(api.new_job("!fail moderated"))[-1]
    assert (status["status"], status["error_code"]) == ("FAILED", "content_moderated")
    assert status["error"] == status["message"]
    (notification,) = api.feed_with(1)["notifications"]
    assert notification["type"] == "IMAGE_FAILED"
    assert notification["metadata"]["error"] == status["error"]


def test_with_the_english_locale_every_text_is_english(hasty_stack: Stack) -> None:
    api = Api.of_new_user(hasty_stack)
    _, result, feed = _walk(api)
    assert result["message"] == "2 image(s) generated successfully"
    assert feed["notifications"][0]["title"] == "🎨 Images generated successfully"
    assert feed["notifications"][0]["message"] == "2 image(s) created from your prompt."
    assert api.generate(" ").json()["errors"] == [{"pointer": "#/prompt", "detail": "At least 1 character(s)."}]
