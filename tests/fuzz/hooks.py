"""What schemathesis loads beside its configuration. It runs in an environment of its own and imports nothing of ours."""

import re
from typing import Any

import schemathesis

_BEYOND_SCHEMA = {
    # which host is public is no matter of syntax, and uploads have owners
    "POST /api/images/generate": re.compile("#/input_image_url"),
    # a cursor is signed
    "GET /api/images/user": re.compile("invalid_cursor"),
    "GET /api/notifications": re.compile("invalid_cursor"),
    # a file must belong to the very job that is reported, and so must data.job_id; sides and times have bounds of their own
    "POST /api/webhooks/image-completion": re.compile("#/data/(images/.*|job_id|generated_at|metadata/timestamp)|#/timestamp"),
}
"""Why data that fits openapi.json may be answered 400: the pointers of the faults, or the code where there are none."""


@schemathesis.check
def data_that_fits_is_refused_only_by_a_rule_beyond_the_schema(_ctx: Any, response: Any, case: Any) -> None:
    """Takes the place of positive_data_acceptance."""
    if case.meta is None or not case.meta.generation.mode.is_positive or response.status_code != 400:
        return
    problem = response.json()
    reasons = [fault["pointer"] for fault in problem.get("errors", [])] or [problem["code"]]
    allowed = _BEYOND_SCHEMA.get(case.operation.label)
    unknown = [reason for reason in reasons if not allowed or not allowed.fullmatch(reason)]
    assert not unknown, f"refused for {', '.join(unknown)}, though it fits the schema"
