"""Exercises of reports that are refused, and of what lies on a queue until somebody acts."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus

from tests.runbook.exercise import Exercise, expect
from tests.runbook.stage import Stage
from tests.support.api import Api, completed, progress

_REPORTS, _TRIES = 6, 12


@contextmanager
def applied(stage: Stage, *, but_not: str) -> Iterator[None]:
    """Of what is reported meanwhile `WebhooksApplied` grows and the other metric does not."""
    before, refused = stage.counted("webhook", "WebhooksApplied"), stage.counted("webhook", but_not)
    yield
    expect(stage.counted("webhook", "WebhooksApplied") > before, "WebhooksApplied does not grow")
    expect(stage.counted("webhook", but_not) == refused, f"{but_not} grows")


@dataclass
class WrongSecret(Exercise):
    section: str = "WebhooksRefusedAlarm"
    broken_by: str = "the backend keeps a secret that was rotated and retired"

    def break_(self, stage: Stage) -> None:
        self.job_id = stage.generate()
        self.old = stage.webhook_secret()
        expect(stage.sorami("secret", "rotate").code == 0, "sorami secret rotate")
        expect(stage.sorami("secret", "retire").code == 0, "sorami secret retire")
        answers = [self._report_in_vain(stage) for _ in range(_TRIES)]
        expect(answers.count(HTTPStatus.UNAUTHORIZED) >= _REPORTS, f"the old secret was answered {answers}")

    def _report_in_vain(self, stage: Stage) -> int:
        """A worker takes a retired secret for five minutes, or until it meets the new one: so each is shown that before."""
        stage.report(progress(self.job_id, "generating", 30))
        return stage.report(progress(self.job_id, "generating", 40), self.old).status_code

    def look(self, stage: Stage) -> None:
        expect("current" in self.sorami(stage, "Look", "secret status").said, "sorami secret status")

    def verify(self, stage: Stage) -> None:
        with applied(stage, but_not="WebhooksRefused"):
            answer = stage.report(completed(self.job_id))
            expect(answer.status_code == HTTPStatus.OK, f"the current secret is answered {answer.status_code}")


@dataclass
class InvalidReports(Exercise):
    section: str = "InvalidReportsAlarm"
    broken_by: str = "the backend reports six results without images"

    def break_(self, stage: Stage) -> None:
        self.job_id = stage.generate()
        for _ in range(_REPORTS):
            answer = stage.report(completed(self.job_id, images=0))
            expect(answer.status_code == HTTPStatus.BAD_REQUEST, f"a result without images is answered {answer.status_code}")

    def look(self, stage: Stage) -> None:
        expect(self.job_id in self.sorami(stage, "Look", "jobs --status open").said, "the job is not listed")
        expect("refused" in self.sorami(stage, "Look", "job ID --logs", self.job_id).said, "its logs do not tell of it")

    def verify(self, stage: Stage) -> None:
        with applied(stage, but_not="WebhooksInvalid"):
            expect(stage.sorami("webhook", "send", self.job_id, "completed").code == 0, "the report, rightly made, is refused")


@dataclass
class Parked(Exercise):
    section: str = "ParkedRecordsAlarm"
    broken_by: str = "SNS refuses notify's messages for good (InvalidParameter)"

    def break_(self, stage: Stage) -> None:
        self.ends.enter_context(stage.configured("Notify", Environment={"AWS_ENDPOINT_URL_SNS": stage.backend.url}))
        self.job_id = stage.generate(Api.of_new_user(stage.stack))
        expect(stage.sorami("webhook", "send", self.job_id, "completed").code == 0, "the report is refused")
        stage.until(lambda: stage.depth("ParkedRecords"), "a parked record")

    def look(self, stage: Stage) -> None:
        listed = self.sorami(stage, "Look", "parked list").said
        expect(self.job_id in listed and "InvalidParameter" in listed, f"the list does not say why: {listed}")
        expect(self.job_id in self.sorami(stage, "Look", "parked show ID", self.job_id).said, "the record is not shown")

    def mend(self, stage: Stage) -> None:
        super().mend(stage)
        ran = self.sorami(stage, "Do", "parked redrive")
        expect(ran.code == 0, f"sorami parked redrive: {ran.said}")

    def verify(self, stage: Stage) -> None:
        expect("Nothing is parked." in self.sorami(stage, "Verify", "parked list").said, "something is parked still")


@dataclass
class DeadLetters(Exercise):
    """The engine hands nothing to a dead-letter queue, so a message lies there that looks like AWS's."""

    queue: str = ""
    broken_by: str = "a message as AWS leaves it lies on the queue"

    def break_(self, stage: Stage) -> None:
        info = {"requestContext": {"condition": "RetryAttemptsExhausted"}, "DDBStreamBatchInfo": {"startSequenceNumber": "1"}}
        stage.client("sqs").send_message(QueueUrl=stage.stack.resources[self.queue], MessageBody=json.dumps(info))

    def look(self, stage: Stage) -> None:
        expect(
            "`aws sqs receive-message --queue-url URL`" in self.text.parts["Look"], "“Look” does not say how messages are read"
        )
        found = stage.client("sqs").receive_message(QueueUrl=self._url(stage), VisibilityTimeout=0).get("Messages", [])
        expect(found and "SequenceNumber" in found[0]["Body"], "no message tells the sequence numbers")

    def mend(self, stage: Stage) -> None:
        expect("`aws sqs purge-queue --queue-url URL`" in self.text.parts["Do"], "“Do” does not say how the queue is emptied")
        if commands := self.text.commands("Do"):
            for command in commands:
                expect(self.sorami(stage, "Do", command).code == 0, f"sorami {command}")
        stage.client("sqs").purge_queue(QueueUrl=self._url(stage))

    def _url(self, stage: Stage) -> str:
        """As an operator finds it: the output that “Look” names."""
        output = f"{self.queue}Url"
        expect(f"`{output}`" in self.text.parts["Look"], f"“Look” does not name the output {output}")
        return str(json.loads(stage.sorami("outputs", "--json").said)[output])

    def verify(self, stage: Stage) -> None:
        expect(stage.depth(self.queue) == 0, "the queue is not empty")


EXERCISES: list[Exercise] = [
    WrongSecret(),
    InvalidReports(),
    Parked(),
    DeadLetters(section="UndeliveredNotificationsAlarm", queue="NotifyDeadLetters"),
    DeadLetters(section="ParkedCopiesAlarm", queue="IngestDeadLetters"),
]
