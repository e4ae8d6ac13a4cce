"""The limits of AWS's gateway: a token bucket for each route, for all callers together.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-throttling.html
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import Any


@dataclass
class Bucket:
    """Tokens for requests: `burst` at first and at most, `rate` more in a second."""

    rate: float
    burst: float
    clock: Callable[[], float] = time.monotonic
    _lock: Lock = field(default_factory=Lock)

    def __post_init__(self) -> None:
        self._tokens, self._at = self.burst, self.clock()

    def takes_one(self) -> bool:
        with self._lock:
            now = self.clock()
            self._tokens, self._at = min(self.burst, self._tokens + self.rate * (now - self._at)), now
            if self._tokens < 1:
                return False
            self._tokens -= 1
            return True


@dataclass(frozen=True)
class Limits:
    """A bucket for each route, made when it is first asked for; `routes` say otherwise than `default`."""

    default: Mapping[str, Any]
    routes: Mapping[str, Mapping[str, Any]]
    _buckets: dict[str, Bucket] = field(default_factory=dict)

    def admit(self, route: str) -> bool:
        said = {**self.default, **self.routes.get(route, {})}
        full = Bucket(float(said["ThrottlingRateLimit"]), float(said["ThrottlingBurstLimit"]))
        return self._buckets.setdefault(route, full).takes_one()
