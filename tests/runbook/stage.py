"""A local stack on which things are broken, what an operator sees of it, and how what is broken is mended."""

import json
import re
import subprocess
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

import requests
from botocore.exceptions import ClientError

from local.aws import DIRECT, admin_session
from local.environment import ROOT
from local.stack import Stack
from tests.runbook.backend import Conduct
from tests.runbook.gateway import Gateway
from tests.runbook.throttle import Throttle
from tests.support.access_log import counts
from tests.support.api import Api, completed, wait_for
from tests.support.embedded import json_in, metrics_of_line


@dataclass(frozen=True)
class Ran:
    """A command of the console, and how it ended."""

    code: int
    said: str


@dataclass
class Stage:
    """`stack` is the deployed one, with `gateway` for callers in the place of the engine's."""

    stack: Stack
    state: Path
    backend: Conduct
    throttle: Throttle
    gateway: Gateway

    def client(self, service: Any) -> Any:
        return admin_session().client(service, endpoint_url=self.stack.aws_endpoint_url, config=DIRECT)

    @cached_property
    def functions(self) -> Any:
        return self.client("lambda")

    @cached_property
    def cloudwatch(self) -> Any:
        return self.client("cloudwatch")

    @cached_property
    def logs(self) -> Any:
        return self.client("logs")

    @cached_property
    def api(self) -> Api:
        return Api.of_user(self.stack, "operator")

    # What callers do

    def ask(self, method: str, path: str, api: Api | None = None, **more: Any) -> requests.Response:
        return (api or self.api).request(method, path, **more)

    def generate(self, api: Api | None = None) -> str:
        answer = self.ask("POST", "/api/images/generate", api, json={"prompt": "un chat", "size": "512x512"})
        return str(answer.json().get("job_id", ""))

    def new_jobs(self, number: int) -> list[str]:
        """Of a user of their own, so that no limit is met."""
        api = Api.of_new_user(self.stack)
        return [self.generate(api) for _ in range(number)]

    def webhook_secret(self) -> str:
        """The current one."""
        found = self.client("secretsmanager").get_secret_value(SecretId=self.stack.resources["ServiceSecret"])
        return str(json.loads(found["SecretString"])["webhook_secret"])

    def report(self, body: Any, secret: str = "") -> requests.Response:
        """With the current secret, or with another one."""
        return self.api.webhook(body, secret=secret or self.webhook_secret())

    def complete(self, job_id: str, *, on_backend: bool = False) -> requests.Response:
        body = completed(job_id)
        if on_backend:
            body["data"]["images"][0] |= {"url": self.backend.file_url(job_id), "file_path": "./generated_images/image_1.png"}
        return self.report(body)

    # What an operator does

    def sorami(self, *words: str) -> Ran:
        ran = subprocess.run(
            [ROOT / ".venv/bin/sorami", *words, "--stack", str(self.state)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            cwd=ROOT,
        )
        return Ran(ran.returncode, ran.stdout)

    def invoke(self, function: str, event: Mapping[str, Any] | None = None) -> str | None:
        """One run of a function by hand: None, or the error in which it ended."""
        try:
            name = self.stack.functions[f"{function}Function"]
            answer = self.functions.invoke(FunctionName=name, Payload=json.dumps(event or {}).encode())
        except ClientError as error:
            return str(error)
        said = str(answer["Payload"].read().decode())
        return said if answer.get("FunctionError") else None

    def deploy(self, **parameters: str) -> None:
        """The same template with other parameters, which is what `make deploy` with `PARAMETER_…` comes to."""
        cloudformation, name = self.client("cloudformation"), self.stack.stack_name
        given = cloudformation.describe_stacks(StackName=name)["Stacks"][0]["Parameters"]
        kept = [one["ParameterKey"] for one in given if one["ParameterKey"] not in parameters]
        cloudformation.update_stack(
            StackName=name,
            UsePreviousTemplate=True,
            Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
            Parameters=[
                *({"ParameterKey": key, "UsePreviousValue": True} for key in kept),
                *({"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()),
            ],
        )
        cloudformation.get_waiter("stack_update_complete").wait(StackName=name, WaiterConfig={"Delay": 1})
        self.gateway.read_limits()

    @contextmanager
    def configured(self, function: str, **changes: Any) -> Iterator[None]:
        """The function with another setting, as by a bad deployment, and then gone back; `Environment` is laid over what stands.

        Where callers come by an alias, it is moved to a version with the setting, and back to the one before.
        """
        name, functions = self.stack.functions[f"{function}Function"], self.functions
        before = functions.get_function_configuration(FunctionName=name)
        aliases = functions.list_aliases(FunctionName=name)["Aliases"]
        if "Environment" in changes:
            changes = {**changes, "Environment": {"Variables": before["Environment"]["Variables"] | changes["Environment"]}}
        functions.update_function_configuration(FunctionName=name, **changes)
        try:
            for alias in aliases:
                version = functions.publish_version(FunctionName=name)["Version"]
                functions.update_alias(FunctionName=name, Name=alias["Name"], FunctionVersion=version)
            yield
        finally:
            functions.update_function_configuration(FunctionName=name, **{key: before[key] for key in changes})
            for alias in aliases:
                functions.update_alias(FunctionName=name, Name=alias["Name"], FunctionVersion=alias["FunctionVersion"])

    # What is seen

    def alarm(self, logical: str) -> dict[str, Any]:
        """As it was deployed."""
        [found] = self.cloudwatch.describe_alarms(AlarmNames=[self.stack.resources[logical]])["MetricAlarms"]
        return dict(found)

    def lines(self, function: str, since: float) -> list[dict[str, Any]]:
        """What the function has logged since then, metrics aside; a time is that of `time.time`."""
        return [line for line in map(json_in, self._printed(function, since)) if line and "_aws" not in line]

    def requests(self, since: float) -> list[dict[str, str]]:
        """The gateway's access log."""
        return [line for _, said in self._events("ApiLogs", since) if (line := json_in(said)) is not None]

    def counted_by_gateway(self, metric: str, since: float = 0) -> float:
        """By the deployed metric filters of the access log."""
        filters = self.logs.describe_metric_filters(logGroupName=self.stack.resources["ApiLogs"])["metricFilters"]
        [pattern] = {
            one["filterPattern"] for one in filters for made in one["metricTransformations"] if made["metricName"] == metric
        }
        return sum(counts(pattern, line) for line in self.requests(since))

    def most_at_once(self, since: float, *functions: str) -> int:
        """Of these functions' calls, or of all functions': by the line with which a log of a call ends, and its duration."""
        names = functions or [logical.removesuffix("Function") for logical in self.stack.functions]
        spans = []
        for end, line in (event for name in names for event in self._events(f"{name}Logs", since)):
            if found := re.match(r"REPORT .*?\tDuration: ([\d.]+) ms", line):
                spans.append((end - float(found[1]), end))
        return most_at_once(spans)

    def counted(self, service: str, metric: str, since: float = 0) -> float:
        """The sum of what the function has printed of a metric."""
        found = (one for line in self._printed(service, since) for one in metrics_of_line(line))
        wanted = (f"Sorami/{self.stack.stack_name}", service, metric)
        return sum(sum(one.values) for one in found if (one.namespace, one.service, one.name) == wanted)

    def _printed(self, function: str, since: float) -> Iterator[str]:
        return (line for _, line in self._events(f"{function.title()}Logs", since))

    def _events(self, logs: str, since: float) -> Iterator[tuple[float, str]]:
        """Lines, each with its time in milliseconds."""
        group = self.stack.resources[logs]
        pages = self.logs.get_paginator("filter_log_events").paginate(logGroupName=group, startTime=int(since * 1000))
        for page in pages:
            for event in page["events"]:
                yield from ((event["timestamp"], line) for line in event["message"].splitlines())

    def runs(self, function: str, since: float) -> int:
        """How often the function was called, by whomever: the line with which each of its logs begins."""
        return sum(line.startswith("START RequestId") for line in self._printed(function, since))

    def lambda_sum(self, metric: str, function: str | None, seconds: float) -> float:
        """Of a function, or of all together, over the last so many seconds."""
        names = [function] if function else list(self.stack.functions.values())
        end = datetime.now(UTC) + timedelta(seconds=1)
        found = [
            self.cloudwatch.get_metric_statistics(
                Namespace="AWS/Lambda",
                MetricName=metric,
                Dimensions=[{"Name": "FunctionName", "Value": name}],
                StartTime=end - timedelta(seconds=seconds),
                EndTime=end,
                Period=60,
                Statistics=["Sum"],
            )["Datapoints"]
            for name in names
        ]
        return float(sum(point["Sum"] for points in found for point in points))

    def depth(self, queue: str) -> int:
        attributes = self.client("sqs").get_queue_attributes(
            QueueUrl=self.stack.resources[queue], AttributeNames=["ApproximateNumberOfMessages"]
        )["Attributes"]
        return int(attributes["ApproximateNumberOfMessages"])

    def until(self, question: Callable[[], Any], what: str, seconds: float = 60) -> None:
        wait_for(question, bool, what, seconds)


def most_at_once(spans: Iterable[tuple[float, float]]) -> int:
    """Of spans with a beginning and an end; what ends as another begins is not at once with it."""
    now = most = 0
    for _, change in sorted(edge for begin, end in spans for edge in ((begin, 1), (end, -1))):
        now += change
        most = max(most, now)
    return most
