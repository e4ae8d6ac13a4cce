"""What the backend answers when it is asked: submits, status, result, strangers, nonsense."""

import json

from pydantic import ValidationError

from ops.contract.evidence import Answer, Evidence, Manner, Played
from ops.contract.findings import Finding, hint, right, unseen, wrong
from ops.contract.reading import LOCALE, in_words, policy_of
from sorami.backend import READ_SECONDS, REFUSALS
from sorami.backend_answers import result_event, status_event
from sorami.errors import BackendUnavailable, InvalidRequest
from sorami.jobs import Completed, State
from sorami.times import now
from sorami.wire.faults import faults_of

ACCEPTS = "accepts a job at once"
KEY = "asks for its key"
BAD_INPUT = "refuses bad input"
UNKNOWN = "404 for an unknown job"
STATUS = "answers the status"
RESULT = "answers the result"

_FORBIDDEN = frozenset({401, 403})
_NOT_FOUND = 404
_NO_KEY_ADVICE = "Say KEY=…, the key that your backend asks for: without it nothing else can be tried."
_KEY_ADVICE = (
    "KEY=… is not the key that your backend asks for, as `Authorization: Bearer …`: without that nothing else can be tried."
)
_WORDS = frozenset(State)


def shut_out(evidence: Evidence) -> Finding | None:
    """Why nothing can be judged: the backend lets no job in, as the key is none of its keys."""
    first = [played.submits[0] for played in evidence.played.values()]
    if not first or any(submit.status not in _FORBIDDEN for submit in first):
        return None
    with_what = "with KEY" if evidence.key else "without a key"
    return wrong(ACCEPTS, f"each job, {with_what}: {_words(first[0])}", _KEY_ADVICE if evidence.key else _NO_KEY_ADVICE)


def accepts(evidence: Evidence) -> Finding:
    advice = f"Answer POST /api/images/generate with 202 before the work begins: the service gives up after {READ_SECONDS} s."
    for manner, played in evidence.played.items():
        if not played.submits[0].is_ok:
            return wrong(ACCEPTS, f"a job ({manner}): {_words(played.submits[0])}", advice)
    slowest = max((submit.seconds for played in evidence.played.values() for submit in played.submits), default=0.0)
    return right(ACCEPTS, f"2xx, the slowest after {slowest:.1f} s")


def asks_for_key(evidence: Evidence) -> Finding:
    answer = evidence.without_key
    if answer is None and shut_out(evidence):
        return right(KEY, f"{next(iter(evidence.played.values())).submits[0].status} without a key")
    if answer is None:
        return unseen(KEY, "no key was given", "Say KEY=…: whoever can place a job names the URL that gets the webhook's secret.")
    if answer.status in _FORBIDDEN:
        return right(KEY, f"{answer.status} for a wrong key")
    advice = "Compare `Authorization: Bearer …` with your key on every route under /api, and answer 401."
    return wrong(KEY, f"a wrong key: {_words(answer)}", advice)


def refuses_bad_input(evidence: Evidence) -> Finding:
    answer = evidence.bad_input
    asked = "no prompt, no images, size 1x1"
    if answer.status in REFUSALS:
        return right(BAD_INPUT, f"{answer.status} for {asked}")
    if any(report.word == "failed" for report in evidence.bad_input_reports):
        return right(BAD_INPUT, "taken, and then reported as failed")
    advice = "Answer 400 or 422 with a `message` for the user, or report the job as failed with error_code invalid_input."
    return wrong(BAD_INPUT, f"{asked}: {_words(answer)}, and no failure was reported", advice)


def knows_no_stranger(evidence: Evidence) -> Finding:
    advice = "Answer 404 for a job_id that you do not know: on it the service submits the job again, and on nothing else."
    for name, answer in (("status", evidence.unknown_status), ("result", evidence.unknown_result)):
        if answer.status != _NOT_FOUND:
            return wrong(UNKNOWN, f"{name}: {_words(answer)}", advice)
    return right(UNKNOWN, "404 for status and result")


def answers_status(evidence: Evidence) -> Finding:
    for played in evidence.played.values():
        if finding := _status_fault(played):
            return finding
    low = [played for played in evidence.played.values() if str(played.status.content["status"]).upper() not in _written(played)]
    if low:
        said = json.dumps(low[0].status.content["status"])
        return hint(STATUS, f"the status is {said}", "Write status words in capitals; the service takes others for now.")
    return right(STATUS, f"{', '.join(sorted({str(one.status.content['status']) for one in evidence.played.values()}))}")


def _written(played: Played) -> set[str]:
    return {str(played.status.content["status"])}


def _status_fault(played: Played) -> Finding | None:
    job_id, answer = played.job.job_id, played.status
    advice = 'Answer GET /api/images/status/{job_id} with {"job_id", "status", "progress", "message"} and the contract\'s words.'
    if not answer.is_ok:
        return wrong(STATUS, f"of a job that it had: {_words(answer)}", advice)
    word = str(answer.content.get("status", "")).strip().upper()
    if word not in _WORDS:
        return wrong(STATUS, f"the status is {json.dumps(answer.content.get('status'))}", advice)
    try:
        status_event(job_id, answer.content)
    except BackendUnavailable as error:
        return wrong(STATUS, f"the service cannot read it ({_faults(error)})", advice)
    if (said := answer.content.get("job_id", job_id)) != job_id:
        return wrong(STATUS, f"the job_id is {json.dumps(said)}", advice)
    told = {report.word.upper() for report in played.outcomes}
    if told and word not in told | {State.CANCELLED}:
        return wrong(STATUS, f"{word} after the report of {', '.join(told)}", advice)
    return None


def answers_result(evidence: Evidence) -> Finding:
    played = evidence.played.get(Manner.TAKES)
    if played is None or not any(report.word == "completed" for report in played.outcomes):
        return unseen(RESULT, "no job was completed")
    advice = "Answer GET /api/images/result/{job_id} with 200 and what the completed event has in `data`."
    if not played.result.is_ok:
        return wrong(RESULT, _words(played.result), advice)
    try:
        event = result_event(played.job.job_id, played.result.content)
        found = event.to_job_event(policy_of(evidence), at=now(), locale=LOCALE)
    except (BackendUnavailable, InvalidRequest) as error:
        return wrong(RESULT, f"the service cannot take it over ({_faults(error)})", advice)
    told = next(report for report in played.outcomes if report.word == "completed").said.get("data")
    images = told.get("images") if isinstance(told, dict) else None
    if played.result.content.get("images") != images:
        return wrong(RESULT, "its images are not those of the report", advice)
    return right(RESULT, f"{len(found.images) if isinstance(found, Completed) else 0} image(s), as reported")


def _faults(error: BackendUnavailable | InvalidRequest) -> str:
    """Where they are; how many there are says little."""
    if isinstance(error, InvalidRequest):
        return in_words(error.faults)
    return in_words(tuple(faults_of(error.__cause__, LOCALE))) if isinstance(error.__cause__, ValidationError) else str(error)


def _words(answer: Answer) -> str:
    if answer.status is None:
        return f"no answer after {answer.seconds:.1f} s ({answer.trouble})"
    return f"answered {answer.status}" if not answer.is_ok else "accepted"
