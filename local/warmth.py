"""One harmless call of every function before people come: a cold one takes longer here than a backend waits for its webhook."""

import json
import re
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from functools import partial
from typing import Any

from local import http
from local.aws import Clients
from local.cloud import Deployed
from local.gateway import Route

# Reads first, then what an empty body cannot make do anything.
_MILDEST_FIRST = ("GET", "POST", "PUT", "PATCH", "DELETE")
_COLD_SECONDS = 30
_PASSED_OVER = {
    "user_id": "warm-up",
    "prompt": "warm-up",
    "num_images": 1,
    "size": "512x512",
    "format": "WEBP",
    "style": "natural",
    "quality": "standard",
    "status": "GENERATING",
    "progress": 1,
    "message": "",
    "created_at": "2026-01-01T00:00:00.000Z",
    "updated_at": "2026-01-01T00:00:00.000Z",
    "version": 1,
}


def warm_up(clients: Clients, deployed: Deployed, token: str) -> None:
    """By one of its routes, where 400, 401 and 404 are expected answers, or by an event that it passes over."""
    calls: list[Callable[[], object]] = []
    for logical, physical in deployed.functions.items():
        if request := mildest_request([route for route in deployed.routes if route.function == logical]):
            method, path = request
            calls.append(partial(http.status, deployed.api_url + path, _COLD_SECONDS, method, token))
        else:
            calls.append(partial(clients.functions.invoke, FunctionName=physical, Payload=json.dumps(passed_over())))
    pool = ThreadPoolExecutor(max_workers=4)
    try:
        wait([pool.submit(call) for call in calls])
    finally:
        # Whoever interrupts this does not wait for cold functions: their engine ends next, and the calls with it.
        pool.shutdown(wait=False, cancel_futures=True)


def passed_over() -> dict[str, Any]:
    """A change of a job that never was, for whoever reads the jobs table's stream.

    Powertools takes a batch without records for an error. This one is an open job's, of which notify tells nobody, and its copies
    were pending before, so that ingest leaves it to an earlier record. Should one of them trip over it all the same, `redrive`
    keeps notify from parking it. Reconcile looks at no event.
    """
    key = {"job_id": {"S": "warm-up"}}
    item = key | {name: {"N": str(value)} if isinstance(value, int) else {"S": value} for name, value in _PASSED_OVER.items()}
    change = {"SequenceNumber": "1", "Keys": key, "OldImage": item | {"copies_pending": {"S": "1"}}, "NewImage": item}
    return {"Records": [{"eventName": "MODIFY", "eventSource": "aws:dynamodb", "dynamodb": change}], "redrive": True}


def mildest_request(routes: Sequence[Route]) -> tuple[str, str] | None:
    """Method and path of the route that can do the least; path parameters become an id that nothing has."""
    known = [route.key.split(" ", 1) for route in routes if route.key.startswith(_MILDEST_FIRST)]
    if not known:
        return None
    method, path = min(known, key=lambda pair: _MILDEST_FIRST.index(pair[0]))
    return method, re.sub(r"\{[^}]+\}", "warm-up", path)
