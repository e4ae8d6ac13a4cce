"""`make webhook JOB=… STATUS=…`: reports in a backend's place, with proof and in shape, and says what the service makes of it."""

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from typing import Any

import requests
from botocore.exceptions import BotoCoreError, ClientError
from rich.console import Console
from standardwebhooks import Webhook

from local.failures import LocalFailure
from ops.reporting import MOST_IMAGES, OUTCOMES, PROGRESSING, draw_images, event_of
from ops.stack import Reception, reception_of
from sorami.errors import JobNotFound
from sorami.jobs import ErrorCode, Job, new_job_id
from sorami.store import JobStore
from sorami.times import now

_TIMEOUT = (5, 30)
_FULL = 100


def main(arguments: Sequence[str] | None = None) -> int:
    """0 when the service has taken the report (applied or not), 1 when it has not."""
    asked = _arguments(arguments)
    try:
        reception = reception_of(asked.stack)
        images = draw_images(reception, _job_of(reception, asked.job), asked.images) if asked.status == "completed" else []
        said = event_of(asked.job, asked.status, progress=asked.progress, error=asked.error, code=asked.code, images=images)
        return _show(*_send(reception, said))
    except JobNotFound:
        return _sorry(f"There is no job {asked.job!r} in this stack: a result needs one, to be stored with.")
    except (LocalFailure, ClientError, BotoCoreError) as error:
        return _sorry(str(error))
    except requests.RequestException as error:
        return _sorry(f"The service did not answer: {type(error).__name__}.")


def _arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m ops.webhook", description=__doc__)
    parser.add_argument("--stack", help="name of a deployed CloudFormation stack (default: the local stack)")
    parser.add_argument("job", help="its id")
    parser.add_argument("status", type=str.lower, choices=[*PROGRESSING, *OUTCOMES])
    parser.add_argument("--progress", type=int, help="0 to 100; without it the service takes the state's own")
    parser.add_argument("--error", help="of a failure: what its user reads")
    parser.add_argument("--code", choices=list(ErrorCode), help="of a failure (default: internal)")
    parser.add_argument("--images", type=int, default=1, choices=range(1, MOST_IMAGES + 1), help="of a result: how many")
    asked = parser.parse_args(arguments)
    if asked.progress is not None and not (asked.status in PROGRESSING and 0 <= asked.progress <= _FULL):
        parser.error("PROGRESS is a whole number from 0 to 100, and goes with pending, initializing, generating or saving")
    if (asked.error or asked.code) and asked.status != "failed":
        parser.error("ERROR and CODE go with STATUS=failed")
    return asked


def _job_of(reception: Reception, job_id: str) -> Job:
    """Raises JobNotFound."""
    return JobStore(reception.tables.client, reception.tables.jobs).get(job_id)


def _send(reception: Reception, event: Mapping[str, Any]) -> tuple[int, Mapping[str, Any]]:
    """With the secret and a signature: whichever of them the stack's WebhookAuth wants is there."""
    content, message_id, at = json.dumps(event).encode(), f"msg_{new_job_id()}", now()
    key = reception.secret if reception.secret.startswith("whsec_") else reception.secret.encode()
    headers = {
        "Content-Type": "application/json",
        "X-Webhook-Secret": reception.secret,
        "webhook-id": message_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(key).sign(message_id, at, content.decode()),
    }
    with requests.Session() as session:
        session.trust_env = reception.is_remote  # a proxy of the surroundings is not for the loopback interface
        answer = session.post(reception.url, data=content, headers=headers, timeout=_TIMEOUT, allow_redirects=False)
    try:
        said = answer.json()
    except ValueError:
        said = {}
    return answer.status_code, said if isinstance(said, dict) else {}


def _show(status: int, said: Mapping[str, Any]) -> int:
    words = _in_words(status, said)
    console = Console(highlight=False, soft_wrap=True)
    console.print(words, style="green" if said.get("applied") else "yellow" if said.get("success") else "red", markup=False)
    sys.stdout.write(json.dumps(said, ensure_ascii=False, indent=2) + "\n")
    return int(status != requests.codes.ok)


def _in_words(status: int, said: Mapping[str, Any]) -> str:
    if said.get("applied"):
        return f"{status}: applied, the job has changed."
    if said.get("success"):
        return f"{status}: taken, and nothing changed: the job stands at {said.get('status')}."
    return f"{status}: not taken ({said.get('detail') or said.get('message') or 'no reason was given'})."


def _sorry(text: str) -> int:
    Console(stderr=True, highlight=False, soft_wrap=True).print(text, style="red", markup=False)
    return 1


if __name__ == "__main__":
    raise SystemExit(main())
