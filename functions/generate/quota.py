"""How many jobs a user may have open at once, and the fields that tell clients (draft-ietf-httpapi-ratelimit-headers)."""

from sorami.errors import TooManyOpenJobs
from sorami.values import dataclass

_NAME = "open-jobs"


@dataclass(frozen=True, slots=True, kw_only=True)
class Quota:
    """`open_jobs` is counted no further than the limit, and perhaps a little out of date: see docs/decisions.md."""

    limit: int
    open_jobs: int

    @property
    def is_used_up(self) -> bool:
        return self.open_jobs >= self.limit

    def with_one_more(self) -> "Quota":
        return Quota(limit=self.limit, open_jobs=self.open_jobs + 1)

    def headers(self) -> dict[str, str]:
        """No time stands in them: a place is free when a job ends, and nobody knows when."""
        return {
            "ratelimit-policy": f'"{_NAME}";q={self.limit};qu="concurrent-requests"',
            "ratelimit": f'"{_NAME}";r={max(0, self.limit - self.open_jobs)}',
        }

    def exceeded(self) -> TooManyOpenJobs:
        return TooManyOpenJobs(f"{self.open_jobs} of {self.limit}", self.headers())
