"""How long is waited for what. All of it in one place, as a function of a job and the time; nothing here talks to anybody."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sorami.jobs import Job, State


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """Each is a parameter of the template.

    A job of which nothing is heard is looked at after `first_look`, then after twice as long, and so on. `deadline` is how long
    a job waits for a backend to take it, `silence` how long a backend that took it may say nothing new without answering when
    asked, and `longest` how long any job may take, whatever its backend says.
    """

    first_look: timedelta
    silence: timedelta
    deadline: timedelta
    longest: timedelta

    def heard_lately(self, job: Job, now: datetime) -> bool:
        """A progress event leaves `due_at` alone, so a due job may be in the best of health."""
        return was_heard(job) and now - job.updated_at < self.first_look and not self.has_taken_too_long(job, now)

    def look_after_news(self, job: Job) -> datetime:
        """When a job that was heard from lately is looked at: never later than the moment that ends it."""
        return min(job.updated_at + self.first_look, job.created_at + self.longest)

    def next_look(self, job: Job, now: datetime) -> datetime:
        """When the job is looked at again, if this look changes nothing: never later than the moment that ends it, and soon if
        this look should end it and does not come to that."""
        if self.is_over(job, now):
            return now + self.first_look
        later = now + self.first_look * float(2 ** min(job.looks + 1, 10))
        ends = [end for end in (self._end_of_waiting(job), job.created_at + self.longest) if end > now]
        return min([later, *ends])

    def is_over(self, job: Job, now: datetime) -> bool:
        """Whether it is time to stop waiting for a job of which its backend says nothing, or does not know it."""
        return self.has_taken_too_long(job, now) or (
            now >= self._end_of_waiting(job) and job.looks + 1 >= self._looks_enough(job)
        )

    def has_taken_too_long(self, job: Job, now: datetime) -> bool:
        return now >= job.created_at + self.longest

    def _end_of_waiting(self, job: Job) -> datetime:
        return job.updated_at + self.silence if was_heard(job) else job.created_at + self.deadline

    def _looks_enough(self, job: Job) -> int:
        """Looks are spaced by our own clock alone: where clocks differ, nothing fails before it was looked at often enough."""
        waiting = self.silence if was_heard(job) else self.deadline
        looks, passed = 0, timedelta()
        while passed < waiting:
            passed += self.first_look * 2**looks
            looks += 1
        return max(1, looks - 1)


def was_heard(job: Job) -> bool:
    """Whether the backend has ever said anything of the job."""
    return job.state is not State.PENDING or job.progress > 0
