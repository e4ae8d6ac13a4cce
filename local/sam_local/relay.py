"""Lets containers reach a port of this machine's loopback interface, which Docker's own networks cannot.

sam local has no way to share the host's network (of `--docker-network host` it makes nothing), and everything here listens on
127.0.0.1 only. So for as long as containers run, this listens on the address that the Docker bridge has on this machine, takes
connections from that bridge's containers and this machine alone, and hands their bytes on.
"""

import ipaddress
import json
import select
import socket
import socketserver
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any
from urllib.parse import urlsplit

from local.failures import LocalFailure
from local.ports import LOOPBACK

_CHUNK = 65_536


@contextmanager
def reachable_from_containers(url: str) -> Iterator[str]:
    """The URL by which containers reach what listens at `url`, for as long as the block lasts."""
    subnet, gateway = _bridge()
    handler = type("Handler", (_Relay,), {"subnet": subnet, "port": urlsplit(url).port})
    try:
        server = socketserver.ThreadingTCPServer((gateway, 0), handler)
    except OSError:
        # Docker Desktop keeps its bridge inside a virtual machine and reaches our loopback by this name instead.
        yield url.replace(LOOPBACK, "host.docker.internal")
        return
    server.daemon_threads = True
    with server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://{gateway}:{server.server_address[1]}"
        finally:
            server.shutdown()


def _bridge() -> tuple[ipaddress.IPv4Network, str]:
    asked = subprocess.run(["docker", "network", "inspect", "bridge"], capture_output=True, text=True, check=False)
    if asked.returncode:
        raise LocalFailure(f"Docker has no bridge network: {asked.stderr.strip()}")
    config: dict[str, Any] = json.loads(asked.stdout)[0]["IPAM"]["Config"][0]
    return ipaddress.IPv4Network(config["Subnet"]), config.get("Gateway") or str(ipaddress.IPv4Network(config["Subnet"])[1])


class _Relay(socketserver.BaseRequestHandler):
    subnet: ipaddress.IPv4Network
    port: int

    def handle(self) -> None:
        address = self.client_address[0]
        if ipaddress.IPv4Address(address) not in self.subnet and not _is_of_this_machine(address):
            return
        # Whoever hangs up, or does not listen yet: the other side sees its connection end, as it would without us.
        with suppress(OSError), socket.create_connection((LOOPBACK, self.port)) as inside:
            others = {self.request: inside, inside: self.request}
            while True:
                for source in select.select([*others], [], [])[0]:
                    if not (content := source.recv(_CHUNK)):
                        return
                    others[source].sendall(content)


def _is_of_this_machine(address: str) -> bool:
    """The backend uses a container's presigned URLs, and comes from whichever of our addresses the system picks."""
    with socket.socket() as probe, suppress(OSError):
        probe.bind((address, 0))
        return True
    return False
