"""What the backend reports: for which job, with which proof, in which order, and how often."""

import hmac

from ops.contract.evidence import Evidence, Heard, Manner
from ops.contract.findings import Finding, hint, right, unseen, wrong
from ops.contract.reading import in_words, read
from ops.contract.stand_in import MOST_REPORTS
from sorami import signatures
from sorami.jobs import TRANSITIONS, Progressed, State, target_state
from webhook.guard import SECRET_HEADER

JOB_ID = "keeps the job_id"
ONCE = "works once per job_id"
SECRET = "sends the webhook's secret"  # noqa: S105  # the name of a check
SIGNATURE = "signs its reports"
SHAPE = "reports what the contract says"
ORDER = "states in order, progress rising"
RETRIES_503 = "sends an outcome again after 503"
RETRIES_DROPPED = "sends an outcome again after a broken connection"
FINAL = "does not repeat what was refused for good"
CANCELLED = "stops when the job was cancelled"


def all_reports(evidence: Evidence) -> list[Heard]:
    return [report for played in evidence.played.values() for report in played.reports]


def keeps_job_id(evidence: Evidence) -> Finding:
    advice = "Write the job_id of the request into every report, and into `data` too; make none of your own."
    seen = [(played.job.job_id, report) for played in evidence.played.values() for report in played.reports if report.is_object]
    for job_id, report in seen:
        if report.said.get("job_id") != job_id:
            return wrong(JOB_ID, f"{report.said.get('job_id')!r} instead of {job_id!r}", advice)
    if evidence.strays:
        return wrong(JOB_ID, f"a report on {evidence.strays[0].said.get('job_id')!r}, which nobody asked for", advice)
    return right(JOB_ID, f"in {len(seen)} reports") if seen else _nothing(JOB_ID)


def works_once(evidence: Evidence) -> Finding:
    played = evidence.played.get(Manner.TAKES)
    if played is None:
        return unseen(ONCE, "not asked")
    advice = "Look the job_id up, in one step with remembering it, before work begins; answer 2xx for one that you have."
    refused = next((submit for submit in played.submits if not submit.is_ok), None)
    if refused is not None:
        return wrong(ONCE, f"asked {len(played.submits)} times, once answered {refused.status or 'nothing'}", advice)
    keys = [stored.key for stored in played.files if stored.trouble is None]
    begun = [report for report in played.reports if report.word == "initializing"]
    if len(keys) > len(set(keys)) or (not keys and len(played.outcomes) > 1):
        return wrong(ONCE, f"asked {len(played.submits)} times, it stored {len(keys)} files and began {len(begun)} times", advice)
    if len(played.outcomes) > 1:
        return hint(ONCE, f"its outcome came {len(played.outcomes)} times although it was taken", "Once is enough after a 200.")
    return right(ONCE, f"asked {len(played.submits)} times") if played.outcomes else _nothing(ONCE)


def sends_secret(evidence: Evidence) -> Finding:
    reports = all_reports(evidence)
    if not reports:
        return _nothing(SECRET)
    advice = "Send header X-Webhook-Secret with the value of WEBHOOK_SECRET in every report, in every environment."
    without = [report for report in reports if SECRET_HEADER not in report.headers]
    if without and all(_is_signed(evidence, report) for report in reports):
        return hint(
            SECRET, "signatures only", "That is enough where the service's WebhookAuth is `signature`, and not elsewhere."
        )
    if without:
        return wrong(SECRET, f"missing in {len(without)} of {len(reports)} reports", advice)
    if not evidence.secret:
        return unseen(SECRET, "sent, but which is right was not said", "Say SECRET=…, the value that your backend has.")
    bad = [report for report in reports if not _is_secret(report.headers[SECRET_HEADER], evidence.secret)]
    if bad:
        other = "It is not what SECRET=… says. Both must be the service's webhook_secret: say that, and give your backend that."
        return wrong(SECRET, f"wrong in {len(bad)} of {len(reports)} reports: the service answers 401", other)
    return right(SECRET, f"in {len(reports)} reports")


def signs(evidence: Evidence) -> Finding:
    reports = all_reports(evidence)
    signed = [report for report in reports if any(name in report.headers for name in signatures.HEADERS)]
    if not signed:
        advice = (
            "Nothing to do where the service's WebhookAuth is `secret`. A signature also stops replays: standardwebhooks.com."
        )
        return unseen(SIGNATURE, "no report is signed", advice)
    if not evidence.secret:
        return unseen(SIGNATURE, "signed, but with which secret was not said", "Say SECRET=…, the value that your backend has.")
    bad = [report for report in reports if not _is_signed(evidence, report)]
    if bad:
        advice = "Sign `id.timestamp.body` with the webhook's secret (its UTF-8 bytes), over the very bytes that you send."
        return wrong(SIGNATURE, f"{len(bad)} of {len(reports)} reports have no valid signature", advice)
    return right(SIGNATURE, f"{len(reports)} reports")


def _is_secret(sent: str, secret: str) -> bool:
    return hmac.compare_digest(sent.encode(errors="replace"), secret.encode())


def _is_signed(evidence: Evidence, report: Heard) -> bool:
    return bool(evidence.secret) and signatures.is_signed(report.content, report.headers, evidence.secret)


def reports_by_contract(evidence: Evidence) -> Finding:
    reports = all_reports(evidence)
    if any(len(played.reports) >= MOST_REPORTS for played in evidence.played.values()):
        return wrong(SHAPE, f"{MOST_REPORTS} reports on one job, and no more were taken", "One report a second is plenty.")
    if opaque := next((report for report in reports if report.answered == 400 and not report.is_object), None):  # noqa: PLR2004
        advice = "Send each report as a JSON object in UTF-8, neither compressed (Content-Encoding) nor as a form."
        return wrong(SHAPE, f"a report is a 400: no JSON object ({_kind(opaque)})", advice)
    for report in reports:
        if faults := read(evidence, report).faults:
            advice = "docs/api.md, “Webhook”, has every field and which variants are taken."
            status = 413 if report.answered == 413 else 400  # noqa: PLR2004  # Payload Too Large
            return wrong(SHAPE, f"a {report.word or 'nameless'} report is a {status}: {in_words(faults)}", advice)
    failed = next((report for report in reports if report.word == "failed"), None)
    if failed is not None:
        text = failed.said.get("error_message") or failed.said.get("message")
        return wrong(SHAPE, f"the job failed: {text!r}", "Say PROMPT=… with a prompt that your model draws.")
    mute = [manner for manner, played in evidence.played.items() if not played.outcomes and manner is not Manner.CANCELS]
    if mute:
        advice = "Report each job's end to the request's webhook_url; a slow model needs PATIENCE=…, a remote one PUBLIC=…"
        return wrong(SHAPE, f"{len(mute)} of {len(evidence.played)} jobs never ended, as far as was heard", advice)
    return right(SHAPE, f"{len(reports)} reports on {len(evidence.played)} jobs")


def _kind(report: Heard) -> str:
    named = (f"{name}: {report.headers[name]}" for name in ("content-encoding", "content-type") if name in report.headers)
    return ", ".join(named) or "no content-type"


def keeps_order(evidence: Evidence) -> Finding:
    advice = "Report one event after the other, from one place: states only forwards, progress never lower than before."
    steps = 0
    for played in evidence.played.values():
        state, progress = State.PENDING, 0
        for report in played.reports:
            event = read(evidence, report).event
            if event is None:
                continue
            if isinstance(event, Progressed) and event.progress < progress:
                return wrong(ORDER, f"{event.progress} % ({event.state}) after {progress} %", advice)
            target = target_state(event)
            if target not in TRANSITIONS[state] and not (state.is_terminal and state is target):
                return wrong(ORDER, f"{target} after {state}", advice)
            state, steps = target, steps + 1
            progress = event.progress if isinstance(event, Progressed) else progress
    told = [report for report in all_reports(evidence) if not report.is_outcome]
    if steps and not told:
        return hint(ORDER, "no progress at all", "Report initializing, generating and saving: users watch the bar.")
    return right(ORDER, f"{len(told)} progress reports") if steps else _nothing(ORDER)


def retries_503(evidence: Evidence) -> Finding:
    return _retried(evidence, Manner.UNAVAILABLE, RETRIES_503)


def retries_dropped(evidence: Evidence) -> Finding:
    return _retried(evidence, Manner.DROPS, RETRIES_DROPPED)


def _retried(evidence: Evidence, manner: Manner, point: str) -> Finding:
    played = evidence.played.get(manner)
    if played is None or not played.outcomes:
        return _nothing(point)
    tries = len(played.outcomes)
    if played.outcomes[-1].answered == 200:  # noqa: PLR2004
        return right(point, f"taken at try {tries}")
    advice = "Send an outcome until it is answered 2xx, with growing waits and Retry-After; for a slow backend say RETRY=…"
    return wrong(point, f"given up after {tries} {'try' if tries == 1 else 'tries'}", advice)


def leaves_final_alone(evidence: Evidence) -> Finding:
    judged = [evidence.played[manner] for manner in (Manner.REFUSES, Manner.FORGETS) if manner in evidence.played]
    if not all(played.outcomes for played in judged) or not judged:
        return _nothing(FINAL)
    for played in judged:
        if len(played.outcomes) > 1:
            status, tries = played.outcomes[0].answered, len(played.outcomes)
            return wrong(FINAL, f"sent {tries} times although answered {status}", "400, 404 and 413 are final: log it and stop.")
    return right(FINAL, "one try for 400 and 404")


def stops_when_cancelled(evidence: Evidence) -> Finding:
    played = evidence.played.get(Manner.CANCELS)
    if played is None or not played.reports:
        return _nothing(CANCELLED)
    if played.outcomes or played.files:
        advice = "On `applied: false` with status CANCELLED stop working: nobody waits, and each image costs."
        return hint(CANCELLED, f"{len(played.reports)} reports, {len(played.files)} files after it was told", advice)
    return right(CANCELLED, f"after {len(played.reports)} report(s)")


def _nothing(point: str) -> Finding:
    return unseen(point, "nothing came to judge it by")
