"""The real SAM CLI: build once per change (cached), deploy to MiniStack.

The cache stays in `.local/build` between runs; everything else that a run makes goes with it. Two runs of one checkout take
turns here (the caller holds the lock).
"""

import json
import platform
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from mypy_boto3_cloudformation import CloudFormationClient

from local.aws import Clients
from local.dropped import write_local_template
from local.environment import REGION, ROOT, for_sam, python_of
from local.failures import SamFailed

STACK_NAME = "sorami-local"
ARTIFACTS_BUCKET = "sorami-local-artifacts"
ARCH = "arm64" if platform.machine().lower() in {"arm64", "aarch64"} else "x86_64"
_BAD = ("CREATE_FAILED", "UPDATE_FAILED", "ROLLBACK_IN_PROGRESS", "UPDATE_ROLLBACK_IN_PROGRESS")


@dataclass(frozen=True)
class Sam:
    """`cache_dir` is shared by the runs of one checkout, `run_dir` is one run's own."""

    endpoint_url: str
    run_dir: Path
    cache_dir: Path
    template: Path = ROOT / "template.yaml"

    @property
    def built(self) -> Path:
        """The template that `build` writes, beside the built code."""
        return self.cache_dir / ".aws-sam/build/template.yaml"

    def build(self) -> None:
        # `sam build` keeps dependencies in ./.aws-sam of where it runs, so it runs in the cache and the tree stays clean.
        command = [
            "build",
            "--template-file",
            str(self.template),
            "--cached",
            "--parallel",
            "--parameter-overrides",
            f"Arch={ARCH}",
        ]
        finished = self._sam(command)
        if finished.returncode:
            raise SamFailed(f"`sam build` failed: {complaint(finished.stdout)}", finished.stdout)

    def deploy(self, clients: Clients, parameters: Mapping[str, str]) -> None:
        """What `parameters` leave out has the template's default, or what it had in the stack that is there."""
        command = [
            *("deploy", "--template-file", str(write_local_template(self.built))),
            *("--stack-name", STACK_NAME, "--s3-bucket", ARTIFACTS_BUCKET, "--capabilities", "CAPABILITY_IAM"),
            *("--no-confirm-changeset", "--no-fail-on-empty-changeset"),
            *(("--parameter-overrides", *overrides(parameters)) if parameters else ()),
        ]
        with suppress(clients.s3.exceptions.BucketAlreadyOwnedByYou):  # of the deploy before, in the same run
            clients.s3.create_bucket(Bucket=ARTIFACTS_BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
        finished = self._sam(command)
        if finished.returncode:
            reason = first_failure(clients.cloudformation) or complaint(finished.stdout)
            raise SamFailed(f"The deploy failed: {reason}", finished.stdout)

    def _sam(self, command: Sequence[str]) -> subprocess.CompletedProcess[str]:
        home = self.run_dir / "sam-home"
        home.mkdir(exist_ok=True)
        # A check made "just now" keeps `sam` from asking the internet for a newer version of itself (it wants a float).
        (home / "metadata.json").write_text(json.dumps({"lastVersionCheck": time.time()}))
        # An empty configuration: what happens here is what stands here, whatever samconfig.toml says for other environments.
        empty = self.run_dir / "samconfig.toml"
        empty.write_text("version = 0.1\n")
        return subprocess.run(
            [python_of(".venv-sam").with_name("sam"), *command, "--config-file", empty],
            cwd=self.cache_dir,
            env=for_sam(self.run_dir, self.endpoint_url, home) | {"ARCH": ARCH},  # layers/common/Makefile reads it
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            check=False,
            start_new_session=True,
        )


def overrides(parameters: Mapping[str, str]) -> list[str]:
    """`Key='value'`: without the inner quotes `sam` cuts a value at its first space, silently, with them at another quote."""
    return ["{}='{}'".format(key, value.replace("'", r"\'")) for key, value in parameters.items()]


def first_failure(cloudformation: CloudFormationClient) -> str | None:
    """The first resource that failed, and why: the later ones are only consequences."""
    try:
        events = cloudformation.describe_stack_events(StackName=STACK_NAME)["StackEvents"]
    except cloudformation.exceptions.ClientError:
        return None  # refused before there was a stack
    bad = [event for event in events if event.get("ResourceStatus", "") in _BAD and event.get("ResourceStatusReason")]
    bad.sort(key=lambda event: event["Timestamp"])
    if not bad:
        return None
    return f"{bad[0].get('LogicalResourceId')} ({bad[0].get('ResourceType')}): {bad[0]['ResourceStatusReason']}"


def complaint(output: str) -> str:
    """The line in which `sam` says what is wrong: its first "Error", or else the last thing it said."""
    lines = [line.strip() for line in output.splitlines() if line.strip()] or ["it printed nothing"]
    return next((line.removeprefix("Error: ") for line in lines if line.startswith("Error")), lines[-1])
