"""Serves the backend with waitress: `python -m examples.backend --port 0` picks a free port and prints its URL."""

from __future__ import annotations

import argparse
import ipaddress
import signal
import sys
import threading
from types import FrameType

from .app import create_app
from .logs import configure_logging
from .service import Backend
from .serving import open_server
from .settings import BadConfiguration, Settings, get_settings


def main() -> int:
    arguments = _arguments()
    try:
        settings = get_settings()
        _refuse_open_door(arguments.host, settings)
    except BadConfiguration as exc:
        sys.stderr.write(f"example-backend: {exc}\n")
        return 2
    configure_logging(settings.log_level)
    backend = Backend(settings)
    _end_gracefully(backend)
    try:
        _serve(backend, arguments.host, arguments.port)
    except OSError as exc:
        sys.stderr.write(f"example-backend: cannot listen on {arguments.host}:{arguments.port}: {exc.strerror}\n")
        return 1
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="example-backend", description="Example generation backend")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=5001, help="0 picks a free one")
    return parser.parse_args()


def _refuse_open_door(host: str, settings: Settings) -> None:
    """Whoever may place an order names the webhook's URL, and so receives the webhook's secret."""
    try:
        local = ipaddress.ip_address(host).is_loopback
    except ValueError:
        local = host == "localhost"
    if not local and settings.api_key is None:
        raise BadConfiguration(f"BACKEND_API_KEY is missing, and {host} is not a loopback address")


def _serve(backend: Backend, host: str, port: int) -> None:
    server = open_server(create_app(backend), host, port)
    try:
        name = f"[{host}]" if ":" in host else host
        sys.stdout.write(f"http://{name}:{server.effective_port}\n")
        sys.stdout.flush()
        server.run()
    finally:
        server.close()


def _end_gracefully(backend: Backend) -> None:
    """The first SIGTERM or SIGINT closes the backend while its routes go on answering; then, or at a second one, all ends."""
    main_thread = threading.main_thread().ident or 0

    def close() -> None:
        backend.close()
        signal.pthread_kill(main_thread, signal.SIGTERM)

    def hear(_number: int, _frame: FrameType | None) -> None:
        if closing.ident is not None:
            raise SystemExit(0)
        closing.start()

    closing = threading.Thread(target=close, name="closing", daemon=True)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, hear)


if __name__ == "__main__":
    sys.exit(main())
