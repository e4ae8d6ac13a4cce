"""Servers that a test starts in a thread of its own process, and ends."""

from collections.abc import Iterator
from contextlib import contextmanager
from socketserver import TCPServer, ThreadingMixIn
from threading import Thread

from local.ports import LOOPBACK

_POLL_SECONDS = 0.02  # how soon it hears that it is to end


@contextmanager
def serving(server: TCPServer) -> Iterator[str]:
    """Answers until the block is left; yields its URL. A connection that a client keeps open holds nobody up at the end."""
    if isinstance(server, ThreadingMixIn):
        server.daemon_threads, server.block_on_close = True, False
    thread = Thread(target=server.serve_forever, args=(_POLL_SECONDS,), daemon=True, name=type(server).__name__)
    thread.start()
    try:
        yield f"http://{LOOPBACK}:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
