"""Who the webhook believes: signatures where they are asked for, and old and new secret while one is rotated."""

import json
from datetime import UTC, datetime, timedelta

import requests
from standardwebhooks import Webhook

from local.aws import Clients
from local.stack import Stack
from ops.rotation import WebhookSecret
from tests.support.api import Api, completed, progress


def _report(stack: Stack, body: dict[str, object], *, at: datetime) -> requests.Response:
    text = json.dumps(body)
    headers = {
        "X-Webhook-Secret": stack.webhook_secret,
        "webhook-id": "msg_1",
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(stack.webhook_secret.encode()).sign("msg_1", at, text),
    }
    return requests.post(stack.webhook_url, data=text.encode(), headers=headers, timeout=40)


def test_the_example_backends_signed_reports_are_taken(hasty_stack: Stack) -> None:
    api = Api.of_new_user(hasty_stack)
    assert api.watch(api.new_job("un chat", size="512x512"))[-1]["status"] == "COMPLETED"


def test_row_14_a_replayed_report_changes_nothing_and_is_refused_after_five_minutes(hasty_stack: Stack) -> None:
    api = Api.of_new_user(hasty_stack)
    job_id = api.new_job()
    now = datetime.now(UTC)
    assert api.webhook(progress(job_id, "generating", 50)).status_code == requests.codes.unauthorized  # not signed
    assert _report(hasty_stack, completed(job_id), at=now - timedelta(minutes=6)).status_code == requests.codes.unauthorized
    assert api.status(job_id)["status"] == "PENDING"
    answers = [_report(hasty_stack, completed(job_id), at=now).json() for _ in range(2)]
    assert [answer["applied"] for answer in answers] == [True, False]


def test_row_13_a_rotated_secret_is_good_at_once_and_the_one_before_too(stack: Stack, api: Api) -> None:
    client = Clients(stack.aws_endpoint_url).secrets
    kept = client.get_secret_value(SecretId=stack.resources["ServiceSecret"])["SecretString"]
    job_id = api.new_job()
    assert api.webhook(progress(job_id, "generating", 20)).json()["applied"] is True
    try:
        fresh = WebhookSecret(client, stack.resources["ServiceSecret"]).rotate()
        assert api.webhook(progress(job_id, "generating", 40), secret=fresh).json()["applied"] is True
        assert api.webhook(progress(job_id, "generating", 60)).json()["applied"] is True
    finally:
        client.put_secret_value(SecretId=stack.resources["ServiceSecret"], SecretString=kept)
