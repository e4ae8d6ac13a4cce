from collections.abc import Callable

import pytest

import discard.app
import generate.app
import ingest.app
import live.app
import notify.app
import query.app
import reconcile.app
import webhook.app
from sorami.errors import ConfigurationError
from sorami.settings import CommonSettings, SettingsClass, load
from sorami.values import dataclass
from tests.support.stack import Stack
from tests.support.template import properties, template


@dataclass(frozen=True, slots=True, kw_only=True)
class Some(CommonSettings):
    first_table: str
    second_table: str
    optional: str = "as it is"


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ENVIRONMENT", "LOCALE", "FIRST_TABLE", "SECOND_TABLE", "OPTIONAL"):
        monkeypatch.delenv(name, raising=False)


def test_everything_that_is_missing_is_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECOND_TABLE", "")
    with pytest.raises(ConfigurationError, match="ENVIRONMENT, FIRST_TABLE, SECOND_TABLE") as raised:
        load(Some)
    assert "OPTIONAL" not in str(raised.value)


def test_what_is_set_is_read_once_and_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"ENVIRONMENT": "dev", "FIRST_TABLE": "a", "SECOND_TABLE": "b"}.items():
        monkeypatch.setenv(name, value)
    settings = load(Some)
    assert settings == Some(environment="dev", locale="fr", first_table="a", second_table="b", optional="as it is")
    monkeypatch.setenv("FIRST_TABLE", "changed")
    assert load(Some) is settings


def test_an_empty_variable_is_an_absent_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """The template sets an optional parameter that nobody gave to an empty text."""
    for name, value in {"ENVIRONMENT": "dev", "FIRST_TABLE": "a", "SECOND_TABLE": "b", "OPTIONAL": ""}.items():
        monkeypatch.setenv(name, value)
    assert load(Some).optional == "as it is"


FUNCTIONS = {
    "GenerateFunction": generate.app.Settings,
    "WebhookFunction": webhook.app.Settings,
    "QueryFunction": query.app.Settings,
    "DiscardFunction": discard.app.Settings,
    "NotifyFunction": notify.app.Settings,
    "LiveFunction": live.app.Settings,
    "ReconcileFunction": reconcile.app.Settings,
    "IngestFunction": ingest.app.Settings,
}


@pytest.mark.parametrize("function", FUNCTIONS)
def test_the_template_gives_each_function_what_it_needs(function: str, deploy: Callable[..., None]) -> None:
    deploy(function)
    assert load(FUNCTIONS[function])


@pytest.mark.parametrize("function", FUNCTIONS)
def test_the_template_gives_no_function_more_than_it_reads(function: str, stack: Stack) -> None:
    kind: SettingsClass = FUNCTIONS[function]  # type: ignore[assignment]  # a dataclass
    read = {name.upper() for name in kind.__dataclass_fields__}
    common = template()["Globals"]["Function"]["Environment"]["Variables"]
    given = {*common, *properties(function)["Environment"]["Variables"]}
    libraries = ("POWERTOOLS_", "AWS_", "PYDANTIC_")  # they read theirs by themselves
    assert {name for name in given - read if not name.startswith(libraries)} == set()
