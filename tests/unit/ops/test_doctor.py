"""`sorami doctor`: a sound stack is sound, and each thing that can be wrong is found, told from the others and helped."""

import json
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from email.utils import format_datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
import responses

from ops.diagnosis import here
from sorami.store import JobStore
from sorami.times import now
from tests.support.deployed import API_URL, ISSUER, Deployed
from tests.support.samples import pending_job
from tests.support.stack import Stack
from tests.unit.ops.conftest import Ask

SECRET = "w" * 48
KEY = "k-0123456789-0123456789-0123456789"
BACKEND = "https://backend.example.net:8000"
ORIGIN = "https://app.example.net"
RSA = {"kty": "RSA", "kid": "1"}


def configured(**variables: str) -> dict[str, Any]:
    """What Lambda says of a function, in essence."""
    return {
        "CodeSha256": "abc=",
        "MemorySize": 512,
        "Environment": {"Variables": {"BACKEND_URL": BACKEND} | variables},
        "Layers": [{"Arn": "arn:layer:1", "CodeSize": 1}],
        "LastModified": "whenever",
    }


@dataclass
class Surroundings:
    """What the others answer, each as a sound stack's do until a test says otherwise."""

    site: Deployed
    stack: Stack
    health: int = 200
    clock: timedelta = timedelta(0)
    webhook: int = 401
    issuer: str = ISSUER
    keys: list[dict[str, str]] = field(default_factory=lambda: [RSA])
    allowed: set[str] = field(default_factory=lambda: {ORIGIN})
    backend: int = 404
    alarms: list[dict[str, str]] = field(default_factory=list)
    latest: dict[str, Any] = field(default_factory=configured)
    weights: dict[str, float] = field(default_factory=dict)

    def describe_alarms(self, *, AlarmNames: list[str], MaxRecords: int) -> dict[str, Any]:  # noqa: N803  # boto3's names
        assert AlarmNames == ["the-alarm"]
        assert MaxRecords == 100
        return {"MetricAlarms": self.alarms}

    def get_alias(self, *, FunctionName: str, Name: str) -> dict[str, Any]:  # noqa: N803  # as above
        assert (FunctionName, Name) == ("generate", "live")
        return {"FunctionVersion": "7", "RoutingConfig": {"AdditionalVersionWeights": self.weights}}

    def get_function_configuration(self, *, FunctionName: str, Qualifier: str = "") -> dict[str, Any]:  # noqa: N803  # as above
        assert FunctionName == "generate"
        return {"": self.latest, "7": configured()}[Qualifier]

    def put_secret(self, **values: str) -> None:
        sound = {"webhook_secret": SECRET, "webhook_secret_previous": "", "backend_api_key": KEY}
        self.stack.put_secret("ServiceSecret", {**sound, **values})

    def parameter(self, **values: str) -> None:
        self.site.cloudformation.parameters.update(values)

    def _health(self, _request: Any) -> tuple[int, dict[str, str], str]:
        return self.health, {"Date": format_datetime(now() + self.clock, usegmt=True)}, "{}"

    def _preflight(self, request: Any) -> tuple[int, dict[str, str], str]:
        origin = request.headers["Origin"]
        if origin not in self.allowed:
            return 204, {}, ""
        return 204, {"Access-Control-Allow-Origin": origin, "Access-Control-Allow-Headers": "authorization,content-type"}, ""

    def _status(self, request: Any) -> tuple[int, dict[str, str], str]:
        assert request.headers["Authorization"].startswith(b"Bearer ")
        return self.backend, {}, "{}"

    def answer(self, http: responses.RequestsMock) -> None:
        http.add_callback("GET", f"{API_URL}/health", self._health)
        http.add_callback("POST", f"{API_URL}/api/webhooks/image-completion", lambda _: (self.webhook, {}, "{}"))
        http.add_callback("OPTIONS", f"{API_URL}/api/images/generate", self._preflight)
        known = f"{ISSUER}/.well-known/openid-configuration"
        http.add_callback(
            "GET", known, lambda _: (200, {}, json.dumps({"issuer": self.issuer, "jwks_uri": f"{ISSUER}/jwks.json"}))
        )
        http.add_callback("GET", f"{ISSUER}/jwks.json", lambda _: (200, {}, json.dumps({"keys": self.keys})))
        http.add_callback("GET", re.compile(f"{re.escape(BACKEND)}/api/images/status/.+"), self._status)


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout in which `make setup` was run: the pins, and the SAM CLI that is pinned."""
    pins = {
        "layers/common/requirements.txt": f"boto3=={version('boto3')} \\\n",
        "requirements/sam.txt": "aws-sam-cli==1.2.3 \\\n",
    }
    metadata = {
        ".venv-sam/lib/python3.13/site-packages/aws_sam_cli-1.2.3.dist-info/METADATA": "Name: aws-sam-cli\nVersion: 1.2.3\n"
    }
    for name, text in {**pins, **metadata}.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    monkeypatch.setattr(here, "ROOT", tmp_path)
    return tmp_path


@pytest.fixture
def around(site: Deployed, stack: Stack, http: responses.RequestsMock, checkout: Path) -> Surroundings:
    for item in stack.items(stack.jobs_table):
        stack.dynamodb.delete_item(TableName=stack.jobs_table, Key={"job_id": item["job_id"]})
    letters = stack.queue_url("IngestDeadLetters")
    for message in stack.sqs.receive_message(QueueUrl=letters).get("Messages", []):
        stack.sqs.delete_message(QueueUrl=letters, ReceiptHandle=message["ReceiptHandle"])
    found = Surroundings(site, stack, alarms=[{"AlarmName": "the-alarm", "StateValue": "OK", "AlarmDescription": "Act."}])
    site.cloudformation.resources["TheAlarm"] = "the-alarm"
    site.cloudformation.resources |= {"GenerateFunction": "generate", "GenerateFunctionAliaslive": "generate:live"}
    site.clients |= {"cloudwatch": found, "lambda": found}
    found.parameter(BackendUrl=BACKEND)
    found.put_secret()
    found.answer(http)
    return found


def checks(ask: Ask) -> tuple[int, dict[str, dict[str, str]]]:
    answer = ask("doctor", "--json")
    assert SECRET not in answer.output
    assert KEY not in answer.output
    return answer.exit_code, {one["check"]: one for one in json.loads(answer.stdout)["checks"]}


def wrong(found: dict[str, dict[str, str]]) -> dict[str, str]:
    return {name: one["verdict"] for name, one in found.items() if one["verdict"] in {"warn", "fail"}}


def test_nothing_is_wrong_with_a_sound_stack(around: Surroundings, ask: Ask) -> None:
    code, found = checks(ask)
    assert {one["verdict"] for one in found.values()} == {"ok"}
    assert code == 0


def overdue(around: Surroundings) -> None:
    store = JobStore(around.stack.dynamodb, around.stack.jobs_table)
    store.create(pending_job(due_at=now() - timedelta(minutes=6)))


def dead_letter(around: Surroundings) -> None:
    around.stack.sqs.send_message(QueueUrl=around.stack.queue_url("IngestDeadLetters"), MessageBody="{}")


def ring(around: Surroundings) -> None:
    around.alarms[0]["StateValue"] = "ALARM"


@pytest.mark.parametrize(
    ("check", "verdict", "words", "spoil"),
    [
        ("stack", "warn", "UPDATE_IN_PROGRESS", lambda a: setattr(a.site.cloudformation, "status", "UPDATE_IN_PROGRESS")),
        ("stack", "warn", "rolled back", lambda a: setattr(a.site.cloudformation, "status", "UPDATE_ROLLBACK_COMPLETE")),
        ("stack", "fail", "ROLLBACK_FAILED", lambda a: setattr(a.site.cloudformation, "status", "ROLLBACK_FAILED")),
        ("parameters", "warn", "FirstLookSeconds (9999)", lambda a: a.parameter(FirstLookSeconds="9999")),
        ("parameters", "warn", "LongestJobSeconds (5)", lambda a: a.parameter(LongestJobSeconds="5")),
        ("parameters", "warn", "RequestsPerSecond (199)", lambda a: a.parameter(RequestsPerSecond="199")),
        ("parameters", "warn", "BackendUrl is not https", lambda a: a.parameter(BackendUrl="http://backend.example.net")),
        ("parameters", "fail", "BackendUrl names this machine", lambda a: a.parameter(BackendUrl="http://localhost:5000")),
        ("parameters", "fail", "JwtIssuer is not https", lambda a: a.parameter(JwtIssuer="http://issuer.example.net")),
        ("parameters", "fail", "WebhookUrl does not end in", lambda a: a.parameter(WebhookUrl="https://api.example.net/")),
        ("parameters", "fail", "without a slash", lambda a: a.parameter(AllowedOrigins=f"{ORIGIN}/")),
        ("parameters", "warn", "pages of anybody", lambda a: a.parameter(AllowedOrigins="*")),
        (
            "parameters",
            "warn",
            "in production",
            lambda a: a.parameter(AllowedOrigins="http://localhost:3000", Environment="prod"),
        ),
        (
            "versions",
            "fail",
            "GenerateFunction differs in Environment (LOCALE).",
            lambda a: setattr(a, "latest", configured(LOCALE="en")),
        ),
        (
            "versions",
            "fail",
            "GenerateFunction differs in Layers.",
            lambda a: setattr(a, "latest", configured() | {"Layers": [{"Arn": "arn:layer:2"}]}),
        ),
        (
            "versions",
            "fail",
            "GenerateFunction differs in CodeSha256.",
            lambda a: setattr(a, "latest", configured() | {"CodeSha256": "def="}),
        ),
        ("versions", "warn", "GenerateFunction: calls are being shifted", lambda a: a.weights.update({"8": 0.1})),
        ("secret", "fail", "webhook_secret is missing", lambda a: a.put_secret(webhook_secret="short")),
        ("secret", "fail", "backend_api_key is missing", lambda a: a.put_secret(backend_api_key="")),
        ("secret", "fail", "placeholder", lambda a: a.put_secret(backend_api_key="…the backend's key…")),
        ("secret", "warn", "rotation is under way", lambda a: a.put_secret(webhook_secret_previous="p" * 48)),
        ("secret", "fail", "no JSON object", lambda a: a.stack.put_secret("ServiceSecret", [])),
        ("api", "fail", "answers 503", lambda a: setattr(a, "health", 503)),
        ("clock", "warn", "s apart", lambda a: setattr(a, "clock", timedelta(seconds=60))),
        ("clock", "fail", "6 min apart", lambda a: setattr(a, "clock", timedelta(minutes=-6))),
        ("webhook", "fail", "answered 200", lambda a: setattr(a, "webhook", 200)),
        ("webhook", "fail", "answers 404", lambda a: setattr(a, "webhook", 404)),
        ("webhook", "fail", "answers 503", lambda a: setattr(a, "webhook", 503)),
        ("issuer", "fail", "calls itself", lambda a: setattr(a, "issuer", f"{ISSUER}/")),
        ("issuer", "fail", "no RSA key", lambda a: setattr(a, "keys", [{"kty": "EC"}])),
        ("issuer", "fail", "No answer: ConnectionError", lambda a: a.parameter(JwtIssuer="https://nobody.example.net")),
        ("cors", "fail", f"Pages of {ORIGIN} may not", lambda a: a.allowed.clear()),
        ("cors", "fail", "any origin", lambda a: a.allowed.add("https://origin.invalid")),
        ("backend", "fail", "does not take our key (401)", lambda a: setattr(a, "backend", 401)),
        ("backend", "fail", "answered 500", lambda a: setattr(a, "backend", 500)),
        ("reconcile", "fail", "1 open job(s) should have been looked at", overdue),
        ("alarms", "fail", "the-alarm: Act.", ring),
        ("parked", "fail", "1 job(s) whose images could not be copied", dead_letter),
        ("parked", "fail", "has no ParkedRecords", lambda a: a.site.cloudformation.resources.pop("ParkedRecords")),
    ],
)
def test_what_is_wrong_is_found_and_helped(
    check: str, verdict: str, words: str, spoil: Callable[[Surroundings], None], *, around: Surroundings, ask: Ask
) -> None:
    spoil(around)
    code, found = checks(ask)
    assert found[check]["verdict"] == verdict
    assert words in found[check]["detail"]
    assert found[check]["advice"]
    assert code == (7 if "fail" in wrong(found).values() else 6)


@pytest.mark.parametrize("status", [200, 404])
def test_a_backend_that_knows_a_job_or_does_not_is_well(status: int, around: Surroundings, ask: Ask) -> None:
    around.backend = status
    assert checks(ask)[1]["backend"]["verdict"] == "ok"


def test_people_read_a_line_for_each_check_and_what_to_do(around: Surroundings, ask: Ask) -> None:
    around.webhook = 404
    shown = ask("doctor").stdout
    assert "✓ issuer" in shown
    assert "✗ webhook" in shown
    assert "→ WebhookUrl, or the custom domain's mapping, leads elsewhere." in shown


def test_without_a_stack_what_stands_on_it_is_not_looked_at(around: Surroundings, ask: Ask) -> None:
    answer = ask("doctor", "--json", "--stack", "sorami-typo")
    assert answer.exit_code == 7
    found = {one["check"]: one["verdict"] for one in json.loads(answer.stdout)["checks"]}
    assert found["stack"] == "fail"
    assert {found[name] for name in ("api", "issuer", "alarms", "parked")} == {"skipped"}


def test_of_a_local_stack_what_cannot_apply_is_said(around: Surroundings, local_state: Path, ask: Ask) -> None:
    around.alarms[0]["StateValue"] = "INSUFFICIENT_DATA"
    answer = ask("doctor", "--json", "--stack", f"{local_state}/")
    found = {one["check"]: one for one in json.loads(answer.stdout)["checks"]}
    assert [found[name]["verdict"] for name in ("credentials", "alarms")] == ["skipped", "skipped"]
    assert "does not evaluate" in found["alarms"]["detail"]


def test_a_version_other_than_the_pinned_one_is_told(
    around: Surroundings, checkout: Path, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    (checkout / "layers/common/requirements.txt").write_text("boto3==1.0.0 \\\n")
    (checkout / "requirements/sam.txt").write_text("aws-sam-cli==9.9.9 \\\n")
    monkeypatch.setattr("ops.diagnosis.here.sys.version_info", (3, 12, 0))
    found = checks(ask)[1]
    assert [found[name]["verdict"] for name in ("boto3", "sam", "python")] == ["warn", "warn", "fail"]
    assert "where 9.9.9 is pinned" in found["sam"]["detail"]


@pytest.mark.parametrize(("elsewhere", "verdict"), [("/usr/bin/sam", "ok"), (None, "warn")])
def test_without_our_sam_another_one_will_do(
    elsewhere: str | None, verdict: str, around: Surroundings, checkout: Path, ask: Ask, *, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.rmtree(checkout / ".venv-sam")
    monkeypatch.setattr("ops.diagnosis.here.shutil.which", lambda _: elsewhere)
    assert checks(ask)[1]["sam"]["verdict"] == verdict
