"""Rows as MySQL and PostgreSQL write them, and JSON lines."""

from pathlib import Path

import pytest

from ops.importing.columns import BadColumnMap, Columns, read_map
from ops.importing.reading import MOST_CHARACTERS, Form, Row, form_of, rows_of
from ops.importing.values import Unusable, document, moment, truth
from sorami.times import iso

MYSQL = (
    '"id","prompt","error"\n'
    '"1","say \\"hi\\", \\\\ and\\\nnext, 🐱",\\N\n'
    '"2","doubled "" quote","\\\\N is text"\n'
    '3,"a\tb",NULL\n'
)  # fmt: skip
POSTGRES = 'id,prompt,error\r\n1,"say ""hi"", \\ and\nnext",\r\n2,C:\\new,""\r\n'
TABS = 'id\tprompt\terror\n1\tsay "hi\\tthere\\\nnext\t\\N\n2\t\\\\N\tx\n'


def read(tmp_path: Path, content: str, columns: list[str] | None = None) -> list[Row]:
    path = tmp_path / "rows"
    path.write_bytes(content.encode())
    return list(rows_of(path, form_of(path), columns))


def test_mysql_escapes_and_nulls(tmp_path: Path) -> None:
    assert [row.values for row in read(tmp_path, MYSQL)] == [
        {"id": "1", "prompt": 'say "hi", \\ and\nnext, 🐱', "error": None},
        {"id": "2", "prompt": 'doubled " quote', "error": "\\N is text"},
        {"id": "3", "prompt": "a\tb", "error": None},
    ]


def test_postgres_keeps_backslashes_and_reads_nothing_as_null(tmp_path: Path) -> None:
    assert [row.values for row in read(tmp_path, POSTGRES)] == [
        {"id": "1", "prompt": 'say "hi", \\ and\nnext', "error": None},
        {"id": "2", "prompt": "C:\\new", "error": ""},
    ]


def test_tabs_leave_quotes_alone(tmp_path: Path) -> None:
    assert [row.values for row in read(tmp_path, TABS)] == [
        {"id": "1", "prompt": 'say "hi\tthere\nnext', "error": None},
        {"id": "2", "prompt": "\\N", "error": "x"},
    ]


def test_rows_know_the_lines_in_which_they_begin(tmp_path: Path) -> None:
    assert [(row.number, row.line) for row in read(tmp_path, MYSQL)] == [(1, 2), (2, 4), (3, 5)]


def test_a_file_without_a_header_gets_its_columns_from_the_map(tmp_path: Path) -> None:
    assert [row.values for row in read(tmp_path, "1,x\n", ["id", "prompt"])] == [{"id": "1", "prompt": "x"}]


def test_json_lines_with_a_mark_and_a_bad_line_in_between(tmp_path: Path) -> None:
    rows = read(tmp_path, '\ufeff{"id": 1}\n\nnot json\n[1]\n{"id": null}\n')
    assert [(row.line, row.values, row.fault) for row in rows] == [
        (1, {"id": 1}, None),
        (3, {}, "is not JSON"),
        (4, {}, "is no JSON object"),
        (5, {"id": None}, None),
    ]


def test_a_quote_left_open_costs_its_own_row_and_no_other(tmp_path: Path) -> None:
    rows = read(tmp_path, 'id,prompt\n1,"open\n' + "2,fine\n" * 3)
    assert [(row.line, row.fault) for row in rows] == [(2, "has a quote that is not closed"), (3, None), (4, None), (5, None)]


def test_a_row_without_an_end_is_not_read_into_memory(tmp_path: Path) -> None:
    filler = "2," + "x" * 1000 + "\n"
    rows = read(tmp_path, 'id,prompt\n1,"open\n' + filler * (2 * MOST_CHARACTERS // len(filler)) + '3,"closed"\n')
    assert rows[0].fault
    assert rows[-1].values == {"id": "3", "prompt": "closed"}
    assert [row for row in rows if row.fault] == rows[:1]


def test_too_few_and_too_many_columns_are_said(tmp_path: Path) -> None:
    rows = read(tmp_path, "id,prompt\n1\n1,2,3\n1,2\n")
    assert [row.fault for row in rows] == ["has 1 columns instead of 2", "has 3 columns instead of 2", None]


@pytest.mark.parametrize(
    ("content", "form"),
    [(MYSQL, Form.MYSQL), (TABS, Form.MYSQL_TABS), (POSTGRES, Form.POSTGRES), ('{"id": 1}', Form.JSONL), ("", Form.POSTGRES)],
)
def test_the_form_is_judged_by_how_a_file_begins(tmp_path: Path, content: str, form: Form) -> None:
    path = tmp_path / "rows"
    path.write_bytes(content.encode())
    assert form_of(path) is form


@pytest.mark.parametrize(
    ("said", "is_true"),
    [("t", True), ("1", True), (1, True), (True, True), ("\x01", True), ("f", False), ("0", False), (None, False), ("", False)],
)
def test_booleans_of_both_databases(said: object, is_true: bool) -> None:
    assert truth(said) is is_true


def test_what_is_neither_true_nor_false_is_said() -> None:
    with pytest.raises(Unusable, match="neither"):
        truth("maybe")


@pytest.mark.parametrize(
    ("said", "is_"),
    [
        ("2026-09-01 10:00:00", "2026-09-01T10:00:00.000Z"),
        ("2026-09-01 12:00:00.250456+02", "2026-09-01T10:00:00.250Z"),
        ("2026-09-01T10:00:00.250Z", "2026-09-01T10:00:00.250Z"),
        ("0000-00-00 00:00:00", None),
        (None, None),
    ],
)
def test_times_with_and_without_a_zone(said: str | None, is_: str | None) -> None:
    found = moment(said, "created_at")
    assert (iso(found) if found else None) == is_


@pytest.mark.parametrize("said", ["{", "[1]", '{"a": NaN}'])
def test_what_is_no_json_object_is_said(said: str) -> None:
    with pytest.raises(Unusable) as refusal:
        document(said)
    assert refusal.value.reason == "no_json"


def test_camel_case_and_a_map_name_the_same_columns(tmp_path: Path) -> None:
    path = tmp_path / "columns.toml"
    path.write_text('[image_files]\nfile_url = "where"\n')
    columns = read_map(path)["image_files"]
    assert columns.fields({"generationId": 7, "where": "u", "fileSize": 3})["file_url"] == "u"
    assert columns.fields({"generationId": 7, "where": "u", "fileSize": 3})["generation_id"] == 7
    assert Columns(table="image_files").fields({"fileUrl": "u"})["file_url"] == "u"


@pytest.mark.parametrize(
    "content", ["[", "[people]\n", '[users]\nname = "x"\n', "[users]\nid = 3\n", "[users]\ncolumns = 3\n", "users = 1\n"]
)
def test_a_map_that_makes_no_sense_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "columns.toml"
    path.write_text(content)
    with pytest.raises(BadColumnMap):
        read_map(path)
