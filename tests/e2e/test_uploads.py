"""A picture of the user's own: uploaded by a presigned form, handed to the backend, seen in what it draws."""

import io

import requests
from PIL import Image

from local.stack import Stack
from tests.support.api import Api

_PAGE = "http://localhost:3000"


def _picture(colour: str) -> bytes:
    content = io.BytesIO()
    Image.new("RGB", (64, 64), colour).save(content, "PNG")
    return content.getvalue()


def _form(api: Api, size: int) -> tuple[str, dict[str, str], str]:
    answer = api.upload(content_type="image/png", size_bytes=size)
    assert answer.status_code == 201, answer.text
    made = answer.json()
    return made["url"], made["fields"], made["input_image_url"]


def _post(url: str, fields: dict[str, str], content: bytes, **more: str) -> requests.Response:
    return requests.post(
        url, data=fields | more, files={"file": ("cat.png", content, "image/png")}, headers={"Origin": _PAGE}, timeout=20
    )


def test_an_uploaded_picture_is_in_the_drawing(api: Api) -> None:
    content = _picture("red")
    url, fields, reference = _form(api, len(content))
    uploaded = _post(url, fields, content)
    assert uploaded.ok, uploaded.text
    assert uploaded.headers["Access-Control-Allow-Origin"] == _PAGE
    job_id = api.new_job("un chat", size="512x512", input_image_url=reference)
    assert api.watch(job_id)[-1]["status"] == "COMPLETED"
    (image,) = api.get(f"/api/images/{job_id}/result").json()["images"]
    drawing = Image.open(io.BytesIO(requests.get(image["url"], timeout=20).content)).convert("RGB")
    # Half of each pixel is the red of the upload.
    assert all(low >= 125 for low in (drawing.getextrema()[0][0],))  # type: ignore[index]  # RGB has three
    assert all(band[1] <= 130 for band in drawing.getextrema()[1:])  # type: ignore[index]  # as above


def test_the_form_takes_no_other_type_no_larger_file_and_no_other_place(api: Api) -> None:
    content = _picture("red")
    url, fields, _ = _form(api, len(content))
    assert _post(url, fields, content, **{"Content-Type": "text/html"}).status_code == 403
    assert _post(url, fields, content, key="images/x.png").status_code == 403
    assert _post(url, fields, content + b"x").status_code == 400
    assert _post(url, fields, content).ok


def test_more_than_ten_mebibytes_or_another_type_is_400(api: Api) -> None:
    answer = api.upload(content_type="image/svg+xml", size_bytes=10 * 1024 * 1024 + 1)
    assert answer.status_code == 400
    assert [fault["pointer"] for fault in answer.json()["errors"]] == ["#/content_type", "#/size_bytes"]


def test_row_28_another_users_upload_is_400(api: Api, stack: Stack) -> None:
    _, _, reference = _form(Api.of_new_user(stack), 10)
    answer = api.generate("!silent un chat", input_image_url=reference)
    assert (answer.status_code, [fault["pointer"] for fault in answer.json()["errors"]]) == (400, ["#/input_image_url"])


def test_an_upload_that_never_came_fails_the_job_and_says_so(api: Api) -> None:
    _, _, reference = _form(api, 10)
    status = api.watch(api.new_job("un chat", size="512x512", input_image_url=reference))[-1]
    assert (status["status"], status["error_code"]) == ("FAILED", "invalid_input")
