"""`make sam-local`: one webhook event through `sam local invoke`, in a container, against the stack that `make run` has open.

It asks the running API for a job of which the example backend reports nothing, and then plays the backend: the function that
`sam build` makes runs in Lambda's own image and moves that job in the local stack's table.
"""

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import requests
import yaml

from local.aws import Clients
from local.environment import REGION, for_sam, python_of
from local.failures import LocalFailure
from local.record import Stack, load
from local.relay import reachable_from_containers
from local.sam import ARCH, Sam

IMAGE = f"public.ecr.aws/lambda/python:3.13-{ARCH}"
FUNCTION = "WebhookFunction"


def main() -> int:
    try:
        _need_docker()
        stack = load()
        with tempfile.TemporaryDirectory(prefix="sorami-sam-local-") as folder:
            return _invoke(stack, Path(folder))
    except LocalFailure as failure:
        sys.stderr.write(f"{failure}\n")
        return 1


def _need_docker() -> None:
    if not shutil.which("docker") or subprocess.run(["docker", "info"], capture_output=True, check=False).returncode:
        raise LocalFailure("sam local needs a running Docker engine, and none answers here.")


def _invoke(stack: Stack, folder: Path) -> int:
    job_id = _new_job(stack)
    sam = Sam(stack.aws_endpoint_url, folder, folder / "build")
    sam.cache_dir.mkdir()
    sam.build()
    template = folder / "build/.aws-sam/build/template.yaml"
    (folder / "event.json").write_text(json.dumps(_event(stack, job_id)))
    with reachable_from_containers(stack.aws_endpoint_url) as endpoint_url:
        variables = _variables(stack, endpoint_url)
        _declare(template, variables)
        (folder / "variables.json").write_text(json.dumps({FUNCTION: variables}))
        code = _run(stack, folder, template)
    if code == 0:
        sys.stdout.write(f"\n\nThe job now, by the API: {_status(stack, job_id)}\n")
    return code


def _run(stack: Stack, folder: Path, template: Path) -> int:
    command = [
        *(str(python_of(".venv-sam").with_name("sam")), "local", "invoke", FUNCTION),
        *("--template-file", str(template), "--config-file", str(folder / "samconfig.toml")),
        *("--event", str(folder / "event.json"), "--env-vars", str(folder / "variables.json")),
        *("--parameter-overrides", f"Arch={ARCH}", "--region", REGION),
        *(("--skip-pull-image",) if _has_image() else ()),
    ]
    finished = subprocess.run(command, cwd=folder, env=for_sam(folder, stack.aws_endpoint_url, folder / "sam-home"), check=False)
    return finished.returncode


def _has_image() -> bool:
    return subprocess.run(["docker", "image", "inspect", IMAGE], capture_output=True, check=False).returncode == 0


def _variables(stack: Stack, endpoint_url: str) -> dict[str, str]:
    """The deployed function's own variables, and where AWS is."""
    clients = Clients(stack.aws_endpoint_url)
    deployed = clients.functions.get_function_configuration(FunctionName=stack.functions[FUNCTION])
    return {**deployed["Environment"]["Variables"], "AWS_ENDPOINT_URL": endpoint_url, "AWS_REGION": REGION}


def _declare(template: Path, names: Iterable[str]) -> None:
    """sam local takes from `--env-vars` only what the template names; the built copy is this run's own."""
    document = yaml.safe_load(template.read_text())
    document["Resources"][FUNCTION]["Properties"]["Environment"]["Variables"] |= dict.fromkeys(names, "")
    template.write_text(yaml.safe_dump(document))


def _new_job(stack: Stack) -> str:
    answer = requests.post(
        f"{stack.api_url}/api/images/generate",
        json={"prompt": "!silent un chat astronaute"},
        headers={"Authorization": f"Bearer {stack.token('user_1')}"},
        timeout=30,
    )
    answer.raise_for_status()
    job_id: str = answer.json()["job_id"]
    return job_id


def _status(stack: Stack, job_id: str) -> str:
    headers = {"Authorization": f"Bearer {stack.token('user_1')}"}
    return requests.get(f"{stack.api_url}/api/images/{job_id}/status", headers=headers, timeout=30).text


def _event(stack: Stack, job_id: str) -> dict[str, Any]:
    """What the HTTP API hands on (payload format 2.0) when a backend reports progress."""
    body = {"job_id": job_id, "status": "generating", "timestamp": "2026-01-02T03:04:05Z", "progress": 60}
    return {
        "version": "2.0",
        "routeKey": "POST /api/webhooks/image-completion",
        "rawPath": "/api/webhooks/image-completion",
        "rawQueryString": "",
        "headers": {"content-type": "application/json", "x-webhook-secret": stack.webhook_secret},
        "requestContext": {"requestId": "sam-local", "domainName": "localhost", "http": {"method": "POST"}},
        "body": json.dumps(body),
        "isBase64Encoded": False,
    }


if __name__ == "__main__":
    raise SystemExit(main())
