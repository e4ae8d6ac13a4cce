"""One import from beginning to end. It may be ended at any time and begun again: what is there is met, not written twice."""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import batched
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from ops.importing.columns import Columns
from ops.importing.files import Places
from ops.importing.history import Flaw, Planned, job_id_of, plan
from ops.importing.reading import Form, Row, form_of, rows_of
from ops.importing.reporting import Fate, Journal, Remark
from ops.importing.staging import Staging
from ops.importing.told import notification_of
from ops.importing.values import Unusable, text
from ops.importing.writing import Writer
from sorami.feed import Notification

CHUNK: Final = 200
"""Rows between two notes of how far the import is: so many are in memory, and so many a resumed import meets again."""

USERS, GENERATIONS, FILES, NOTIFICATIONS = "users", "image_generations", "image_files", "notifications"
_ORPHANS = "orphans"

type Show = Callable[[str, int], None]
"""Called with the table and the line that was reached."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """A file of rows; `form` None: judged by how it begins."""

    path: Path
    columns: Columns
    form: Form | None = None

    def rows(self) -> Iterator[Row]:
        """Raises OSError."""
        return rows_of(self.path, self.form or form_of(self.path), self.columns.header)


def fingerprint(path: Path) -> str:
    """Of the file's contents, so that an import is not gone on with in another file. Raises OSError."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@dataclass(slots=True, kw_only=True)
class Import:
    """What an import needs. `writer` None: nothing is written, all else is done."""

    users: Export
    generations: Export | None
    files: Export | None
    notifications: Export | None
    places: Places
    locale: str
    journal: Journal
    writer: Writer | None
    workers: int
    show: Show = field(default=lambda _table, _line: None)

    def run(self) -> None:
        """Raises OSError, and StoreUnavailable or FilesUnavailable when AWS stays away; what is done is noted by then."""
        with TemporaryDirectory(prefix="sorami-import-") as folder, Staging(Path(folder) / "staging.db") as staging:
            self._stage_users(staging)
            self._stage_files(staging)
            with ThreadPoolExecutor(self.workers) as pool:
                self._import_generations(staging, pool)
                self._report_orphans(staging)
                self._import_notifications(staging, pool)
        self.journal.close()

    def _stage_users(self, staging: Staging) -> None:
        for row in self._unread(USERS, self.users):
            try:
                said = self._fields(row, self.users)
                old, sub = text(said["id"]), text(said["sub"])
                if not old or not sub:
                    raise Unusable("no_sub", "id or sub is missing")  # noqa: TRY301  # one place reports
                if not staging.add_user(old, sub):
                    raise Unusable("two_subs", f"user {old[:80]!r} has another sub already, which is kept")  # noqa: TRY301
            except Unusable as error:
                self._skip_once(USERS, row, error)
        self.journal.save(USERS, 1)

    def _stage_files(self, staging: Staging) -> None:
        for row in self._unread(FILES, self.files) if self.files else ():
            try:
                said = self._fields(row, self.files)
                generation = text(said["generation_id"])
                if not generation:
                    raise Unusable("no_generation", "generation_id is missing")  # noqa: TRY301  # as above
                staging.add_image(row.line, generation, said)
            except Unusable as error:
                self._skip_once(FILES, row, error)
        self.journal.save(FILES, 1)

    def _import_generations(self, staging: Staging, pool: ThreadPoolExecutor) -> None:
        def prepare(row: Row) -> Planned | None:
            return self._prepare_job(row, staging)

        def write(planned: Planned) -> Fate:
            return self.writer.write_job(planned) if self.writer else Fate.WRITTEN

        if self.generations:
            self._import_rows(GENERATIONS, self.generations, pool, prepare, write)

    def _prepare_job(self, row: Row, staging: Staging) -> Planned | None:
        """None for a row that an earlier run has dealt with; its images are known to belong to it all the same."""
        fields = self._fields(row, self.generations)
        old_id = text(fields["id"])
        if not old_id:
            raise Unusable("no_id", "the id is missing")
        job_id = job_id_of(old_id, text(fields["job_id"]))
        is_its_own = staging.meet(old_id, job_id)
        if row.number <= self.journal.done(GENERATIONS):
            return None
        if not is_its_own:
            raise Unusable("job_id_twice", f"{job_id} is the job of another row, or this id has another job")
        sub = self._sub(staging, fields["author_id"])
        planned = plan(fields, staging.images_of(old_id), job_id=job_id, sub=sub, places=self.places, locale=self.locale)
        for flaw in planned.flaws:
            self._note_flaw(row, old_id, flaw)
        return planned

    def _note_flaw(self, row: Row, old_id: str, flaw: Flaw) -> None:
        table, line, fate = (GENERATIONS, row.line, Fate.CHANGED) if flaw.line is None else (FILES, flaw.line, Fate.SKIPPED)
        self.journal.remark(Remark(table=table, line=line, id=old_id, fate=fate, reason=flaw.reason, detail=flaw.detail))

    def _report_orphans(self, staging: Staging) -> None:
        if not self.generations or self.journal.done(_ORPHANS):
            return
        for line, generation in staging.orphans():
            detail = "its generation is not in the export"
            remark = Remark(table=FILES, line=line, id=generation, fate=Fate.SKIPPED, reason="orphan", detail=detail)
            self.journal.remark(remark)
        self.journal.save(_ORPHANS, 1)

    def _import_notifications(self, staging: Staging, pool: ThreadPoolExecutor) -> None:
        def prepare(row: Row) -> Notification | None:
            if row.number <= self.journal.done(NOTIFICATIONS):
                return None
            fields = self._fields(row, self.notifications)
            return notification_of(fields, sub=self._sub(staging, fields["user_id"]), job_of=staging.job_of)

        def write(notification: Notification) -> Fate:
            return self.writer.write_notification(notification) if self.writer else Fate.WRITTEN

        if self.notifications:
            self._import_rows(NOTIFICATIONS, self.notifications, pool, prepare, write)

    def _import_rows[T](
        self,
        table: str,
        export: Export,
        pool: ThreadPoolExecutor,
        prepare: Callable[[Row], T | None],
        write: Callable[[T], Fate],
    ) -> None:
        """Prepared by this thread, written by the pool's, and noted when a whole chunk is done with."""
        done = self.journal.done(table)
        for chunk in batched(export.rows(), CHUNK, strict=False):
            prepared: list[tuple[Row, T]] = []
            for row in chunk:
                try:
                    if (one := prepare(row)) is not None:
                        prepared.append((row, one))
                except Unusable as error:
                    if row.number > done:
                        self._skip(table, row, error)
            for row, fate in pool.map(lambda pair: (pair[0], _attempt(write, pair[1])), prepared):
                if isinstance(fate, Unusable):
                    self._skip(table, row, fate)
                else:
                    self.journal.tally.count(table, fate)
            self.journal.save(table, max(chunk[-1].number, done))
            self.show(table, chunk[-1].line)

    def _unread(self, table: str, export: Export) -> Iterator[Row]:
        for row in export.rows():
            yield row
            if row.number % CHUNK == 0:
                self.show(table, row.line)

    @staticmethod
    def _fields(row: Row, export: Export | None) -> Mapping[str, Any]:
        if row.fault:
            raise Unusable("unreadable", f"the row {row.fault}")
        return export.columns.fields(row.values) if export else {}

    @staticmethod
    def _sub(staging: Staging, author: Any) -> str:
        old = text(author)
        if (sub := staging.sub_of(old)) is None:
            raise Unusable("unknown_user", f"user {old[:80]!r} is not in the users export")
        return sub

    def _skip_once(self, table: str, row: Row, error: Unusable) -> None:
        """Of a file that every run reads from its beginning."""
        if not self.journal.done(table):
            self._skip(table, row, error)

    def _skip(self, table: str, row: Row, error: Unusable) -> None:
        shown = str(row.values.get("id", ""))[:80]
        self.journal.remark(
            Remark(table=table, line=row.line, id=shown, fate=Fate.SKIPPED, reason=error.reason, detail=error.detail)
        )


def _attempt[T](write: Callable[[T], Fate], one: T) -> Fate | Unusable:
    try:
        return write(one)
    except Unusable as error:
        return error
