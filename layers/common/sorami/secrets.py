"""The service's secrets, read from Secrets Manager and kept for five minutes.

Powertools' SecretsProvider caches as well, but drops an expired value even when Secrets Manager is down; here a known
secret goes on working (docs/reliability.md, row 21), which is the larger part of this module.
"""

import json
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from sorami.errors import SecretUnavailable

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

CACHE_SECONDS = 300.0
RETRY_SECONDS = 30.0
FRESH_SECONDS = 2.0
"""How old a copy may be that a refusal is based on."""


class SecretReader:
    """One JSON secret, `{"webhook_secret": "…", "webhook_secret_previous": "…", "backend_api_key": "…"}` for instance."""

    def __init__(self, client: "SecretsManagerClient", secret_id: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._client = client
        self._secret_id = secret_id
        self._clock = clock
        self._values: dict[str, str] | None = None
        self._read_at = float("-inf")
        self._asked_at = float("-inf")

    def values(self) -> dict[str, str]:
        """The secret's values: five minutes old at most, or the last known ones while Secrets Manager does not answer.

        Raises SecretUnavailable when there are none.
        """
        if self._values is not None and self._clock() - self._read_at < CACHE_SECONDS:
            return self._values
        return self._read()

    def refresh(self) -> dict[str, str]:
        """The values of two seconds ago at most, or the last known ones. Raises SecretUnavailable.

        Whoever shows a wrong secret makes us ask, but no more often than that. A new secret that is first shown two seconds after
        it was written is never refused: the last read was either longer ago, and is made anew, or has found it already.
        """
        if self._values is not None and self._clock() - self._asked_at < FRESH_SECONDS:
            return self._values
        return self._read()

    def _read(self) -> dict[str, str]:
        """Reads the secret anew; a read that fails leaves the known values in force."""
        self._asked_at = self._clock()  # before the call: what is written while it runs, it may miss
        try:
            answer = self._client.get_secret_value(SecretId=self._secret_id)
            found = json.loads(answer["SecretString"])
            # null and false are none: as the words "None" and "False" they would open the webhook.
            self._values = {name: value for name, value in found.items() if isinstance(value, str)}
            self._read_at = self._clock()
        except (ClientError, BotoCoreError, ValueError, AttributeError, KeyError) as error:  # the last three: no JSON object
            if self._values is None:
                raise SecretUnavailable(type(error).__name__) from error
            # Not at every request: each try may take seconds.
            self._read_at = self._clock() - CACHE_SECONDS + RETRY_SECONDS
        return self._values
