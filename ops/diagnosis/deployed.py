"""What can be wrong in AWS: the stack, its secret, its alarms, its queues, its schedule."""

import json
import re
from datetime import timedelta
from itertools import islice

from ops.diagnosis.finding import Finding, failing, fine, skipped, warning
from ops.stack import Place, tables_of
from sorami.store import JobStore
from sorami.times import now

_SETTLED = frozenset({"CREATE_COMPLETE", "UPDATE_COMPLETE", "IMPORT_COMPLETE"})
_SHORTEST_SECRET = 32  # characters
_PLACEHOLDER = re.compile(r"…|\.\.\.|<|>|change|replace|placeholder|todo|example|secret|your|key", re.IGNORECASE)
_SHORTEST_KEY = 8
_OVERDUE = timedelta(minutes=5)
_COUNTED = 1000
_QUEUES = {
    "ParkedRecords": (
        "record(s) that notify cannot read",
        "sorami parked list{option}; mend the cause; sorami parked redrive{option}",
    ),
    "NotifyDeadLetters": ("batch(es) that notify gave up", "docs/runbook.md, UndeliveredNotificationsAlarm"),
    "IngestDeadLetters": ("job(s) whose images could not be copied", "docs/runbook.md, ParkedCopiesAlarm"),
}
"""What lies there if anything does, and what to do about it."""


def check_credentials(place: Place) -> Finding:
    if place.local:
        return skipped("The local engine is asked as its own root user.")
    caller = place.client("sts").get_caller_identity()
    return fine(f"{caller['Arn']}, account {caller['Account']}")


def check_stack(place: Place) -> Finding:
    status = place.description["StackStatus"]
    if status in _SETTLED:
        return fine(f"{place.stack_name}, {status}")
    if status.endswith("_IN_PROGRESS"):
        return warning(f"{place.stack_name} is {status}.", "Wait until it has settled.")
    if status == "UPDATE_ROLLBACK_COMPLETE":
        return warning(
            f"{place.stack_name}: the last deploy was rolled back.", "Its events say why: make deploy again after that."
        )
    return failing(f"{place.stack_name} is {status}.", "Its events in CloudFormation say why.")


def check_secret(place: Place) -> Finding:
    found = place.client("secretsmanager").get_secret_value(SecretId=place.resources["ServiceSecret"])["SecretString"]
    try:
        values = {name: str(value or "") for name, value in json.loads(found).items()}
    except (ValueError, AttributeError):
        return failing(
            "The service secret is no JSON object.", 'It is {"webhook_secret", "webhook_secret_previous", "backend_api_key"}.'
        )
    if len(values.get("webhook_secret", "")) < _SHORTEST_SECRET:
        return failing(
            f"webhook_secret is missing, or shorter than {_SHORTEST_SECRET} characters.", f"sorami secret rotate{place.option}"
        )
    if not _is_key(values.get("backend_api_key", "")):
        return failing(
            "backend_api_key is missing, or still a placeholder.",
            "Put the backend's key into the service secret (docs/deploy.md, 5).",
        )
    if values.get("webhook_secret_previous"):
        return warning("A rotation is under way: the previous secret is still good.", f"sorami secret retire{place.option}")
    return fine("webhook_secret and backend_api_key are set")


def _is_key(text: str) -> bool:
    """A real key may well hold such a word; a short text with one is something that somebody meant to replace."""
    return len(text) >= _SHORTEST_KEY and not (len(text) < _SHORTEST_SECRET and _PLACEHOLDER.search(text))


def check_reconcile(place: Place) -> Finding:
    """Whether jobs that were due five minutes ago have been looked at."""
    tables = tables_of(place)
    late = JobStore(tables.client, tables.jobs).due_job_ids(now() - _OVERDUE, segment=0, segments=1)
    number = len(list(islice(late, _COUNTED)))
    if number:
        many = f"{number}{' or more' if number == _COUNTED else ''}"
        return failing(
            f"{many} open job(s) should have been looked at 5 min ago.", "Does its schedule run? Its log says what it meets."
        )
    return fine("no open job is overdue")


def check_alarms(place: Place) -> Finding:
    names = [physical for logical, physical in place.resources.items() if logical.endswith("Alarm")]
    found = place.client("cloudwatch").describe_alarms(AlarmNames=names, MaxRecords=100)
    alarms = [*found.get("MetricAlarms", []), *found.get("CompositeAlarms", [])]
    ringing = [one for one in alarms if one["StateValue"] == "ALARM"]
    if ringing:
        said = "; ".join(f"{one['AlarmName']}: {one.get('AlarmDescription', '')}" for one in ringing)
        return failing(f"{len(ringing)} of {len(alarms)} ring. {said}", "docs/runbook.md has a section for each.")
    if place.local and all(one["StateValue"] == "INSUFFICIENT_DATA" for one in alarms):
        return skipped(f"{len(alarms)} alarms, which the local engine does not evaluate.")
    return fine(f"{len(alarms)} alarms, none rings")


def check_parked(place: Place) -> Finding:
    sqs = place.client("sqs")
    said, advice = [], []
    for queue, (what, deed) in _QUEUES.items():
        counted = sqs.get_queue_attributes(
            QueueUrl=place.resources[queue],
            AttributeNames=["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"],
        )["Attributes"]
        if number := sum(int(value) for value in counted.values()):
            said.append(f"{number} {what}")
            advice.append(deed.format(option=place.option))
    if said:
        return failing(f"{', '.join(said)}.", ". ".join(advice))
    return fine("nothing is parked, no dead letters")
