"""What the person reads once the stack is up: where everything is, what a backend of their own needs, a first request."""

import shlex
from pathlib import Path

from local.record import STATE, Stack


def summary(stack: Stack, state: Path, *, is_example: bool) -> list[str]:
    rows = {
        "API": stack.api_url,
        "Its docs": f"{stack.api_url}/docs",
        "Page": stack.page_url,
        "WebSocket": stack.websocket_url,
        "Example backend" if is_example else "Your backend": stack.backend_url,
        "Token issuer": stack.issuer,
        "AWS endpoint": f"{stack.aws_endpoint_url}  (region {stack.aws_region}, stack {stack.stack_name})",
        "For programs": str(state / "stack.json"),
    }
    return [f"  {title:<16} {value}" for title, value in rows.items() if value]


def of_own_backend(stack: Stack, state: Path) -> list[str]:
    """The two addresses, the two headers, and where their secrets are read: not the secrets, which stay off the screen."""
    facts = shlex.quote(str(state / "stack.json"))
    return [
        f"  It gets jobs at  {stack.backend_url}/api/images/generate  (Authorization: Bearer backend_api_key)",
        f"  It reports to    {stack.webhook_url}  (X-Webhook-Secret: webhook_secret)",
        f"  Both secrets     grep -E '\"(webhook_secret|backend_api_key)\"' {facts}",
    ]


def first_request(stack: Stack, state: Path) -> list[str]:
    elsewhere = f".venv/bin/sorami token user_1 --stack {shlex.quote(f'{state}/')}"
    mint = "make -s token SUB=user_1" if state == STATE else elsewhere
    body = '{"prompt": "un chat astronaute", "num_images": 2, "size": "512x512", "format": "WEBP"}'
    return [
        f'  TOKEN="$({mint})"',
        f"  curl -s {stack.api_url}/api/images/generate \\",
        "    -H \"Authorization: Bearer $TOKEN\" -H 'Content-Type: application/json' \\",
        f"    -d '{body}'",
    ]
