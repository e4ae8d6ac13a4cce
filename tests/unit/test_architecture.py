"""The rooms of the house, held by their sources: who may import whom, and who may look at the environment."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LAYER = ROOT / "layers/common/sorami"
FUNCTIONS = ROOT / "functions"
LAYER_SOURCES = sorted(LAYER.rglob("*.py"))
FUNCTION_SOURCES = sorted(FUNCTIONS.rglob("*.py"))
FUNCTION_NAMES = {folder.name for folder in FUNCTIONS.iterdir() if (folder / "app.py").exists()}

ADAPTERS = {
    "store",
    "feed",
    "artifacts",
    "secrets",
    "backend",
    "topic",
    "cursors",
    "parking",
    "tickets",
    "connections",
    "channel",
}
STANDARD_LIBRARY_ONLY = {"jobs", "errors", "times", "texts", "values"}
MAY_READ_THE_ENVIRONMENT = {"settings.py", "observability.py"}
MAX_LINES = 250


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def imports(source: Path) -> Iterator[str]:
    """Every module that the source imports, wherever in it: `sorami.wire.urls`, `boto3`. With `from a import b`: a and a.b."""
    for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
        match node:
            case ast.Import(names=names):
                yield from (alias.name for alias in names)
            case ast.ImportFrom(module=str(module), names=names, level=0):
                yield module
                yield from (f"{module}.{alias.name}" for alias in names)
            case ast.ImportFrom():
                raise AssertionError(f"{named(source)} has a relative import")


def tops(source: Path) -> set[str]:
    return {module.partition(".")[0] for module in imports(source)}


def of_ours(source: Path) -> set[str]:
    """The modules of the shared package that the source imports, by their second name: `store`, `wire`."""
    return {module.split(".")[1] for module in imports(source) if module.startswith("sorami.")}


def test_the_sources_are_found() -> None:
    assert {"generate", "webhook", "query", "discard", "notify"} <= FUNCTION_NAMES
    assert {source.stem for source in LAYER_SOURCES} >= ADAPTERS
    assert "botocore" in tops(LAYER / "clients.py")
    assert {"dynamo", "errors", "items", "jobs", "moves"} <= of_ours(LAYER / "store.py")


def test_no_cold_start_loads_boto3_around_its_core() -> None:
    assert [named(source) for source in (*LAYER_SOURCES, *FUNCTION_SOURCES) if "boto3" in tops(source)] == []


def test_no_cold_start_compiles_the_methods_of_a_value() -> None:
    sources = {named(source) for source in (*LAYER_SOURCES, *FUNCTION_SOURCES) if "dataclasses.dataclass" in imports(source)}
    assert sources == {named(LAYER / "values.py")}


@pytest.mark.parametrize("source", LAYER_SOURCES, ids=named)
def test_nothing_in_the_layer_imports_a_function(source: Path) -> None:
    assert tops(source) & {*FUNCTION_NAMES, "functions"} == set()


@pytest.mark.parametrize("source", FUNCTION_SOURCES, ids=named)
def test_functions_do_not_import_each_other(source: Path) -> None:
    assert tops(source) & {*FUNCTION_NAMES, "functions"} <= {source.relative_to(FUNCTIONS).parts[0]}


@pytest.mark.parametrize("source", [*LAYER_SOURCES, *FUNCTION_SOURCES], ids=named)
def test_what_ships_imports_nothing_that_stays_here(source: Path) -> None:
    assert tops(source) & {"tests", "local", "ops", "examples", "layers", "openapi", "moto", "pytest", "responses"} == set()


@pytest.mark.parametrize("adapter", sorted(ADAPTERS))
def test_adapters_do_not_import_each_other(adapter: str) -> None:
    assert of_ours(LAYER / f"{adapter}.py") & ADAPTERS == set()


@pytest.mark.parametrize("module", sorted(STANDARD_LIBRARY_ONLY))
def test_the_rules_of_a_job_need_the_standard_library_only(module: str) -> None:
    assert tops(LAYER / f"{module}.py") - {"sorami"} <= sys.stdlib_module_names
    assert of_ours(LAYER / f"{module}.py") <= {"values"}


def reads_environment(source: Path) -> bool:
    for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
        match node:
            case ast.Attribute(value=ast.Name(id="os"), attr="environ" | "environb" | "getenv"):
                return True
            case ast.ImportFrom(module="os"):
                return True
    return False


@pytest.mark.parametrize("source", [*LAYER_SOURCES, *FUNCTION_SOURCES], ids=named)
def test_only_settings_and_the_trace_switch_read_the_environment(source: Path) -> None:
    assert reads_environment(source) is (source.parent == LAYER and source.name in MAY_READ_THE_ENVIRONMENT)


def test_only_the_adapters_of_the_two_tables_call_dynamodb() -> None:
    calls = {"put_item", "get_item", "update_item", "delete_item", "query", "scan", "batch_get_item", "transact_write_items"}
    callers = {
        named(source)
        for source in [*LAYER_SOURCES, *FUNCTION_SOURCES]
        for node in ast.walk(ast.parse(source.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and node.attr in calls
    }
    assert callers == {f"layers/common/sorami/{name}.py" for name in ("store", "lists", "feed", "tickets", "connections")}


@pytest.mark.parametrize("source", [*LAYER_SOURCES, *FUNCTION_SOURCES], ids=named)
def test_every_module_says_what_it_is_for_and_stays_short(source: Path) -> None:
    text = source.read_text(encoding="utf-8")
    assert ast.get_docstring(ast.parse(text))
    assert len(text.splitlines()) <= MAX_LINES
