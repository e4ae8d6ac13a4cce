"""One harmless call of every function before people come: a cold one takes longer here than a backend waits for its webhook."""

import json
import re
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from functools import partial

from local import http
from local.aws import Clients
from local.cloud import Deployed
from local.gateway import Route

# Reads first, then what an empty body cannot make do anything.
_MILDEST_FIRST = ("GET", "POST", "PUT", "PATCH", "DELETE")
_COLD_SECONDS = 30


def warm_up(clients: Clients, deployed: Deployed, token: str) -> None:
    """By one of its routes, or by an event without records where it has none; 400, 401 and 404 are expected answers."""
    calls: list[Callable[[], object]] = []
    for logical, physical in deployed.functions.items():
        if request := mildest_request([route for route in deployed.routes if route.function == logical]):
            method, path = request
            calls.append(partial(http.status, deployed.api_url + path, _COLD_SECONDS, method, token))
        else:
            calls.append(partial(clients.functions.invoke, FunctionName=physical, Payload=json.dumps({"Records": []})))
    pool = ThreadPoolExecutor(max_workers=4)
    try:
        wait([pool.submit(call) for call in calls])
    finally:
        # Whoever interrupts this does not wait for cold functions: their engine ends next, and the calls with it.
        pool.shutdown(wait=False, cancel_futures=True)


def mildest_request(routes: Sequence[Route]) -> tuple[str, str] | None:
    """Method and path of the route that can do the least; path parameters become an id that nothing has."""
    known = [route.key.split(" ", 1) for route in routes if route.key.startswith(_MILDEST_FIRST)]
    if not known:
        return None
    method, path = min(known, key=lambda pair: _MILDEST_FIRST.index(pair[0]))
    return method, re.sub(r"\{[^}]+\}", "warm-up", path)
