"""`make check-backend` as a program: what it prints, how it exits, whom it asks."""

import json
import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from local.failures import NoStack
from local.ports import LOOPBACK
from ops.contract import __main__ as console
from ops.contract import reports
from ops.contract.evidence import Answer, Manner
from ops.contract.findings import Finding, wrong
from ops.contract.playing import Patience, Play
from ops.contract.stand_in import Record, stand_in
from ops.contract.verdict import judge
from tests.support.broken_backends import KEY, PLANTED, SECRET, SOUND, served
from tests.support.serving import serving

ROOT = Path(__file__).parents[4]
FAST = ["--quiet", "0.3", "--retry", "5", "--patience", "20"]


@pytest.fixture(autouse=True)
def _known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BACKEND_API_KEY", KEY)
    monkeypatch.setenv("WEBHOOK_SECRET", SECRET)


def test_a_sound_backend_is_exit_0_and_a_table_without_secrets(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with served(monkeypatch) as url:
        assert console.main([url, *FAST]) == 0
    said = capsys.readouterr()
    assert said.out.count("✓ right") == 19
    assert said.out.endswith("Nothing is wrong.\n")
    assert not any(hidden in said.out + said.err for hidden in (KEY, SECRET, "X-Amz-Signature"))


def test_a_fault_is_exit_1_and_says_what_to_do(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    with served(monkeypatch, PLANTED["wrong size"]) as url:
        assert console.main([url, *FAST]) == 1
    said = capsys.readouterr().out
    assert "✗ wrong" in said
    assert "1 of 19 points are wrong." in said


def test_programs_read_json(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    with served(monkeypatch, PLANTED["no status route"]) as url:
        assert console.main([url, *FAST, "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert {tuple(finding) for finding in found} == {("point", "verdict", "seen", "advice")}
    assert [finding["point"] for finding in found if finding["verdict"] == "wrong"] == ["answers the status"]


def test_every_point_stands_in_the_documentation(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    with served(monkeypatch) as url:
        console.main([url, *FAST, "--json"])
    points = {finding["point"] for finding in json.loads(capsys.readouterr().out)}
    section = (ROOT / "docs/api.md").read_text(encoding="utf-8").partition("## Check your backend")[2].partition("\n#")[0]
    assert points == set(re.findall(r"^\| ([^|`]+?) \|", section, re.MULTILINE)) - {"point"}


def test_where_nobody_listens_that_is_what_is_said(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    with served(monkeypatch) as url:
        pass
    assert console.main([url, *FAST]) == 1
    assert "no answer" in capsys.readouterr().out


def test_without_a_url_it_is_the_local_stacks_backend(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def nothing() -> None:
        raise NoStack("No local stack is running here.")

    monkeypatch.setattr(console, "load", nothing)
    assert console.main([]) == 2
    assert "No local stack" in capsys.readouterr().err


def test_what_is_no_address_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert console.main(["localhost:5001"]) == 2
    assert console.main(["http://127.0.0.1:1", "--public", "tunnel.example.net"]) == 2
    assert "PUBLIC=tunnel.example.net" in capsys.readouterr().err


def test_a_backend_elsewhere_gets_the_public_address() -> None:
    with stand_in() as first, stand_in(public_url="http://tunnel.example.net/") as second:
        assert first.url.startswith("http://127.0.0.1:")
        assert second.url == "http://tunnel.example.net"


def test_without_key_and_secret_what_needs_them_is_left_open(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = replace(SOUND, api_key=None)
    with served(monkeypatch, settings=settings) as url, stand_in() as listening:
        play = Play(url, "", "", "un chat", Patience(job=20, retry=5, quiet=0.3), listening)
        found = judge(play.run())
    left = {finding.point for finding in found if finding.verdict == "not seen"}
    assert left == {"asks for its key", "sends the webhook's secret", "signs its reports"}
    assert not any(finding.verdict == "wrong" for finding in found)


def test_a_busy_backend_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ops.contract.playing._PAUSE_WHEN_BUSY", 0.05)
    with served(monkeypatch, settings=replace(SOUND, workers=1, queue_limit=1)) as url, stand_in() as listening:
        play = Play(url, KEY, SECRET, "un chat", Patience(job=20, retry=5, quiet=0.3), listening)
        found = judge(play.run())
    assert [finding for finding in found if finding.verdict == "wrong"] == []


def test_a_webhook_url_that_is_fixed_in_the_backend_reaches_the_job_all_the_same() -> None:
    with stand_in() as listening:
        play = Play("http://127.0.0.1:1", "", "", "un chat", Patience(), listening)
        record = listening.expect(play._job(Manner.TAKES), Manner.TAKES)
        told = json.dumps({"job_id": record.job.job_id, "status": "saving"}).encode()
        assert listening.hear("/api/webhooks/image-completion", {}, told) == 200
        assert listening.hear("/api/webhooks/image-completion", {}, told.replace(b"-", b"_")) == 404
        assert (len(record.reports), len(listening.strays)) == (1, 1)


@pytest.mark.parametrize("arguments", [["http://[::1"], ["http://127.0.0.1:99999"], ["http://127.0.0.1:0"]])
def test_an_address_that_nothing_can_have_is_refused_in_words(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert console.main(arguments) == 2
    assert "is no base URL" in capsys.readouterr().err


@pytest.mark.parametrize("option", [["--port", "99999"], ["--patience", "nan"], ["--retry", "-1"], ["--quiet", "inf"]])
def test_a_number_that_cannot_be_is_refused_in_words(option: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        console.main(["http://127.0.0.1:1", *option])
    assert ended.value.code == 2
    assert f"argument {option[0]}" in capsys.readouterr().err


@pytest.mark.parametrize("form", [[], ["--json"]])
def test_what_a_backend_says_reaches_a_terminal_without_its_escapes_and_not_at_length(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], form: list[str]
) -> None:
    said = "\x1b[2J\x9b31m\ud800" + "x" * 100_000
    monkeypatch.setattr(Play, "run", lambda _play: None)
    monkeypatch.setattr(console, "judge", lambda _evidence: [wrong("a point", said, "advice")])
    assert console.main(["http://127.0.0.1:1", *form]) == 1
    out = capsys.readouterr().out
    assert not set("\x1b\x9b\ud800") & set(out)
    assert 290 < out.count("x") <= 300


@pytest.mark.parametrize(
    ("key", "seen", "advice"),
    [
        ("", "each job, without a key: answered 401", "Say KEY=…"),
        ("another", "each job, with KEY: answered 401", "is not the key"),
    ],
)
def test_a_key_that_does_not_open_is_said_once_and_nothing_else_is_judged(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], key: str, seen: str, advice: str
) -> None:
    monkeypatch.setenv("BACKEND_API_KEY", key)
    with served(monkeypatch) as url:
        assert console.main([url, *FAST, "--json"]) == 1
    found = {finding["point"]: finding for finding in json.loads(capsys.readouterr().out)}
    accepts, asks = found.pop("accepts a job at once"), found.pop("asks for its key")
    assert (accepts["verdict"], accepts["seen"]) == ("wrong", seen)
    assert advice in accepts["advice"]
    assert (asks["verdict"], asks["seen"]) == ("right", f"401 {'for a wrong key' if key else 'without a key'}")
    assert {(finding["verdict"], finding["seen"], finding["advice"]) for finding in found.values()} == {
        ("not seen", "the backend lets no job in", "")
    }
    assert len(found) == 17


def test_a_backend_that_refuses_one_job_of_many_is_judged_by_the_others(told: tuple[Play, Record, str]) -> None:
    play, record, _ = told
    refused, taken = (play._look_back(record, [Answer(status, 0.0)]) for status in (403, 202))
    found = judge(replace(play.run(()), played={Manner.TAKES: refused, Manner.DROPS: taken}))
    assert [finding.seen for finding in found if finding.point == "accepts a job at once"] == [
        "a job (takes everything): answered 403"
    ]
    assert any("never ended" in finding.seen for finding in found)


def test_a_flood_is_kept_to_a_measure_and_said_to_be_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ops.contract.stand_in.MOST_REPORTS", 3)
    monkeypatch.setattr("ops.contract.reports.MOST_REPORTS", 3)
    with stand_in() as listening:
        play = Play("http://127.0.0.1:1", "", "", "un chat", Patience(job=0.1, quiet=0.05), listening)
        record = listening.expect(play._job(Manner.TAKES), Manner.TAKES)
        path = urlsplit(listening.webhook_url(record.job)).path
        key = listening.slots(record.job)[0].key
        told = json.dumps({"job_id": record.job.job_id, "status": "saving"}).encode()
        assert [listening.hear(path, {}, told) for _ in range(5)] == [200, 200, 200, 429, 429]
        for _ in range(200):
            listening.store(f"/images-bucket/{key}", {}, b"")
            listening.hear("/nowhere", {}, told)
        assert (len(record.files), len(listening.strays)) == (50, 100)
        evidence = play.run(())
        found = judge(replace(evidence, played={Manner.TAKES: play._look_back(record, [Answer(202, 0.0)])}))
    assert any(finding.verdict == "wrong" and "3 reports on one job" in finding.seen for finding in found)


@pytest.fixture
def told() -> Iterator[tuple[Play, Record, str]]:
    """A play that waits for nothing, a job of it, and the job's webhook."""
    with stand_in() as listening:
        play = Play("http://127.0.0.1:1", "", "", "un chat", Patience(job=0.1, quiet=0.05), listening)
        record = listening.expect(play._job(Manner.TAKES), Manner.TAKES)
        yield play, record, listening.webhook_url(record.job)


def shape_of(play: Play, record: Record) -> Finding:
    evidence = replace(play.run(()), played={Manner.TAKES: play._look_back(record, [Answer(202, 0.0)])})
    return reports.reports_by_contract(evidence)


def test_a_report_in_chunks_is_read_like_any_other(told: tuple[Play, Record, str]) -> None:
    """As Node's and Go's clients send what they do not know the length of, many reports on one connection."""
    _, record, url = told
    said = json.dumps({"job_id": record.job.job_id, "status": "saving"}).encode()
    with requests.Session() as session:
        for _ in range(2):
            assert session.post(url, data=iter([said[:7], said[7:]]), timeout=60).json()["applied"] is True
        assert session.post(url, data=said, timeout=60).ok
    assert [(report.content, report.word) for report in record.reports] == [(said, "saving")] * 3


def test_a_report_whose_chunks_are_none_is_a_bad_one(told: tuple[Play, Record, str]) -> None:
    play, record, url = told
    head = f"POST {urlsplit(url).path} HTTP/1.1\r\nHost: me\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
    with socket.create_connection(("127.0.0.1", urlsplit(url).port or 0), 10) as connection:
        connection.sendall(head + b"not a length\r\n")
        assert connection.recv(100).startswith(b"HTTP/1.1 ")
    assert [report.content for report in record.reports] == [b""]
    assert shape_of(play, record).verdict == "wrong"


@pytest.mark.parametrize("body", [b"x" * 4_000_000, iter([b"x" * 100_000] * 40)], ids=["whole", "in chunks"])
def test_a_report_of_megabytes_is_read_no_further_and_is_wrong(told: tuple[Play, Record, str], body: Any) -> None:
    play, record, url = told
    with suppress(requests.RequestException):  # it hangs up on what it does not read
        requests.post(url, data=body, timeout=60)
    assert [(len(report.content), report.answered) for report in record.reports] == [(256 * 1024, 413)]
    assert "is a 413: more than 256 KiB" in shape_of(play, record).seen


def test_what_goes_on_while_other_jobs_are_not_over_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """A slow backend's deaf job says its next word long after `quiet`."""
    quiet_is_over = Event()

    def play_one(play: Play, manner: Manner) -> tuple[Record, list[Answer]]:
        record = play.stand_in.expect(play._job(manner), manner)
        if manner is Manner.CANCELS:
            cancelled.append(record)
            quiet_is_over.set()
        else:
            quiet_is_over.wait(60)
            job = cancelled[0].job
            told = json.dumps({"job_id": job.job_id, "status": "completed"}).encode()
            play.stand_in.hear(urlsplit(play.stand_in.webhook_url(job)).path, {}, told)
        return record, [Answer(202, 0.0)]

    cancelled: list[Record] = []
    monkeypatch.setattr(Play, "_play", play_one)
    with stand_in() as listening:
        play = Play("http://127.0.0.1:1", "", "", "un chat", Patience(job=1, retry=1, quiet=0.05), listening)
        evidence = play.run((Manner.CANCELS, Manner.TAKES))
    assert len(evidence.played[Manner.CANCELS].outcomes) == 1


@pytest.fixture
def dribbling() -> Iterator[str]:
    """A backend whose every answer is a space now and then, for ever."""
    over = Event()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", "60000")
            self.end_headers()
            while not over.wait(0.2):
                self.wfile.write(b" ")

        def do_POST(self) -> None:
            self.do_GET()

        def log_message(self, *_given: object) -> None:
            pass

    with serving(ThreadingHTTPServer((LOOPBACK, 0), Handler)) as url:
        yield url
        over.set()


def test_the_program_ends_although_the_backend_has_not(dribbling: str) -> None:
    program = (
        "import runpy, sys, sorami.backend; sorami.backend.TOTAL_SECONDS = 0.2; sys.argv[0] = 'check'; "
        "runpy.run_module('ops.contract', run_name='__main__')"
    )
    command = [sys.executable, "-c", program, dribbling, "--patience", "0.1", "--retry", "0.1", "--quiet", "0.1", "--json"]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    ended = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=60)
    assert (ended.returncode, len(json.loads(ended.stdout))) == (1, 19)
