"""The facts of a running local stack, and `.local/stack.json`, which holds them for other programs for as long as it runs."""

import json
from dataclasses import asdict, dataclass, fields
from pathlib import Path

import psutil
from joserfc.jwk import RSAKey

from local.environment import ROOT
from local.failures import NoStack
from local.issuer import DEFAULT_TTL, claims_for, mint, stored_key

STATE = ROOT / ".local"


@dataclass(frozen=True)
class Stack:
    """The content of stack.json. `functions` and `resources` map logical ids to physical names. `webhook_secret_file` holds the
    secret that is current at any time: the example backend reads it anew for each report."""

    api_url: str
    websocket_url: str | None
    page_url: str
    backend_url: str
    webhook_url: str
    webhook_secret: str
    backend_api_key: str
    issuer: str
    audience: str
    aws_endpoint_url: str
    aws_region: str
    stack_name: str
    jobs_table: str
    notifications_table: str
    images_bucket: str
    functions: dict[str, str]
    resources: dict[str, str]
    signing_key: str
    webhook_secret_file: str
    pid: int

    def key(self) -> RSAKey:
        """The issuer's private key: a test forges with another one, or signs claims of its own with this one."""
        return stored_key(Path(self.signing_key))

    def token(self, subject: str, org_id: str | None = None, ttl: int = DEFAULT_TTL) -> str:
        return mint(self.key(), claims_for(self.issuer, subject, org_id, ttl))


def save(stack: Stack, state: Path) -> None:
    write_private(state / "stack.json", json.dumps(asdict(stack), indent=2) + "\n")


def write_private(path: Path, text: str) -> None:
    """Whole or not at all, and for its owner's eyes only: there are secrets in it."""
    part = path.with_name(f"{path.name}.part")
    part.touch(0o600)
    part.write_text(text)
    part.replace(path)


def load(state: Path = STATE) -> Stack:
    """Raises NoStack, also for what a killed run left behind."""
    try:
        found = json.loads((state / "stack.json").read_text())
        stack = Stack(**{name.name: found[name.name] for name in fields(Stack)})
    except (FileNotFoundError, ValueError, KeyError):
        raise NoStack("No local stack is running here: start one with `make run` and leave it open.") from None
    if not psutil.pid_exists(stack.pid):
        raise NoStack(f"The local stack of process {stack.pid} is gone: start one with `make run` and leave it open.")
    return stack
