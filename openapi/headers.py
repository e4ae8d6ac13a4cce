"""Headers of requests and answers, in words."""

from openapi.model import Header

_TEXT = {"type": "string"}

LOCATION = Header(name="Location", text="Path of the job's status.", schema=_TEXT)
IDEMPOTENCY_KEY = Header(
    name="Idempotency-Key",
    text="One for each intention of the user, such as a UUID: the same key and body give the same job, however often and "
    "however concurrently they are sent.",
    schema={"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[\\x21-\\x7e]+$"},
)
REPLAYED = Header(
    name="Idempotent-Replayed",
    text="That this key has been used before, and this is the job it made.",
    schema={"const": "true"},
    always=False,
)
_OPEN_JOBS = "Missing on a stack without a limit (draft-ietf-httpapi-ratelimit-headers)."
RATE_LIMITS = (
    Header(name="RateLimit-Policy", text=f"How many jobs one may have open. {_OPEN_JOBS}", schema=_TEXT, always=False),
    Header(name="RateLimit", text=f"How many more one may open now. {_OPEN_JOBS}", schema=_TEXT, always=False),
)
LOOK_AGAIN = Header(
    name="Retry-After",
    text="Seconds after which to ask again. Missing once the job has ended.",
    schema={"type": "integer", "minimum": 1},
    always=False,
)
ETAG = Header(name="ETag", text="Names this very answer.", schema=_TEXT)
IF_NONE_MATCH = Header(name="If-None-Match", text="The `ETag` that you have.", schema=_TEXT)
WEBHOOK_ID = Header(name="webhook-id", text="With a signature: the event's own id.", schema=_TEXT)
WEBHOOK_TIMESTAMP = Header(
    name="webhook-timestamp",
    text="With a signature: Unix seconds, at most five minutes from the service's clock.",
    schema=_TEXT,
)
RETRY_AFTER = Header(
    name="Retry-After",
    text="Seconds to wait before asking again. Missing where the gateway answers.",
    schema={"type": "integer", "minimum": 1},
    always=False,
)
