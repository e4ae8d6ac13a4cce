"""One of each error, with a text that no caller may ever see."""

from sorami import errors
from sorami.errors import Fault, ServiceError

SECRET_WORDS = "arn:aws:dynamodb:table/JobsTable Traceback"


def an(kind: type[ServiceError]) -> ServiceError:
    """An instance whose text must never be seen."""
    match kind:
        case _ if issubclass(kind, errors.InvalidRequest):
            return kind([Fault(pointer="#/prompt", detail="Champ obligatoire.")])
        case errors.JobAlreadyFinished | errors.JobStillOpen:
            return kind(job_id="x", state="SAVING", progress=90)
        case errors.TooManyOpenJobs:
            return errors.TooManyOpenJobs(SECRET_WORDS, {"ratelimit": '"open-jobs";r=0', "ratelimit-policy": '"open-jobs";q=20'})
        case errors.JobNotFinished:
            return errors.JobNotFinished(job_id=SECRET_WORDS, state="SAVING", progress=90, is_over=False)
        case errors.BackendRejected:
            rejected = errors.BackendRejected(status=418, reason=SECRET_WORDS)
            rejected.job_id = "a-job"
            return rejected
        case _:
            return kind(SECRET_WORDS)
