"""How much a user may ask for at once."""

from uuid import uuid4

from tests.e2e.conftest import MAX_OPEN_JOBS
from tests.support.api import Api, completed


def test_the_job_after_the_last_is_429_and_an_end_makes_room(api: Api) -> None:
    key = str(uuid4())
    first = api.generate("!silent un chat", key=key)
    assert first.headers["RateLimit-Policy"] == f'"open-jobs";q={MAX_OPEN_JOBS};qu="concurrent-requests"'
    assert first.headers["RateLimit"] == f'"open-jobs";r={MAX_OPEN_JOBS - 1}'
    for _ in range(MAX_OPEN_JOBS - 1):
        last = api.new_job()
    refused = api.generate("un chat")
    assert (refused.status_code, refused.json()["code"]) == (429, "too_many_open_jobs")
    assert int(refused.headers["Retry-After"]) > 0
    assert refused.headers["RateLimit"] == '"open-jobs";r=0'
    replayed = api.generate("!silent un chat", key=key)
    assert (replayed.status_code, replayed.text) == (202, first.text)
    assert api.webhook(completed(last)).json()["applied"] is True
    assert api.generate("!silent un chat").status_code == 202
