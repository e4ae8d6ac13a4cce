"""A backend that keeps its files on its own disk, as today's Flask backend does: they are copied into the bucket."""

import json
from typing import Any
from uuid import uuid4

import pytest
import requests

from local.aws import Clients
from local.stack import Stack
from tests.support.api import Api, completed, wait_for
from tests.support.tables import Tables


@pytest.fixture(scope="module")
def files(stack: Stack) -> list[str]:
    """URLs of two pictures on the backend's own host, made for somebody who gave it no uploads."""
    secrets = Clients(stack.aws_endpoint_url).secrets
    secret = secrets.get_secret_value(SecretId=stack.resources["ServiceSecret"])["SecretString"]
    headers = {"Authorization": f"Bearer {json.loads(secret)['backend_api_key']}"}
    job_id = str(uuid4())
    order = {
        "job_id": job_id,
        "prompt": "!silent une forêt",
        "num_images": 2,
        "size": "512x512",
        "webhook_url": stack.webhook_url,
    }
    asked = requests.post(f"{stack.backend_url}/api/images/generate", json=order, headers=headers, timeout=20)
    assert asked.status_code == requests.codes.accepted, asked.text

    def result() -> requests.Response:
        return requests.get(f"{stack.backend_url}/api/images/result/{job_id}", headers=headers, timeout=20)

    made = wait_for(result, lambda answer: answer.status_code == requests.codes.ok, "the backend's files")
    return [image["url"] for image in made.json()["images"]]


def report(stack: Stack, job_id: str, urls: list[str]) -> dict[str, Any]:
    """A result as today's Flask backend reports it."""
    body = completed(job_id, images=len(urls))
    for number, (image, url) in enumerate(zip(body["data"]["images"], urls, strict=True), start=1):
        image |= {"file_path": f"./generated_images/image_{number}.png", "url": url}
        del image["size_bytes"]
    return body


def images_of(api: Api, job_id: str) -> list[dict[str, Any]]:
    images: list[dict[str, Any]] = api.get(f"/api/images/{job_id}/result").json()["images"]
    return images


def test_files_on_the_backends_host_end_in_the_bucket_byte_for_byte(api: Api, stack: Stack, files: list[str]) -> None:
    job_id = api.new_job(num_images=2)
    assert api.webhook(report(stack, job_id, files)).json()["applied"] is True
    assert all(image["url"] for image in images_of(api, job_id))

    def in_the_bucket(images: list[dict[str, Any]]) -> bool:
        start = f"{stack.aws_endpoint_url}/{stack.images_bucket}/images/{job_id}/"
        return all(image["url"].startswith(start) for image in images)

    images = wait_for(lambda: images_of(api, job_id), in_the_bucket, "the copies")
    for image, original in zip(images, files, strict=True):
        copied = requests.get(image["url"], timeout=20)
        assert copied.headers["Content-Type"] == "image/png"
        assert copied.content == requests.get(original, timeout=20).content
        assert image["size_bytes"] == len(copied.content)
    stored = Tables.of(stack).job(job_id)
    assert "copies_pending" not in stored
    assert len(api.feed_with(1)["notifications"]) == 1


def test_a_file_that_is_no_image_keeps_its_url_and_says_why_and_the_others_are_copied(
    api: Api, stack: Stack, files: list[str]
) -> None:
    page = f"{stack.backend_url}/health"  # JSON
    job_id = api.new_job(num_images=2)
    assert api.webhook(report(stack, job_id, [page, files[1]])).json()["applied"] is True

    def stored() -> dict[str, Any]:
        return Tables.of(stack).job(job_id)

    job = wait_for(stored, lambda job: "copies_pending" not in job, "ingest's verdict")
    assert job["images"][0]["copy_error"] == "the content type is 'application/json'"
    assert job["images"][1]["key"] == f"images/{job_id}/image_2.png"
    shown = images_of(api, job_id)
    assert shown[0]["url"] == page
    assert requests.get(shown[1]["url"], timeout=20).content == requests.get(files[1], timeout=20).content
