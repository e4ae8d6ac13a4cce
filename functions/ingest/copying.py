"""The story of a result on the backend's own disk: each file into the bucket, then one write that says where they are."""

import time
from collections.abc import Callable, Mapping
from tempfile import SpooledTemporaryFile

from ingest.bucket import ImagesBucket
from ingest.downloading import Download
from ingest.outcomes import CopyPostponed, CopyRefused
from sorami.artifacts import image_key, without_query
from sorami.copies import Copied, CopyResult, NotCopied, still_pending
from sorami.errors import JobNotFound
from sorami.jobs import BackendFile, Job, S3Ref, State, pending_copies
from sorami.observability import count, logger
from sorami.store import JobStore
from sorami.values import dataclass

MAX_IN_MEMORY = 2 * 1024 * 1024  # bytes of a file; what is more lies in /tmp


@dataclass(frozen=True, slots=True, kw_only=True)
class Copying:
    """What copying needs from the outside."""

    jobs: JobStore
    download: Download
    bucket: ImagesBucket
    clock: Callable[[], float] = time.monotonic

    def copy_images(self, job_id: str, *, until: float) -> None:
        """Copies what is still to be copied, as the job stands now, and begins nothing after `until`, a time of the clock.

        Raises CopyPostponed if an image has to be tried again; what became of the others is recorded by then.
        """
        try:
            job = self.jobs.get(job_id)
        except JobNotFound:
            logger.info("the job is gone")
            return
        pending = pending_copies(job.images) if job.state is State.COMPLETED else {}
        results, postponed = self._copy_all(job, pending, until)
        self._settle(job, results, pending)
        if postponed:
            raise CopyPostponed(f"{len(postponed)} image(s): {'; '.join(postponed)}")

    def _copy_all(self, job: Job, pending: Mapping[int, BackendFile], until: float) -> tuple[dict[int, CopyResult], list[str]]:
        results: dict[int, CopyResult] = {}
        postponed: list[str] = []
        for number, file in pending.items():
            try:
                results[number] = self._copy(job, number, file, until)
            except CopyRefused as refusal:
                results[number] = NotCopied(reason=str(refusal))
            except CopyPostponed as reason:
                postponed.append(str(reason))
                count("CopiesPostponed")
                logger.warning("copy postponed", extra={"image": number, "url": without_query(file.url), "reason": str(reason)})
        return results, postponed

    def _copy(self, job: Job, number: int, file: BackendFile, until: float) -> Copied:
        if self.clock() >= until:
            raise CopyPostponed("the time is up")
        image_format = job.images[number - 1].format
        with SpooledTemporaryFile(MAX_IN_MEMORY) as content:
            size = self.download.fetch(file.url, image_format, content, until=until)
            location = self.bucket.put(_free_key(job, number), content, size=size, image_format=image_format)
        return Copied(location=location, size_bytes=size)

    def _settle(self, job: Job, results: Mapping[int, CopyResult], fetched: Mapping[int, BackendFile]) -> None:
        """Records the results. When another run was faster, those that it has not recorded itself."""
        try:
            while results:
                outcome = self.jobs.settle_copies(job, results)
                if outcome.applied:
                    _report(results, fetched)
                    return
                job, results = outcome.job, still_pending(outcome.job, results, fetched)
        except JobNotFound:
            logger.info("the job was deleted meanwhile")
            for result in results.values():
                if isinstance(result, Copied):
                    self.bucket.remove(result.location.key)


def _free_key(job: Job, number: int) -> str:
    """The image's own key, or, if the backend has stored another of the images there, one that no image can have."""
    image_format = job.images[number - 1].format
    taken = {image.location.key for image in job.images if isinstance(image.location, S3Ref)}
    while (key := image_key(job.job_id, number, image_format)) in taken:
        number += len(job.images)
    return key


def _report(results: Mapping[int, CopyResult], fetched: Mapping[int, BackendFile]) -> None:
    for number, result in results.items():
        match result:
            case Copied():
                count("CopiesMade")
                logger.info("copied", extra={"image": number, "key": result.location.key, "size_bytes": result.size_bytes})
            case NotCopied():
                count("CopiesFailed")
                logger.error(
                    "not copied", extra={"image": number, "url": without_query(fetched[number].url), "reason": result.reason}
                )
