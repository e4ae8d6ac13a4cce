"""The page of examples/frontend on a port of its own, as a static host serves it beside a deployed stack.

Routes: GET /generate-images · its files · GET /config.json, the one file that differs from stack to stack. `/` leads to the page.
"""

import gzip
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from flask import Flask, Response, abort, jsonify, redirect, request
from werkzeug.security import safe_join
from werkzeug.wrappers import Response as AnyResponse

from local.environment import ROOT

FRONTEND = ROOT / "examples/frontend"
PATH = "/generate-images"
_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
}
_NOTHING = ("accelerometer", "camera", "display-capture", "geolocation", "gyroscope", "microphone", "payment", "usb")


@dataclass(frozen=True)
class PageConfig:
    """What config.json says. `token_url` gives anybody's token and exists only here; `locale` is that of the API's texts."""

    api_url: str
    token_url: str
    locale: str
    hosts: tuple[str, ...]
    """Further URLs that the page may read from: the WebSocket, the files."""


def policy(config: PageConfig) -> str:
    """The Content-Security-Policy: the page's own files, the stack's origins, and no code or style in the markup."""
    origins = _origins([config.api_url, config.token_url, *config.hosts])
    rules = {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "img-src": f"'self' data: blob: {_only('http', origins)}",
        "connect-src": f"'self' {' '.join(origins)}",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
        "require-trusted-types-for": "'script'",
        "trusted-types": "'none'",
    }
    return "; ".join(f"{name} {value}" for name, value in rules.items())


def application(config: PageConfig, folder: Path = FRONTEND) -> Flask:
    app = Flask("sorami-page", static_folder=None)
    security = {
        "Content-Security-Policy": policy(config),
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": ", ".join(f"{feature}=()" for feature in _NOTHING),
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
    }

    @app.get("/")
    def home() -> AnyResponse:
        return redirect(PATH)

    @app.get(PATH)
    def page() -> Response:
        return file("generate-images.html")

    @app.get("/config.json")
    def settings() -> Response:
        return jsonify(api_url=config.api_url, token_url=config.token_url, locale=config.locale)

    @app.get("/<path:name>")
    def file(name: str) -> Response:
        kind, path = _TYPES.get(Path(name).suffix), safe_join(str(folder), name)
        if kind is None or path is None or not Path(path).is_file():  # the folder holds more than the page, such as its README
            abort(404)
        return _answer(Path(path).read_bytes(), kind)

    @app.after_request
    def secured(response: Response) -> Response:
        response.headers.update(security)
        return response

    return app


def _answer(content: bytes, kind: str) -> Response:
    """Compressed for whoever takes that, as static hosts do; 304 for whoever has it already."""
    packs = request.accept_encodings.quality("gzip") > 0
    response = Response(gzip.compress(content, mtime=0) if packs else content, content_type=kind)
    if packs:
        response.content_encoding = "gzip"
    response.vary.add("Accept-Encoding")
    if kind == _TYPES[".svg"]:
        response.cache_control.max_age = 3600  # a page that is offline goes on drawing its icons
    else:
        response.cache_control.no_cache = True
    response.add_etag()
    response.make_conditional(request)
    return response


def _origins(urls: Iterable[str]) -> list[str]:
    """Each once; the scheme of a WebSocket is another origin."""
    parts = [urlsplit(url) for url in urls]
    return list(dict.fromkeys(f"{part.scheme}://{part.netloc}" for part in parts))


def _only(scheme: str, origins: Iterable[str]) -> str:
    return " ".join(origin for origin in origins if origin.startswith(scheme))
