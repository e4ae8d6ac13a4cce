"""How long is waited for what. All of it in one place, as a function of a job and the time; nothing here talks to anybody."""

from datetime import datetime, timedelta

from sorami.jobs import Job, State
from sorami.values import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """Each is a parameter of the template.

    A job of which nothing is heard is looked at after `first_look`, then after twice as long, and so on. Once it is watched,
    `deadline` is how long it waits for a backend to take it, and `silence` how long a backend that took it may neither report
    nor answer when asked. `longest` is how long any job may take, whatever its backend says.

    Waiting is measured from the first look on, so by reconcile's clock alone: whatever other clocks say, nothing ends early.
    """

    first_look: timedelta
    silence: timedelta
    deadline: timedelta
    longest: timedelta

    def heard_lately(self, job: Job, now: datetime) -> bool:
        """A progress event leaves `due_at` alone, so a due job may be in the best of health."""
        return was_heard(job) and now - job.updated_at < self.first_look and not self.has_taken_too_long(job, now)

    def look_after_news(self, job: Job, heard_at: datetime) -> datetime:
        """When a job that was heard of is looked at: never later than the moment that ends it."""
        return min(heard_at + self.first_look, job.created_at + self.longest)

    def next_look(self, job: Job, now: datetime) -> datetime:
        """When the job is looked at again, if this look changes nothing: never later than the moment that ends it, and soon if
        this look should end it and does not come to that."""
        if self.is_over(job, now):
            return now + self.first_look
        later = now + self.first_look * float(2 ** min(job.looks + 1, 10))
        return min(later, watched_since(job, now) + self._wait(job), job.created_at + self.longest)

    def is_over(self, job: Job, now: datetime) -> bool:
        """Whether it is time to stop waiting for a job of which its backend says nothing, or does not know it."""
        return self.has_taken_too_long(job, now) or now - watched_since(job, now) >= self._wait(job)

    def has_taken_too_long(self, job: Job, now: datetime) -> bool:
        return now >= job.created_at + self.longest

    def _wait(self, job: Job) -> timedelta:
        return self.silence if was_heard(job) else self.deadline


def watched_since(job: Job, now: datetime) -> datetime:
    """When the job was first looked at since something was heard of it; now, if this is that look."""
    return job.watched_since or now


def was_heard(job: Job) -> bool:
    """Whether the backend has ever said anything of the job, by itself or when it was asked."""
    return job.state is not State.PENDING or job.progress > 0 or job.answered_at is not None
