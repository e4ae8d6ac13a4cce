"""`sorami import`: ids that are kept or derived, and the files that rows refer to."""

from pathlib import Path

import pytest

from ops.importing.history import job_id_of
from sorami.items import from_item
from sorami.jobs import is_job_id
from tests.support.stack import Stack
from tests.unit.ops.importing.conftest import Exports, generation, image_file, notification

PNG = b"\x89PNG\r\n\x1a\n" + bytes(100)


# Ids


def test_ids_of_our_form_are_kept_and_others_are_derived(exports: Exports, stack: Stack, user: str) -> None:
    first, second = generation(user, id=f"cm{user}x", status="failed"), generation(user, id=f"cm{user}y", status="failed")
    exports.put("generations", [first, second])
    assert exports.run().exit_code == 0
    ids = [job_id_of(row["id"]) for row in (first, second)]
    assert len(set(ids)) == 2
    assert all(is_job_id(one) and stack.item(one) for one in ids)
    known = generation(user)["id"]
    assert job_id_of(known.upper()) == known


def test_the_backends_own_id_is_the_jobs_and_notifications_follow_it(exports: Exports, stack: Stack, user: str) -> None:
    job_id = generation(user)["id"]
    row = generation(user, id=f"cm{user}", job_id=job_id)
    exports.put("generations", [row])
    exports.put("images", [image_file(row, stack.images_bucket, file_url=f"s3://{stack.images_bucket}/images/{job_id}/a.png")])
    exports.put("notifications", [notification(row)])
    assert exports.run().exit_code == 0
    assert stack.item(job_id)
    [told] = [one for one in stack.items(stack.notifications_table) if one["user_id"]["S"] == user]
    assert from_item(told)["metadata"]["generationId"] == job_id


# Files


@pytest.mark.parametrize(
    "url",
    [
        "https://{bucket}.s3.eu-west-1.amazonaws.com/images/{id}/image_1.png",
        "https://s3.eu-west-1.amazonaws.com/{bucket}/images/{id}/image_1.png",
    ],
)
def test_an_s3_address_is_the_file_itself(exports: Exports, stack: Stack, user: str, url: str) -> None:
    row = generation(user)
    exports.put("generations", [row])
    exports.put("images", [image_file(row, "", file_url=url.format(bucket=stack.images_bucket, id=row["id"]))])
    assert exports.run().exit_code == 0
    [image] = from_item(stack.item(row["id"]) or {})["images"]
    assert (image["bucket"], image["key"]) == (stack.images_bucket, f"images/{row['id']}/image_1.png")


@pytest.mark.parametrize("url", ["/generated_images/a%20b.png", "https://old.example.org/files/a%20b.png", "./a b.png"])
def test_files_in_a_folder_are_uploaded_once(exports: Exports, stack: Stack, user: str, tmp_path: Path, url: str) -> None:
    folder = tmp_path / "files"
    (folder / "generated_images").mkdir(parents=True)
    (folder / "a b.png").write_bytes(PNG)
    row = generation(user)
    exports.put("generations", [row])
    exports.put("images", [image_file(row, "", file_url=url)])
    assert exports.run("--files-from", str(folder)).exit_code == 0
    key = f"images/{row['id']}/image_1.png"
    found = stack.s3.get_object(Bucket=stack.images_bucket, Key=key)
    assert (found["Body"].read(), found["ContentType"]) == (PNG, "image/png")
    stack.s3.delete_object(Bucket=stack.images_bucket, Key=key)
    stack.dynamodb.put_item(TableName=stack.jobs_table, Item={"job_id": {"S": row["id"]}, "deleted_at": {"S": "2026"}})
    assert exports.run("--files-from", str(folder)).exit_code == 5
    assert stack.s3.list_objects_v2(Bucket=stack.images_bucket, Prefix=f"images/{row['id']}")["KeyCount"] == 0


def test_an_uploaded_file_is_not_sent_again(exports: Exports, stack: Stack, user: str, tmp_path: Path) -> None:
    """The import ended between the file and its job."""
    (tmp_path / "a.png").write_bytes(PNG)
    row = generation(user)
    exports.put("generations", [row])
    exports.put("images", [image_file(row, "", file_url="a.png")])
    key = f"images/{row['id']}/image_1.png"
    stack.s3.put_object(Bucket=stack.images_bucket, Key=key, Body=PNG, Metadata={"from": "before"})
    assert exports.run("--files-from", str(tmp_path)).exit_code == 0
    assert stack.s3.head_object(Bucket=stack.images_bucket, Key=key)["Metadata"] == {"from": "before"}


def test_no_path_leads_out_of_the_folder(exports: Exports, stack: Stack, user: str, tmp_path: Path) -> None:
    folder = tmp_path / "files"
    folder.mkdir()
    (tmp_path / "secret.png").write_bytes(PNG)
    (folder / "link.png").symlink_to(tmp_path / "secret.png")
    for url in ("../secret.png", "link.png", "%2e%2e/secret.png"):
        row = generation(user)
        exports.put("generations", [row])
        exports.put("images", [image_file(row, "", file_url=url, filename="")])
        assert exports.run("--files-from", str(folder)).exit_code == 5
        assert stack.item(row["id"]) is None
        assert [reason for *_, reason in exports.reasons] == ["no_images"]
