"""The page's own server: what it hands out, and under which rules a browser may use it."""

import re
from pathlib import Path

import pytest
import requests
from flask.testing import FlaskClient

from local.launch import PAGE_ORIGINS, Options, origins_of
from local.page import FRONTEND, PageConfig, application
from local.serving import answering, listening, origin

CONFIG = PageConfig(
    api_url="http://127.0.0.1:1/_aws/execute-api/a",
    token_url="http://127.0.0.1:3/token",
    locale="fr",
    hosts=("ws://127.0.0.1:1/live", "http://127.0.0.1:1", "http://127.0.0.1:2"),
)


@pytest.fixture
def client() -> FlaskClient:
    return application(CONFIG).test_client()


def rules(client: FlaskClient) -> dict[str, str]:
    policy = client.get("/generate-images").headers["Content-Security-Policy"]
    return dict(rule.split(" ", 1) for rule in policy.split("; "))


def test_the_front_door_leads_to_the_page(client: FlaskClient) -> None:
    assert client.get("/").location == "/generate-images"
    page = client.get("/generate-images")
    assert (page.status_code, page.mimetype) == (200, "text/html")


def test_every_file_that_the_page_names_is_there_with_its_type(client: FlaskClient) -> None:
    named = re.findall(r'(?:href|src)="([\w/-]+\.(?:css|js|svg))', client.get("/generate-images").text)
    assert {"css/theme.css", "js/main.js"} <= set(named)
    for name in named:
        assert client.get(f"/{name}").status_code == 200, name
    types = {name: client.get(f"/{name}").mimetype for name in ("js/main.js", "css/theme.css", "texts.json", "icons.svg")}
    assert list(types.values()) == ["text/javascript", "text/css", "application/json", "image/svg+xml"]


def test_config_says_where_the_stack_is(client: FlaskClient) -> None:
    assert client.get("/config.json").get_json() == {
        "api_url": CONFIG.api_url,
        "token_url": CONFIG.token_url,
        "locale": "fr",
    }
    assert (FRONTEND / "config.json").exists()  # what a host beside a deployed stack fills in


@pytest.mark.parametrize("path", ["/README.md", "/nothing.js", "/../local/page.py", "/js/../../../pyproject.toml", "/js/"])
def test_nothing_else_is_handed_out(client: FlaskClient, path: str) -> None:
    assert client.get(path).status_code == 404


def test_code_and_style_come_from_files_of_its_own_alone(client: FlaskClient) -> None:
    found = rules(client)
    assert (found["default-src"], found["script-src"], found["style-src"]) == ("'none'", "'self'", "'self'")
    assert (found["frame-ancestors"], found["base-uri"], found["form-action"]) == ("'none'", "'none'", "'none'")
    assert "unsafe" not in str(found)


def test_the_page_may_speak_to_its_stack_and_show_its_images(client: FlaskClient) -> None:
    found = rules(client)
    stack = ["http://127.0.0.1:1", "http://127.0.0.1:3", "ws://127.0.0.1:1", "http://127.0.0.1:2"]
    assert found["connect-src"].split() == ["'self'", *stack]
    assert "http://127.0.0.1:2" in found["img-src"].split()
    assert "ws:" not in found["img-src"]


@pytest.mark.parametrize("path", ["/generate-images", "/js/main.js", "/config.json", "/nothing"])
def test_every_answer_carries_the_security_headers(client: FlaskClient, path: str) -> None:
    headers = client.get(path).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert "camera=()" in headers["Permissions-Policy"]
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]


def test_text_goes_over_the_wire_compressed_to_whoever_takes_that(client: FlaskClient) -> None:
    plain = client.get("/js/main.js", headers={"Accept-Encoding": "identity"})
    packed = client.get("/js/main.js", headers={"Accept-Encoding": "gzip, br"})
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert int(packed.headers["Content-Length"]) == len(packed.data) < len(plain.data)
    assert "Accept-Encoding" in packed.headers["Vary"]
    again = client.get("/js/main.js", headers={"Accept-Encoding": "gzip", "If-None-Match": packed.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


def test_icons_may_be_kept_for_when_there_is_no_network_and_all_else_is_asked_for_anew(client: FlaskClient) -> None:
    assert client.get("/icons.svg").headers["Cache-Control"] == "max-age=3600"
    assert client.get("/js/main.js").headers["Cache-Control"] == "no-cache"


def test_a_port_is_taken_before_it_answers(tmp_path: Path) -> None:
    with listening() as server:
        with answering(server, application(CONFIG, tmp_path)):
            assert requests.get(f"{origin(server)}/config.json", timeout=60).json()["locale"] == "fr"
        url = origin(server)
    with pytest.raises(requests.ConnectionError):
        requests.get(f"{url}/config.json", timeout=60)


@pytest.mark.parametrize(
    ("asked", "allowed"),
    [(None, f"{PAGE_ORIGINS},http://p"), ("https://a.example", "https://a.example,http://p"), ("*", "*")],
)
def test_the_page_may_always_call_the_api(asked: str | None, allowed: str) -> None:
    parameters = {} if asked is None else {"AllowedOrigins": asked}
    assert origins_of(Options(parameters=parameters), "http://p") == allowed
