"""`sorami import`, from exported files to what the API answers of them."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from typer.testing import CliRunner

from discard import app as discard
from ops.cli import app
from ops.importing import running, writing
from ops.importing.writing import Writer
from query import app as query
from sorami.errors import StoreUnavailable
from sorami.items import from_item, job_from_item, job_to_item
from sorami.store import JobStore
from tests.support.deployed import NAME
from tests.support.gateway import invoke, request
from tests.support.samples import completed, minutes, pending_job
from tests.support.stack import Stack
from tests.unit.ops.conftest import Ask
from tests.unit.ops.importing.conftest import Bring, Exports, generation, image_file, notification


@pytest.fixture
def everything(exports: Exports, stack: Stack, user: str) -> list[dict[str, Any]]:
    """Five generations in the export, with an image and a notification each; the third fails."""
    rows = [generation(user, status="failed" if number == 2 else "completed") for number in range(5)]
    exports.put("generations", rows)
    exports.put("images", [image_file(row, stack.images_bucket) for row in rows if row["status"] == "completed"])
    exports.put("notifications", [notification(row) for row in rows])
    return rows


def tables(stack: Stack) -> list[list[dict[str, Any]]]:
    return [
        sorted(stack.items(name), key=lambda item: json.dumps(item, sort_keys=True))
        for name in (stack.jobs_table, stack.notifications_table)
    ]


# What the API answers


def test_an_imported_job_is_in_the_gallery_and_has_its_result(
    bring: Bring, stack: Stack, user: str, deploy: Callable[..., None]
) -> None:
    row = bring()
    deploy("QueryFunction")
    [card] = invoke(query.handler, request("GET /api/images/user", user=user)).json["generations"]
    assert (card["id"], card["prompt"], card["model"]) == (row["id"], row["prompt"], "sorami-1")
    assert (card["createdAt"], card["completedAt"]) == ("2026-09-01T10:00:00.250Z", "2026-09-01T10:00:12.500Z")
    assert (card["images"][0]["width"], card["images"][0]["fileSize"]) == (1024, 524_288)
    result = invoke(query.handler, request("GET /api/images/{id}/result", user=user, path={"id": row["id"]})).json
    assert result["message"] == "1 image(s) générée(s) avec succès"
    assert result["images"][0]["file_path"] == f"images/{row['id']}/image_1.png"
    assert result["metadata"]["generation_time_seconds"] == 12.5


def test_imported_notifications_are_in_the_feed_read_as_they_were(
    exports: Exports, stack: Stack, user: str, deploy: Callable[..., None]
) -> None:
    row = generation(user)
    exports.put(
        "notifications",
        [
            notification(row),
            notification(row, created_at="2026-09-02T10:00:00Z", is_read="t", read_at="2026-09-03 10:00:00"),
            notification(row, created_at="2026-09-04T10:00:00Z", is_read=1, metadata=json.dumps({"generationId": row["id"]})),
        ],
    )
    assert exports.run().exit_code == 0
    deploy("QueryFunction")
    feed = invoke(query.handler, request("GET /api/notifications", user=user)).json
    assert feed["unreadCount"] == 1
    assert [one["readAt"] for one in feed["notifications"]] == ["2026-09-04T10:00:00.000Z", "2026-09-03T10:00:00.000Z", None]
    assert {one["metadata"]["generationId"] for one in feed["notifications"]} == {row["id"]}
    unread = {"notificationId": feed["notifications"][2]["id"], "isRead": True}
    assert invoke(query.handler, request("PUT /api/notifications", user=user, body=unread)).status == 200
    assert invoke(query.handler, request("GET /api/notifications", user=user)).json["unreadCount"] == 0


def test_an_imported_item_is_what_its_events_would_have_left(store: JobStore) -> None:
    """The codec writes a finished job as `moves` does, so every reader takes the one for the other."""
    job = store.create(pending_job()).job
    done = store.apply(job.job_id, completed(job.job_id), minutes(5)).job
    raw = store._client.get_item(TableName=store._table, Key={"job_id": {"S": job.job_id}})["Item"]
    written = {name: value for name, value in raw.items() if name != "writer"}
    assert job_to_item(done) == written
    assert job_from_item(job_to_item(done)) == done


@pytest.mark.parametrize(("status", "state"), [("failed", "FAILED"), ("CANCELLED", "CANCELLED"), ("success", "COMPLETED")])
def test_each_end_keeps_its_kind(exports: Exports, stack: Stack, user: str, status: str, state: str) -> None:
    row = generation(user, status=status, error="Refusé")
    exports.put("generations", [row])
    exports.put("images", [image_file(row, stack.images_bucket)])
    exports.run()
    values = from_item(stack.item(row["id"]) or {})
    assert values["status"] == state
    assert values.get("error") == ("Refusé" if state == "FAILED" else None)
    assert "open_user" not in values
    assert ("gallery_user" in values) is (state == "COMPLETED")


def test_the_console_does_not_wait_for_a_notification_of_history(bring: Bring, ask: Ask) -> None:
    answer = ask("job", bring()["id"])
    assert "of history nobody is told" in answer.stdout


# Once


def test_twice_is_the_same_end_state(exports: Exports, everything: list[dict[str, Any]], stack: Stack) -> None:
    assert exports.run().exit_code == 0
    once = tables(stack)
    again = exports.run("--json")
    assert again.exit_code == 0
    assert tables(stack) == once
    counts = json.loads(again.stdout)["tables"]
    assert counts["image_generations"] == {"written": 0, "already_there": 5, "skipped": 0, "changed": 0}
    assert counts["notifications"] == {"written": 0, "already_there": 5, "skipped": 0, "changed": 0}


def test_an_import_that_was_ended_goes_on_where_it_was(
    exports: Exports, everything: list[dict[str, Any]], stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "CHUNK", 2)
    written: list[str] = []
    put = Writer.write_job

    def dying(self: Writer, planned: Any) -> Any:
        if len(written) == 3:
            raise KeyboardInterrupt
        written.append(planned.job.job_id)
        return put(self, planned)

    monkeypatch.setattr(Writer, "write_job", dying)
    assert exports.run().exit_code == 130
    assert (exports.folder / "state.json").exists()
    written.clear()

    def noting(self: Writer, planned: Any) -> Any:
        written.append(planned.job.job_id)
        return put(self, planned)

    monkeypatch.setattr(Writer, "write_job", noting)
    answer = exports.run("--json")
    assert answer.exit_code == 0, answer.output
    said = json.loads(answer.stdout)
    assert said["resumed"] is True
    assert written == [row["id"] for row in everything[2:]]  # the first chunk is not tried again
    assert said["tables"]["image_generations"] == {"written": 4, "already_there": 1, "skipped": 0, "changed": 0}
    assert exports.report == []  # and the images of its rows are no orphans
    assert not (exports.folder / "state.json").exists()


def test_a_report_that_went_on_has_each_row_once(exports: Exports, user: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "CHUNK", 2)
    rows = [generation(user, status="unheard of") for _ in range(5)]
    exports.put("generations", [*rows, generation(user, status="failed")])

    def dying(self: Writer, planned: Any) -> Any:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(Writer, "write_job", dying)
        assert exports.run().exit_code == 130
    with (exports.folder / "report.jsonl").open("a") as file:
        file.write('{"half a li')
    assert exports.run().exit_code == 5
    assert [line for _, line, _ in exports.reasons] == [1, 2, 3, 4, 5]


def test_a_state_of_other_files_is_refused(exports: Exports, bring: Bring, user: str) -> None:
    (exports.folder / "state.json").write_text('{"identity": {}}')
    exports.put("generations", [generation(user)])
    answer = exports.run()
    assert answer.exit_code == 4
    assert "another import" in answer.stderr
    assert exports.run("--dry-run").exit_code == 4


def test_the_report_never_replaces_an_export(exports: Exports, user: str) -> None:
    exports.put("generations", [generation(user)])
    before = (exports.folder / "generations.jsonl").read_bytes()
    assert exports.run("--report", str(exports.folder / "generations.jsonl")).exit_code == 2
    assert (exports.folder / "generations.jsonl").read_bytes() == before


def test_a_dry_run_writes_nothing_and_says_the_same_of_rows(
    exports: Exports, everything: list[dict[str, Any]], stack: Stack, tmp_path: Path
) -> None:
    before = tables(stack)
    answer = exports.run("--dry-run", "--json")
    assert answer.exit_code == 0
    assert json.loads(answer.stdout)["tables"]["image_generations"]["written"] == 5
    assert tables(stack) == before
    assert not (exports.folder / "state.json").exists()
    assert stack.s3.list_objects_v2(Bucket=stack.images_bucket).get("KeyCount") == 0


def test_a_deleted_job_is_not_brought_back(
    exports: Exports, bring: Bring, stack: Stack, user: str, deploy: Callable[..., None]
) -> None:
    row = bring()
    deploy("DiscardFunction")
    answer = invoke(discard.handler, request("DELETE /api/images/{id}", user=user, path={"id": row["id"]}))
    assert answer.status == 204
    tombstone = stack.item(row["id"])
    assert exports.run().exit_code == 5
    assert stack.item(row["id"]) == tombstone
    assert exports.reasons == [("image_generations", 1, "deleted")]


def test_a_job_of_the_services_own_is_never_touched(exports: Exports, stack: Stack, store: JobStore, user: str) -> None:
    mine = store.create(pending_job(user_id=user)).job
    before = stack.item(mine.job_id)
    exports.put("generations", [generation(user, id=mine.job_id, status="failed")])
    assert exports.run().exit_code == 5
    assert stack.item(mine.job_id) == before
    assert exports.reasons == [("image_generations", 1, "id_taken")]


def test_a_throttled_table_is_waited_for_and_then_given_up_with_all_noted(
    exports: Exports, everything: list[dict[str, Any]], stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[float] = []
    create, failures = JobStore.create, iter([True] * 3)

    def throttled(self: JobStore, job: Any) -> Any:
        if next(failures, False):
            raise StoreUnavailable("ProvisionedThroughputExceededException")
        return create(self, job)

    monkeypatch.setattr(JobStore, "create", throttled)
    monkeypatch.setattr("ops.commands.importing.Writer", lambda **parts: Writer(**parts, sleep=waits.append))
    assert exports.run().exit_code == 0
    assert len(waits) == 3
    failures = iter([True] * 1000)
    assert exports.run().exit_code == 1
    assert len(waits) == 3 + writing.TRIES - 1
    assert (exports.folder / "state.json").exists()


# Dialects, from end to end


@pytest.mark.parametrize(
    "files",
    [
        pytest.param(
            (
                'id,clerkId\n"{old}","{user}"\n',
                'id,authorId,prompt,status,createdAt,error\n"{id}","{old}","un \\"chat\\"","COMPLETED",2026-09-01 10:00,\\N\n',
                'id,generationId,fileUrl,format,width,height,createdAt\n"1","{id}","{url}","PNG","8","6",\\N\n',
            ),
            id="mysql",
        ),
        pytest.param(
            (
                "id,clerk_id\n{old},{user}\n",
                'id,author_id,prompt,status,created_at,error\n{id},{old},"un ""chat""",COMPLETED,2026-09-01 10:00:00+00,\n',
                "id,generation_id,file_url,format,width,height,created_at\n1,{id},{url},PNG,8,6,\n",
            ),
            id="postgres",
        ),
    ],
)
def test_exports_of_both_databases(exports: Exports, stack: Stack, user: str, files: tuple[str, ...]) -> None:
    row = generation(user)
    url = f"s3://{stack.images_bucket}/images/{row['id']}/image_1.png"
    said = {"old": f"old-{user}", "user": user, "id": row["id"], "url": url}
    for table, content in zip(("users", "generations", "images"), files, strict=True):
        exports.put_text(table, "csv", content.format(**said))
    answer = exports.run()
    assert answer.exit_code == 0, answer.output + str(exports.report)
    values = from_item(stack.item(row["id"]) or {})
    assert (values["prompt"], values["user_id"], values["images"][0]["width"]) == ('un "chat"', user, 8)
    assert "error" not in values


def test_neither_generations_nor_notifications_is_wrong_usage(exports: Exports) -> None:
    assert CliRunner().invoke(app, [*exports.words, "--stack", NAME]).exit_code == 2


def test_a_denied_write_is_no_rows_fault(
    exports: Exports, everything: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def denied(self: JobStore, job: Any) -> Any:
        answer = {"Error": {"Code": "AccessDeniedException", "Message": "no"}, "ResponseMetadata": {"HTTPStatusCode": 400}}
        raise ClientError(answer, "PutItem")  # type: ignore[arg-type]  # as much of it as is read

    monkeypatch.setattr(JobStore, "create", denied)
    assert exports.run().exit_code == 1
    assert exports.report == []
