"""The web server, waitress, made to wait for no request that never ends."""

from __future__ import annotations

import errno

from flask import Flask
from waitress.channel import HTTPChannel  # type: ignore[import-untyped]
from waitress.server import BaseWSGIServer, create_server  # type: ignore[import-untyped]

REQUEST_SECONDS = 30
"""For a whole request, from its first byte to the last of its body; and for silence between two."""

_LARGEST_BODY = 1024 * 1024  # up to here the application answers 413 in its own words; beyond, waitress reads no further


class Channel(HTTPChannel):  # type: ignore[misc]
    """One connection. To waitress each byte is a sign of life, and 100 connections that dribble leave no room for another."""

    last_activity: float

    def handle_read(self) -> None:
        begun, heard_of = self.request, self.last_activity
        super().handle_read()
        if begun is not None and self.request is begun:
            self.last_activity = heard_of


def open_server(app: Flask, host: str, port: int, looks_every: int = 5) -> BaseWSGIServer:
    """Listening; `run()` serves. Port 0 picks a free one; `looks_every` so many seconds after slow clients. Raises OSError.

    A name is looked up as one of IPv4: most machines know localhost as two addresses, which would be two servers on two ports.
    """
    try:
        server = create_server(
            app,
            host=host,
            port=port,
            ipv4=":" not in host,
            ipv6=":" in host,
            threads=8,
            ident="example-backend",
            channel_timeout=REQUEST_SECONDS,
            cleanup_interval=looks_every,
            max_request_body_size=_LARGEST_BODY,
        )
    except ValueError as exc:  # waitress's word for a name that nobody knows, or a port that none can be
        raise OSError(errno.EADDRNOTAVAIL, "there is no such address") from exc
    server.channel_class = Channel
    return server
