"""The webhook's secret from an operator's side: a new one becomes current and the old one stays good until it is retired."""

import hashlib
import json
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

FRESH_SECONDS = 2.0
"""sorami.secrets.FRESH_SECONDS: a worker that has just met a wrong secret asks for a new one no sooner."""

_CURRENT = "webhook_secret"
_PREVIOUS = "webhook_secret_previous"


class RotationPending(Exception):
    """The secret before the current one is still good; another rotation would shut out whoever uses it."""


@dataclass(frozen=True)
class WebhookSecret:
    """The service secret, by its name or ARN. Every method raises botocore's errors."""

    client: "SecretsManagerClient"
    secret_id: str
    pause: Callable[[float], None] = time.sleep

    def rotate(self) -> str:
        """One write: a fresh secret is current, the one until now previous. Returns the fresh one, from then on
        good everywhere. Raises RotationPending."""
        values = self._values()
        if values.get(_PREVIOUS):
            raise RotationPending
        fresh = secrets.token_hex(32)
        self._put(values | {_CURRENT: fresh, _PREVIOUS: values[_CURRENT]})
        self.pause(FRESH_SECONDS)
        return fresh

    def retire(self) -> bool:
        """The previous secret is gone; workers that have it in memory forget it within five minutes. False if there was none."""
        values = self._values()
        if not values.get(_PREVIOUS):
            return False
        self._put(values | {_PREVIOUS: ""})
        return True

    def current(self) -> str:
        """The secret that a backend should use now."""
        return self._values()[_CURRENT]

    def fingerprints(self) -> dict[str, str | None]:
        """`current` and `previous`: the first 8 hexadecimal digits of each one's SHA-256, None for none."""
        values = self._values()
        return {word: _fingerprint(values.get(name)) for word, name in (("current", _CURRENT), ("previous", _PREVIOUS))}

    def _values(self) -> dict[str, str]:
        found: dict[str, str] = json.loads(self.client.get_secret_value(SecretId=self.secret_id)["SecretString"])
        return found

    def _put(self, values: dict[str, str]) -> None:
        self.client.put_secret_value(SecretId=self.secret_id, SecretString=json.dumps(values))


def _fingerprint(secret: str | None) -> str | None:
    return hashlib.sha256(secret.encode()).hexdigest()[:8] if secret else None
