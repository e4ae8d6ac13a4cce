"""Small web servers in this process: the port is open from the start, and answers once its application is known."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from local.ports import LOOPBACK

OWN_NAMES = (LOOPBACK, "localhost")
"""What this machine is called by its own programs and pages. A name of the internet may lead here too (DNS rebinding)."""


@contextmanager
def listening() -> Iterator[BaseWSGIServer]:
    """A free port that nobody else can take any more. Who calls before `answering` waits."""
    server = make_server(LOOPBACK, 0, Flask("not-yet"), threaded=True, request_handler=_Quiet)
    try:
        yield server
    finally:
        server.server_close()


@contextmanager
def answering(server: BaseWSGIServer, app: Flask) -> Iterator[None]:
    """In threads of this process, until the block is left. Whoever calls it by another name than our own gets a 400."""
    app.config["TRUSTED_HOSTS"] = list(OWN_NAMES)
    server.app = app
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True, name=app.name)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()


def origin(server: BaseWSGIServer) -> str:
    return f"http://{LOOPBACK}:{server.port}"


class _Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002 (the base class's name)
        """The stack's output is for what functions and backend say."""
