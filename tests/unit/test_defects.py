"""The seeded defects that `make defects` plants one by one: each is still a defect of the code as it stands."""

import ast

import pytest

from tests.defects.seeded import ROOT, Defect, load_defects

DEFECTS = load_defects()


def test_there_are_enough_and_each_has_a_name_of_its_own() -> None:
    assert len({defect.name for defect in DEFECTS}) == len(DEFECTS) >= 20


@pytest.mark.parametrize("defect", DEFECTS, ids=lambda defect: defect.name)
def test_its_guard_stands_where_it_is_taken_away_and_what_is_left_still_runs(defect: Defect) -> None:
    sound = (ROOT / defect.file).read_text()
    seeded = defect.seeded_in(sound)
    assert seeded != sound
    if defect.file.endswith(".py"):
        ast.parse(seeded)
    assert all((ROOT / tests).exists() for tests in defect.tests)


def test_a_guard_that_is_gone_is_said() -> None:
    with pytest.raises(ValueError, match="stands 0 times"):
        DEFECTS[0].seeded_in("")
