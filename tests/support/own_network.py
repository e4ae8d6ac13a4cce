"""Runs a server that listens on every interface in a network of its own, and hands it what comes in on one loopback port.

    python -m tests.support.own_network FD PORT COMMAND…

FD is a listening socket of the caller's network, which a process keeps when it leaves for a new one; PORT is the command's, in
the new network, where only the loopback interface exists. Everything ends when standard input does, so also when the caller
is killed.
"""

import asyncio
import ctypes
import fcntl
import os
import signal
import socket
import struct
import sys
from contextlib import suppress

_SIOCSIFFLAGS = 0x8914
_IFF_UP = 1
_PR_SET_PDEATHSIG = 1


def leave_for_a_network_of_its_own() -> None:
    """Raises OSError where the system does not let its users make namespaces, AttributeError where it has none."""
    user, group = os.geteuid(), os.getegid()
    os.unshare(os.CLONE_NEWUSER | os.CLONE_NEWNET)
    for name, content in (("setgroups", "deny"), ("uid_map", f"0 {user} 1"), ("gid_map", f"0 {group} 1")):
        with open(f"/proc/self/{name}", "w", encoding="ascii") as file:  # noqa: PTH123
            file.write(content)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, _SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", _IFF_UP))


def die_with_parent() -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


async def serve(listener: socket.socket, port: int, command: list[str]) -> int:
    server = await asyncio.create_subprocess_exec(*command, stdin=asyncio.subprocess.DEVNULL, preexec_fn=die_with_parent)

    async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:  # not up yet
            writer.close()
            return
        await asyncio.gather(_pump(reader, inner_writer), _pump(inner_reader, writer))

    await asyncio.start_server(relay, sock=listener)
    ended = asyncio.create_task(server.wait())
    caller_left = asyncio.get_running_loop().run_in_executor(None, sys.stdin.buffer.read)
    await asyncio.wait({ended, caller_left}, return_when=asyncio.FIRST_COMPLETED)
    if server.returncode is None:
        server.kill()
    return await ended


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while chunk := await reader.read(65_536):
            writer.write(chunk)
            await writer.drain()
    writer.close()


def main(arguments: list[str]) -> None:
    fd, port, *command = arguments
    leave_for_a_network_of_its_own()
    code = asyncio.run(serve(socket.socket(fileno=int(fd)), int(port), command))
    # The thread that reads standard input would keep an ordinary exit waiting.
    os._exit(code if code >= 0 else 1)


if __name__ == "__main__":
    main(sys.argv[1:])
