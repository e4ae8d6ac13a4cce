"""`sorami import`: the former service's exported rows into a stack's tables."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from botocore.config import Config
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from ops.exits import Exit, Refused
from ops.importing.columns import EXPECTED, BadColumnMap, Columns, read_map
from ops.importing.files import Places
from ops.importing.reading import Form
from ops.importing.reporting import Fate, Journal, StateMismatch
from ops.importing.running import FILES, GENERATIONS, NOTIFICATIONS, USERS, Export, Import, Show, fingerprint
from ops.importing.writing import Writer
from ops.options import DEFAULT_STACK, AsJson, DryRun, StackName, Yes, ask_before, say_dry_run
from ops.showing import Column, console, print_json, print_table, say
from ops.stack import Place, place_of, tables_of
from sorami.artifacts import ReferencePolicy, places_of
from sorami.feed import Feed
from sorami.store import JobStore

EXAMPLES = (
    "sorami import --users users.csv --generations image_generations.csv --images image_files.csv --dry-run",
    "sorami import --users users.jsonl --generations g.jsonl --images f.jsonl --notifications n.jsonl --stack sorami-prod --yes",
    "sorami import --users users.csv --generations g.csv --images f.csv --files-from ./generated_images",
)

_WORKERS = 16
_ENOUGH_SECONDS = 10


def _file(name: str, text: str) -> Any:
    return typer.Option(name, metavar="FILE", exists=True, dir_okay=False, readable=True, help=text)


def import_history(
    *,
    users: Annotated[Path, _file("--users", "Export of users: the old id, and the sub of their tokens.")],
    generations: Annotated[Path | None, _file("--generations", "Export of image_generations.")] = None,
    images: Annotated[Path | None, _file("--images", "Export of image_files.")] = None,
    notifications: Annotated[Path | None, _file("--notifications", "Export of notifications.")] = None,
    files_from: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER", exists=True, file_okay=False, help="Where files are that no bucket has: they are uploaded."
        ),
    ] = None,
    columns: Annotated[Path | None, _file("--columns", "TOML file with the names of columns that are called otherwise.")] = None,
    form: Annotated[
        Form | None, typer.Option("--form", help="How the files are written (default: judged by how each begins).")
    ] = None,
    report: Annotated[
        Path, typer.Option(metavar="FILE", help="What was skipped or changed and why, a line of JSON for each row.")
    ] = Path("import-report.jsonl"),
    state: Annotated[Path, typer.Option(metavar="FILE", help="How far the import is; it is removed when all is done.")] = Path(
        "import-state.json"
    ),
    workers: Annotated[int, typer.Option("--workers", min=1, max=64, help="Writes at once.")] = _WORKERS,
    stack: StackName = DEFAULT_STACK,
    dry_run: DryRun = False,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Takes finished history of the former service into a stack: jobs with their images, and notifications. Nobody is told of it.

    Run it as often as you like: what is there stays as it is, and what was deleted stays deleted. An import that was ended
    goes on where it was, by its state file. Rows that cannot be taken are skipped and reported, and the exit code is 5.

    docs/migration.md says which columns are expected and what becomes of them.
    """
    if not (generations or notifications):
        raise typer.BadParameter("give --generations, --notifications or both")
    place = place_of(stack)
    exports = _exports({USERS: users, GENERATIONS: generations, FILES: images, NOTIFICATIONS: notifications}, columns, form)
    deed = f"Rows of {', '.join(str(one.path) for one in exports.values())} go into {place.shown}."
    _check_paths(exports, report, state, dry_run=dry_run)
    if not dry_run:
        ask_before(f"{deed} Go on?", yes=yes)
    journal = _journal(place, exports, report, None if dry_run else state)
    resumed = journal.done(USERS) > 0
    with _bars(exports, quiet=as_json) as show:
        Import(
            users=exports[USERS],
            generations=exports.get(GENERATIONS),
            files=exports.get(FILES),
            notifications=exports.get(NOTIFICATIONS),
            places=_places(place, files_from),
            locale=place.parameters.get("Locale") or "fr",
            journal=journal,
            writer=None if dry_run else _writer(place, workers),
            workers=workers,
            show=show,
        ).run()
    _tell(journal, exports, report, dry_run=dry_run, as_json=as_json, resumed=resumed, deed=deed)
    if journal.tally.skipped:
        raise typer.Exit(Exit.SOMETHING_LEFT)


def _exports(paths: dict[str, Path | None], columns: Path | None, form: Form | None) -> dict[str, Export]:
    try:
        maps = read_map(columns) if columns else {}
    except BadColumnMap as error:
        raise typer.BadParameter(str(error)) from error
    return {
        table: Export(path=path, columns=maps.get(table) or Columns(table=table), form=form)
        for table, path in paths.items()
        if path is not None
    }


def _check_paths(exports: dict[str, Export], report: Path, state: Path, *, dry_run: bool) -> None:
    """Nothing of value is written over. Raises Refused."""
    if {report.resolve(), state.resolve()} & {one.path.resolve() for one in exports.values()}:
        raise typer.BadParameter("the report and the state must not be one of the exports")
    if dry_run and state.exists():
        raise Refused(f"{state} is of an import that was ended: finish that first, or remove the file.")


def _journal(place: Place, exports: dict[str, Export], report: Path, state: Path | None) -> Journal:
    identity = {"stack": place.stack_name, "files": {table: fingerprint(one.path) for table, one in exports.items()}}
    try:
        return Journal(report, state, identity)
    except StateMismatch as error:
        raise Refused(str(error)) from error


def _places(place: Place, folder: Path | None) -> Places:
    policy = ReferencePolicy(
        images_bucket=place.resources["ImagesBucket"],
        other_places=places_of(place.parameters.get("ExtraImageArns", "")),
        s3_endpoint=place.local.facts.aws_endpoint_url if place.local else "",
    )
    return Places(policy=policy, folder=folder)


def _writer(place: Place, workers: int) -> Writer:
    patient = Config(
        connect_timeout=5,
        read_timeout=_ENOUGH_SECONDS,
        max_pool_connections=workers,
        retries={"mode": "standard", "total_max_attempts": 3},
    )
    tables = tables_of(place)
    dynamodb = place.client("dynamodb", config=patient)
    return Writer(
        jobs=JobStore(dynamodb, tables.jobs),
        feed=Feed(dynamodb, tables.notifications),
        s3=place.client("s3", config=patient),
    )


@contextmanager
def _bars(exports: dict[str, Export], *, quiet: bool) -> Iterator[Show]:
    """A bar for each file, by lines; on stderr, and at a terminal alone."""
    screen = console(stderr=True)
    columns = (TextColumn("{task.description:18}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=screen, disable=quiet or not screen.is_terminal) as progress:
        tasks = {table: progress.add_task(table, total=_lines(one.path)) for table, one in exports.items()}
        yield lambda table, line: progress.update(tasks[table], completed=line)
        for task in tasks.values():
            progress.update(task, completed=progress.tasks[task].total)


def _lines(path: Path) -> int:
    with path.open("rb") as file:
        return sum(block.count(b"\n") for block in iter(lambda: file.read(1 << 20), b""))


def _tell(
    journal: Journal, exports: dict[str, Export], report: Path, *, dry_run: bool, as_json: bool, resumed: bool, deed: str
) -> None:
    tally = journal.tally
    tables = [table for table in EXPECTED if table in exports]
    if as_json:
        counts = {table: {fate.value.replace(" ", "_"): tally.of(table, fate) for fate in Fate} for table in tables}
        reasons = dict(sorted(tally.reasons.items()))
        print_json({"dry_run": dry_run, "resumed": resumed, "tables": counts, "reasons": reasons, "report": str(report)})
        return
    if dry_run:
        say_dry_run(deed)
    elif resumed:
        say("An import that was ended went on where it was; the figures are of both together.")
    titles = {fate: "to be written" if dry_run and fate is Fate.WRITTEN else fate.value for fate in Fate}
    # Users and images are no rows of their own here: of them only what was left out is counted.
    shown = [
        [table, *(f"{tally.of(table, fate)}" if fate is Fate.SKIPPED or table in _WRITTEN else "" for fate in Fate)]
        for table in tables
    ]
    print_table([Column("table", "keep"), *(Column(titles[fate], "keep", "right") for fate in Fate)], shown)
    if tally.reasons:
        say("")
        rows = [[reason, str(number)] for reason, number in tally.reasons.most_common()]
        print_table([Column("reason", "keep"), Column("rows", "keep", "right")], rows)
        say(f"Each of them, with its line: {report}")


_WRITTEN = frozenset({GENERATIONS, NOTIFICATIONS})
