"""`GET /openapi.json` and `GET /docs`, with files of our own in the place of the layer's."""

import base64
import gzip
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from query import app, documents
from tests.support.gateway import FakeContext, request

CONTENT = {"GET /openapi.json": '{"openapi": "3.1.0"}', "GET /docs": "<!doctype html><p>é"}
FILES = {"GET /openapi.json": "openapi.json", "GET /docs": "docs.html"}


@pytest.fixture(autouse=True)
def _layer(deploy: Callable[..., None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    deploy("QueryFunction")
    package = tmp_path / "sorami_docs_of_tests"
    package.mkdir()
    (package / "__init__.py").touch()
    for route, text in CONTENT.items():
        (package / f"{FILES[route]}.gz").write_bytes(gzip.compress(text.encode()))
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(documents, "_LAYER", package.name)


def answered(route: str, **headers: str) -> dict[str, Any]:
    return app.handler(request(route, headers={name.replace("_", "-"): value for name, value in headers.items()}), FakeContext())


@pytest.mark.parametrize("route", CONTENT)
def test_without_a_token_the_file_comes_whole(route: str) -> None:
    answer = answered(route)
    assert answer["statusCode"] == 200
    assert base64.b64decode(answer["body"]).decode() == CONTENT[route]
    assert "content-encoding" not in answer["headers"]


@pytest.mark.parametrize("route", CONTENT)
def test_whoever_takes_gzip_gets_it(route: str) -> None:
    answer = answered(route, accept_encoding="gzip, deflate, br")
    assert answer["headers"]["content-encoding"] == "gzip"
    assert gzip.decompress(base64.b64decode(answer["body"])).decode() == CONTENT[route]


@pytest.mark.parametrize(
    ("offered", "takes"),
    [
        ("GZIP", True),
        ("br, gzip;q=0.5", True),
        ("gzip;q=0", False),
        ("gzip; q=0.000", False),
        ("x-gzipped", False),
        ("br", False),
    ],
)
def test_it_is_compressed_only_for_those_who_take_gzip(offered: str, takes: bool) -> None:
    assert ("content-encoding" in answered("GET /docs", accept_encoding=offered)["headers"]) is takes


@pytest.mark.parametrize("route", CONTENT)
def test_whoever_has_it_already_gets_304(route: str) -> None:
    tag = answered(route)["headers"]["etag"]
    again = answered(route, if_none_match=tag)
    assert (again["statusCode"], again["body"], again["headers"]["etag"]) == (304, "", tag)
    assert answered(route, if_none_match='W/"another"')["statusCode"] == 200


def test_each_has_its_type_and_no_page_may_frame_it() -> None:
    types = {route: answered(route)["headers"]["content-type"] for route in CONTENT}
    assert types == {"GET /openapi.json": "application/json", "GET /docs": "text/html; charset=utf-8"}
    headers = answered("GET /docs")["headers"]
    assert headers["content-security-policy"] == "frame-ancestors 'none'"
    assert headers["x-content-type-options"] == "nosniff"
