"""The real stories of generate, webhook and reconcile, put together for a store, a backend in memory and a clock."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, cast

from discard.discarding import Discarding
from discard.files import JobFiles
from generate.recording import Recorder
from generate.submission import Submission
from reconcile.patience import Patience
from reconcile.reconciliation import Reconciliation
from sorami.artifacts import Artifacts, ReferencePolicy
from sorami.backend import Backend
from sorami.store import JobStore
from tests.properties.moody_backend import MoodyBackend
from tests.support.samples import BUCKET
from webhook.recording import Recording

type Clock = Callable[[], datetime]

PATIENCE = Patience(
    first_look=timedelta(minutes=1), silence=timedelta(minutes=10), deadline=timedelta(minutes=15), longest=timedelta(minutes=40)
)
_POLICY = ReferencePolicy(images_bucket=BUCKET, backend_url="http://backend.example.net:8000")


class _Presigner:
    """The one call that the stories make, without its cryptography."""

    def generate_presigned_url(self, name: str, *, Params: dict[str, str], ExpiresIn: int) -> str:  # noqa: N803
        return f"https://{Params['Bucket']}.example.org/{Params['Key']}?{name}={ExpiresIn}"


_ARTIFACTS = Artifacts(cast("Any", _Presigner()), BUCKET)


def submission(jobs: JobStore, backend: MoodyBackend, clock: Clock) -> Submission:
    return Submission(
        jobs=jobs,
        recorder=Recorder(jobs=jobs, first_look=PATIENCE.first_look, locale="fr", clock=clock),
        artifacts=_ARTIFACTS,
        backend=cast("Backend", backend),
        max_open_jobs=0,
        locale="fr",
        clock=clock,
    )


class Files(JobFiles):
    """None there are. `meanwhile` happens while they are removed."""

    def __init__(self) -> None:
        self.meanwhile: Callable[[str], object] | None = None

    def remove_all(self, job_id: str) -> int:
        if meanwhile := self.meanwhile:
            self.meanwhile = None
            meanwhile(job_id)
        return 0


def discarding(jobs: JobStore, files: Files, clock: Clock) -> Discarding:
    return Discarding(jobs=jobs, files=files, locale="fr", clock=clock)


def recording(jobs: JobStore, clock: Clock) -> Recording:
    return Recording(jobs=jobs, policy=_POLICY, locale="fr", clock=clock)


def reconciliation(jobs: JobStore, backend: MoodyBackend, clock: Clock) -> Reconciliation:
    return Reconciliation(
        jobs=jobs,
        backend=backend,
        artifacts=_ARTIFACTS,
        policy=_POLICY,
        patience=PATIENCE,
        webhook_url="https://api.example.org/api/webhooks/image-completion",
        locale="fr",
        clock=clock,
    )
