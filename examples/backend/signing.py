"""Signs a webhook by the Standard Webhooks specification, so that the service can tell ours from a copy of yesterday's."""

from __future__ import annotations

from datetime import UTC, datetime

from standardwebhooks import Webhook

_ENCODED = "whsec_"


def signature_headers(secret: str, message_id: str, body: bytes) -> dict[str, str]:
    """`message_id` is the same in every try to deliver one event. A secret that begins with `whsec_` is base64 behind that."""
    at = datetime.now(UTC)
    key = Webhook(secret if secret.startswith(_ENCODED) else secret.encode())
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": key.sign(message_id, at, body.decode()),
    }
