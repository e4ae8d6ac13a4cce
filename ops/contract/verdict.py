"""Every point that is judged, in the order of the report."""

from collections.abc import Callable, Sequence

from ops.contract import answers, files, reports
from ops.contract.evidence import Evidence
from ops.contract.findings import Finding, unseen

_POINTS: Sequence[Callable[[Evidence], Finding]] = (
    answers.accepts,
    answers.asks_for_key,
    answers.refuses_bad_input,
    reports.keeps_job_id,
    reports.works_once,
    reports.sends_secret,
    reports.signs,
    reports.reports_by_contract,
    reports.keeps_order,
    files.uses_uploads,
    files.tells_the_truth,
    files.makes_as_many,
    reports.retries_503,
    reports.retries_dropped,
    reports.leaves_final_alone,
    reports.stops_when_cancelled,
    answers.answers_status,
    answers.answers_result,
    answers.knows_no_stranger,
)


_UNSEEN = "the backend lets no job in"


def judge(evidence: Evidence) -> list[Finding]:
    found = [point(evidence) for point in _POINTS]
    if refusal := answers.shut_out(evidence):
        # What its other answers look like says nothing of it then, but for one thing: that it asks for a key.
        kept = {refusal.point: refusal, answers.KEY: answers.asks_for_key(evidence)}
        return [kept.get(finding.point) or unseen(finding.point, _UNSEEN) for finding in found]
    return found
