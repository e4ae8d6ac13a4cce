"""Signatures of webhooks, by the Standard Webhooks specification (https://www.standardwebhooks.com): HMAC-SHA256 over a message's
id, its time and its raw body."""

from collections.abc import Mapping

from standardwebhooks import Webhook, WebhookVerificationError
from standardwebhooks.webhooks import EmptyWebhookSecretError

HEADERS = ("webhook-id", "webhook-timestamp", "webhook-signature")

_ENCODED = "whsec_"


def is_signed(content: bytes, headers: Mapping[str, str], key: str) -> bool:
    """Whether one of the message's signatures is by this key, and its time at most five minutes from now.

    `headers` by their lower-case names. A key that begins with `whsec_` is base64 behind that, as the specification
    writes keys; any other counts as its UTF-8 bytes.
    """
    try:
        Webhook(key if key.startswith(_ENCODED) else key.encode()).verify(content, dict(headers), json_parse=False)
    # ValueError: headers, a body or a key that no signature could be made of; the empty one: `whsec_` and no bytes behind it
    except (WebhookVerificationError, EmptyWebhookSecretError, ValueError):
        return False
    return True
