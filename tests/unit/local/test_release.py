"""A deployment that changes only a parameter is another code of the functions behind an alias, and so another version."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from local.release import FILE, mark

TEMPLATE: dict[str, Any] = {
    "Conditions": {"IsTraced": {"Fn::Equals": [{"Ref": "Tracing"}, "on"]}},
    "Resources": {
        "GenerateFunction": {"Properties": {"CodeUri": "GenerateFunction", "AutoPublishAlias": "live"}},
        "NotifyFunction": {"Properties": {"CodeUri": "NotifyFunction"}},
        "Waits": {"Type": "AWS::CloudFormation::WaitConditionHandle"},
    },
}
PARAMETERS = {"Environment": "prod", "MaxOpenJobsPerUser": "20"}


@pytest.fixture
def built(tmp_path: Path) -> Path:
    for name in ("GenerateFunction", "NotifyFunction"):
        (tmp_path / name).mkdir()
    return written(tmp_path / "template.yaml", TEMPLATE)


def written(file: Path, template: dict[str, Any]) -> Path:
    file.write_text(yaml.safe_dump(template))
    return file


def release(built: Path, parameters: dict[str, str], again: str = "") -> str:
    assert mark(built, parameters, again) == ["GenerateFunction"]
    return (built.parent / "GenerateFunction" / FILE).read_text()


def test_only_the_code_of_functions_with_an_alias_is_marked(built: Path) -> None:
    mark(built, PARAMETERS)
    assert [file.parent.name for file in built.parent.rglob(FILE)] == ["GenerateFunction"]


def test_the_same_parameters_are_the_same_release_in_whichever_order(built: Path) -> None:
    assert release(built, PARAMETERS) == release(built, dict(reversed(PARAMETERS.items())))


def test_another_value_of_a_parameter_is_another_release(built: Path) -> None:
    assert release(built, PARAMETERS) != release(built, PARAMETERS | {"MaxOpenJobsPerUser": "5"})


def test_another_meaning_of_a_condition_is_another_release(built: Path) -> None:
    before = release(built, PARAMETERS)
    written(built, TEMPLATE | {"Conditions": {"IsTraced": {"Fn::Equals": [{"Ref": "Tracing"}, "yes"]}}})
    assert release(built, PARAMETERS) != before


def test_the_very_same_build_can_be_released_again(built: Path) -> None:
    """After a rollback Lambda still has the version that was taken back, and publishes none that is equal to its last."""
    assert release(built, PARAMETERS) != release(built, PARAMETERS, "again")


def test_no_value_of_a_parameter_is_written_down(built: Path) -> None:
    assert len(release(built, PARAMETERS | {"BackendUrl": "https://backend.sorami.app"})) == 65  # a digest and a line's end
