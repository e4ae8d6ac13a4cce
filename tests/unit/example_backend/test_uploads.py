import pytest
import requests
import responses

from examples.backend.orders import Upload
from examples.backend.service import open_session
from examples.backend.uploads import UploadFailed, put_file

from .conftest import BUCKET

URL = f"{BUCKET}/images/job-1/image_1.png"
UPLOAD = Upload("images/job-1/image_1.png", f"{URL}?X-Amz-Signature=abc", {"Content-Type": "image/png", "x-amz-meta-a": "1"})


def test_a_file_is_put_as_signed(wire: responses.RequestsMock, pauses: list[float]) -> None:
    wire.put(URL)
    stored = put_file(open_session(), UPLOAD, b"png", pause=pauses.append, job_id="job-1")
    request = wire.calls[0].request
    assert (request.body, request.url) == (b"png", UPLOAD.url)
    assert (request.headers["Content-Type"], request.headers["x-amz-meta-a"]) == ("image/png", "1")
    assert "Authorization" not in request.headers
    assert (stored.file_path, stored.url) == (UPLOAD.key, URL)


def test_netrc_never_adds_credentials(wire: responses.RequestsMock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("requests.sessions.get_netrc_auth", lambda _url: ("someone", "password"))
    wire.put(URL)
    put_file(open_session(), UPLOAD, b"", pause=lambda _seconds: None, job_id="job-1")
    assert "Authorization" not in wire.calls[0].request.headers


@pytest.mark.parametrize("fault", [500, 503, 429, 408, requests.ConnectionError(), requests.ReadTimeout()])
def test_passing_trouble_is_tried_again(wire: responses.RequestsMock, pauses: list[float], fault: int | Exception) -> None:
    if isinstance(fault, int):
        wire.put(URL, status=fault)
    else:
        wire.put(URL, body=fault)
    wire.put(URL)
    put_file(open_session(), UPLOAD, b"png", pause=pauses.append, job_id="job-1")
    assert (len(wire.calls), len(pauses)) == (2, 1)


@pytest.mark.parametrize(("status", "tries"), [(403, 1), (404, 1), (307, 1), (500, 4)])
def test_lasting_trouble_ends(wire: responses.RequestsMock, pauses: list[float], status: int, tries: int) -> None:
    wire.put(URL, status=status, headers={"Location": "https://elsewhere.test/"})
    with pytest.raises(UploadFailed):
        put_file(open_session(), UPLOAD, b"png", pause=pauses.append, job_id="job-1")
    assert [call.request.url for call in wire.calls] == [UPLOAD.url] * tries
