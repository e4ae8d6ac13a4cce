"""One run over the due jobs: bounded in number and in time, several at once, and one bad job stops no other."""

import random
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait

from sorami.observability import count, logger
from sorami.values import dataclass

SEGMENTS = 4
WORKERS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Swept:
    """What a run came to. `is_cut` says that there may be more due jobs than it had room or time for."""

    jobs: int
    failures: int
    is_cut: bool


def sweep_due_jobs(
    due_job_ids: Callable[[int, int], Iterator[str]],
    reconcile_job: Callable[[str], None],
    *,
    has_time: Callable[[], bool],
    max_jobs: int,
) -> Swept:
    """Calls `reconcile_job` for due jobs while there is time. `due_job_ids(segment, segments)` lists a part of them.

    An error of one job is logged and counted, and the others go on: it stays due and is met again.
    """
    done = failures = 0
    waiting: set[Future[bool]] = set()
    is_cut = False
    with ThreadPoolExecutor(WORKERS) as pool:
        for number, job_id in enumerate(_from_all_segments(due_job_ids)):
            if number >= max_jobs or not has_time():
                is_cut = True
                count("SweepsCut")
                break
            waiting.add(pool.submit(_looked_after, reconcile_job, job_id))
            if len(waiting) >= WORKERS:
                finished, waiting = wait(waiting, return_when=FIRST_COMPLETED)
                done, failures = done + len(finished), failures + _failures(finished)
    return Swept(jobs=done + len(waiting), failures=failures + _failures(waiting), is_cut=is_cut)


def _from_all_segments(due_job_ids: Callable[[int, int], Iterator[str]]) -> Iterator[str]:
    """Segment after segment, in another order each time, so that none starves where a run has no time for all."""
    for segment in random.sample(range(SEGMENTS), SEGMENTS):
        yield from due_job_ids(segment, SEGMENTS)


def _looked_after(reconcile_job: Callable[[str], None], job_id: str) -> bool:
    """Logged here, in the job's own thread, where the line gets its id."""
    try:
        reconcile_job(job_id)
    except Exception:  # noqa: BLE001  # whatever it is, it is this job's
        count("ReconcileErrors")
        logger.exception("a job could not be looked after")
        return False
    return True


def _failures(finished: set[Future[bool]]) -> int:
    return sum(not future.result() for future in finished)
