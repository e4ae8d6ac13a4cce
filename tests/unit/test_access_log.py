"""What CloudWatch counts in the gateway's access log: what is one user's own affair must neither ring nor undo a deployment."""

import json
from collections.abc import Mapping

import pytest

from tests.support.access_log import counts, written
from tests.support.template import properties, resources


def line(status: int, *, by_function: bool, route: str = "POST /api/images/generate") -> dict[str, str]:
    """As the gateway writes it."""
    values = {"status": str(status), "routeKey": route} | ({"integration.status": str(status)} if by_function else {})
    said: dict[str, str] = json.loads(written(properties("HttpApi")["AccessLogSettings"]["Format"], values))
    return said


def counted(said: Mapping[str, str]) -> set[str]:
    """The metrics that the line adds to."""
    filters = [one["Properties"] for one in resources("AWS::Logs::MetricFilter").values()]
    return {made["MetricName"] for one in filters for made in one["MetricTransformations"] if counts(one["FilterPattern"], said)}


@pytest.mark.parametrize("status", [500, 503, 504])
@pytest.mark.parametrize("by_function", [True, False])
def test_errors_of_ours_and_of_the_gateway_are_counted(status: int, by_function: bool) -> None:
    assert counted(line(status, by_function=by_function)) == {"ApiServerErrors"}


def test_a_prompt_that_the_backend_refuses_rings_no_alarm_and_undoes_no_deployment() -> None:
    assert counted(line(502, by_function=True)) == set()


def test_the_gateways_throttle_is_counted_and_a_users_own_limit_is_not() -> None:
    assert counted(line(429, by_function=False)) == {"ApiThrottled"}
    assert counted(line(429, by_function=True)) == set()


@pytest.mark.parametrize("by_function", [True, False])
def test_refused_tokens_are_counted_and_refused_reports_are_left_to_webhook(by_function: bool) -> None:
    assert counted(line(401, by_function=by_function)) == {"ApiUnauthorized"}
    assert counted(line(401, by_function=by_function, route="POST /api/webhooks/image-completion")) == set()


@pytest.mark.parametrize("status", [200, 202, 304, 400, 404, 409])
def test_ordinary_answers_are_not_counted(status: int) -> None:
    assert counted(line(status, by_function=True)) == set()
