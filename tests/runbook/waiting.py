"""Exercises of jobs that wait: a backend that is away, takes no key or forgets jobs, and a reconcile that cannot do its work."""

import json
import time
from dataclasses import dataclass, field
from http import HTTPStatus

from tests.runbook.exercise import Exercise, expect
from tests.runbook.stage import Stage

PATIENCE_SECONDS = 4
"""First look, silence and deadline on this stack (`__main__`)."""


def due(stage: Stage, number: int) -> list[str]:
    """So many new jobs, which are due."""
    jobs = stage.new_jobs(number)
    time.sleep(PATIENCE_SECONDS / 4 + 0.5)
    return jobs


def status(stage: Stage, job_id: str) -> str:
    return str(json.loads(stage.sorami("job", job_id, "--json").said)["status"])


def leaves_pending(stage: Stage, job_id: str) -> None:
    """The backend reports, as it does once it has the job."""
    expect(stage.sorami("webhook", "send", job_id, "generating").code == 0, "its report is refused")
    expect(status(stage, job_id) == "GENERATING", "it stays PENDING")


@dataclass
class Dispatch(Exercise):
    """New jobs, while the backend answers them all with one status."""

    answer: HTTPStatus = HTTPStatus.SERVICE_UNAVAILABLE
    jobs: int = 5
    doctor: str = "✗ backend"
    ids: list[str] = field(default_factory=list)

    def break_(self, stage: Stage) -> None:
        stage.backend.status = self.answer
        self.ends.callback(stage.backend.be_well)
        self.ids = stage.new_jobs(self.jobs)

    def look(self, stage: Stage) -> None:
        expect(self.doctor in self.sorami(stage, "Look", "doctor").said, "doctor finds nothing wrong with the backend")

    def mend(self, stage: Stage) -> None:
        super().mend(stage)
        if "jobs --status open" in self.text.commands("Do"):
            expect(self.ids[0] in self.sorami(stage, "Do", "jobs --status open").said, "the waiting job is not listed")
        ran = self.sorami(stage, "Do", "retry ID", self.ids[0])
        expect(ran.code == 0, f"sorami retry: {ran.said}")
        again = stage.counted("reconcile", "JobsSubmittedAgain")
        stage.invoke("Reconcile")
        expect(stage.counted("reconcile", "JobsSubmittedAgain") > again, "reconcile has not submitted it")

    def verify(self, stage: Stage) -> None:
        leaves_pending(stage, self.ids[0])
        leaves_pending(stage, stage.generate())


@dataclass
class AskedInVain(Exercise):
    """Jobs that are due, while the backend answers reconcile with one status."""

    answer: HTTPStatus = HTTPStatus.SERVICE_UNAVAILABLE
    jobs: int = 5
    ids: list[str] = field(default_factory=list)

    def break_(self, stage: Stage) -> None:
        self.ids = due(stage, self.jobs)
        stage.backend.status = self.answer
        self.ends.callback(stage.backend.be_well)
        stage.invoke("Reconcile")

    def look(self, stage: Stage) -> None:
        if "doctor" in self.text.commands("Look"):
            expect("✗ backend" in self.sorami(stage, "Look", "doctor").said, "doctor finds nothing wrong with the backend")
            return
        expect("*reasons*" in self.text.parts["Look"], "“Look” does not name the query *reasons*")
        found = [line for line in stage.lines("reconcile", self.began) if line.get("level") == "WARNING"]
        expect(self.answer in {line.get("backend_status") for line in found}, f"no line tells {self.answer:d}")

    def verify(self, stage: Stage) -> None:
        metric = stage.alarm(self.section)["MetricName"]
        due(stage, 1)
        before, looked = stage.counted("reconcile", metric), stage.counted("reconcile", "JobsLookedAfter")
        stage.invoke("Reconcile")
        expect(stage.counted("reconcile", "JobsLookedAfter") > looked, "no job was looked after")
        expect(stage.counted("reconcile", metric) == before, f"{metric} goes on")


@dataclass
class GivenUp(AskedInVain):
    section: str = "JobsGivenUpAlarm"
    broken_by: str = "the backend answers 503 until six jobs are past their deadline"
    jobs: int = 6

    def break_(self, stage: Stage) -> None:
        super().break_(stage)
        time.sleep(PATIENCE_SECONDS + 0.5)
        stage.invoke("Reconcile")

    def look(self, stage: Stage) -> None:
        expect("*ended*" in self.text.parts["Look"], "“Look” names other lines")
        failed = self.sorami(stage, "Look", "jobs --status failed")
        expect(failed.code == 0 and self.ids[0] in failed.said, "the job that ended is not listed")
        expect("ended" in self.sorami(stage, "Look", "job ID --logs", self.ids[0]).said, "sorami job --logs shows no end")
        found = {line.get("error_code") for line in stage.lines("reconcile", self.began) if line["message"] == "ended"}
        expect(found == {"backend_unavailable"}, f"the lines “ended” say {found}")

    def mend(self, stage: Stage) -> None:
        super().mend(stage)
        expect(self.sorami(stage, "Do", "jobs --status open").code == 0, "sorami jobs")


@dataclass
class ReconcileErrors(Exercise):
    section: str = "ReconcileErrorsAlarm"
    broken_by: str = "reconcile's role may not write the jobs table"

    def break_(self, stage: Stage) -> None:
        [self.job_id] = due(stage, 1)
        role = stage.stack.resources["ReconcileRole"]
        said = {"Effect": "Deny", "Action": "dynamodb:UpdateItem", "Resource": "*"}
        policy = {"Version": "2012-10-17", "Statement": [said]}
        iam = stage.client("iam")
        iam.put_role_policy(RoleName=role, PolicyName="broken", PolicyDocument=json.dumps(policy))
        self.ends.callback(iam.delete_role_policy, RoleName=role, PolicyName="broken")
        stage.invoke("Reconcile")

    def look(self, stage: Stage) -> None:
        self.errors(stage, "reconcile", about=self.job_id)
        expect(self.sorami(stage, "Look", "job ID", self.job_id).code == 0, "sorami job")

    def mend(self, stage: Stage) -> None:
        """By hand first, since that is what helps while the error lasts."""
        ran = self.sorami(stage, "Do", "expire ID", self.job_id)
        expect(ran.code == 0, f"sorami expire: {ran.said}")
        super().mend(stage)

    def verify(self, stage: Stage) -> None:
        expect("FAILED" in self.sorami(stage, "Verify", "job ID", self.job_id).said, "the job has no end")
        stage.until(lambda: stage.counted("notify", "NotificationsCreated", self.began), "its owner to be told")


@dataclass
class ReconcileOverload(Exercise):
    section: str = "ReconcileOverloadAlarm"
    broken_by: str = "reconcile has 30 s, less than it keeps in reserve for one job"

    def break_(self, stage: Stage) -> None:
        due(stage, 1)
        self.ends.enter_context(stage.configured("Reconcile", Timeout=30))
        stage.invoke("Reconcile")

    def look(self, stage: Stage) -> None:
        expect("`JobsLookedAfter`" in self.text.parts["Look"], "“Look” names other metrics")
        expect(stage.counted("reconcile", "JobsLookedAfter", self.began) == 0, "jobs were looked after all the same")

    def verify(self, stage: Stage) -> None:
        before = stage.counted("reconcile", "SweepsCut")
        stage.invoke("Reconcile")
        expect(stage.counted("reconcile", "SweepsCut") == before, "SweepsCut goes on")
        expect(stage.counted("reconcile", "JobsLookedAfter", self.began), "no job was looked after")


EXERCISES: list[Exercise] = [
    Dispatch(
        section="GenerateMisconfiguredBackendAlarm",
        broken_by="the backend takes our key no more (401)",
        answer=HTTPStatus.UNAUTHORIZED,
        jobs=1,
    ),
    Dispatch(section="DispatchFailedAlarm", broken_by="the backend answers 503 to five new jobs"),
    AskedInVain(
        section="ReconcileMisconfiguredBackendAlarm",
        broken_by="the backend answers reconcile with 403",
        answer=HTTPStatus.FORBIDDEN,
        jobs=1,
    ),
    AskedInVain(section="BackendUnavailableAlarm", broken_by="the backend answers 503 to reconcile, for five jobs"),
    GivenUp(),
    ReconcileErrors(),
    ReconcileOverload(),
]
