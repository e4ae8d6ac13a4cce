from local.gateway import Route
from local.warmth import mildest_request


def test_a_function_that_reads_is_warmed_by_a_read_of_an_id_that_nothing_has() -> None:
    routes = [Route("DELETE /api/images/{id}", "Q", "Jwt"), Route("GET /api/images/{id}/status", "Q", "Jwt")]
    assert mildest_request(routes) == ("GET", "/api/images/warm-up/status")


def test_a_function_that_only_writes_is_warmed_by_an_empty_post() -> None:
    assert mildest_request([Route("POST /api/images/generate", "G", "Jwt")]) == ("POST", "/api/images/generate")


def test_a_function_without_a_route_of_a_known_method_has_no_such_request() -> None:
    assert mildest_request([]) is None
    assert mildest_request([Route("$default", "Q", None), Route("ANY /x", "Q", None)]) is None
