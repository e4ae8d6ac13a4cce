"""An example of every problem document, as the service itself writes it."""

import json
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from openapi.examples import JOB_ID
from sorami import errors
from sorami.errors import Fault, ServiceError
from sorami.problems import problem, status_of
from sorami.texts import text

_REQUEST = {"requestContext": {"requestId": "JKJaXmPLvHcESHA="}}
_WITH_MEMBERS = (
    errors.InvalidRequest([Fault(pointer="#/num_images", detail=text("fault.maximum", "fr", limit=4))]),
    errors.JobNotFinished(job_id=JOB_ID, state="GENERATING", progress=55, is_over=False),
    errors.JobStillOpen(job_id=JOB_ID, state="GENERATING", progress=55),
    errors.JobAlreadyFinished(job_id=JOB_ID, state="COMPLETED", progress=100),
    errors.BackendRejected(status=422, job_id=JOB_ID),
)
"""What says more than its kind."""


def code_of(kind: type[ServiceError]) -> str:
    """What is not the caller's business is only `internal` to it."""
    return ServiceError.code if status_of(kind) is HTTPStatus.INTERNAL_SERVER_ERROR else kind.code


def examples_of(kinds: Sequence[type[ServiceError]]) -> dict[str, Any]:
    """The documents of these errors by their codes, as OpenAPI's `components.examples` has them."""
    return {code_of(kind): {"value": json.loads(problem(_one(kind), _REQUEST, "fr")["body"])} for kind in kinds}


def _one(kind: type[ServiceError]) -> ServiceError:
    for one in _WITH_MEMBERS:
        if type(one) is kind:
            return one
    return kind([]) if issubclass(kind, errors.InvalidRequest) else kind("")
