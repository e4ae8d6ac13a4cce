"""`sorami import`: rows that are left out or changed, and the reason that is reported."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from sorami.items import from_item
from tests.support.samples import new_user
from tests.support.stack import Stack
from tests.unit.ops.importing.conftest import Bring, Exports, generation, image_file, notification


def _file(**changes: Any) -> Callable[[dict[str, Any], str], dict[str, Any]]:
    return lambda row, bucket: image_file(row, bucket, **changes)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"status": "processing"}, "still_open"),
        ({"status": "mystery"}, "unknown_status"),
        ({"author_id": "nobody"}, "unknown_user"),
        ({"created_at": None}, "no_time"),
        ({"created_at": "yesterday"}, "no_time"),
        ({"prompt": "  "}, "no_prompt"),
        ({"prompt": ["a"]}, "no_text"),
        ({"prompt": "\ud800"}, "not_utf8"),
        ({"id": ""}, "no_id"),
    ],
)
def test_a_generation_that_cannot_be_taken_is_reported_and_its_neighbours_are_taken(
    exports: Exports, stack: Stack, user: str, changes: dict[str, Any], reason: str
) -> None:
    bad, good = generation(user, **changes), generation(user, status="failed")
    exports.put("generations", [bad, good])
    exports.put("images", [])
    assert exports.run().exit_code == 5
    assert exports.reasons == [("image_generations", 1, reason)]
    assert stack.item(good["id"])


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"file_url": "https://elsewhere.example.org/a.png"}, "file_elsewhere"),
        ({"file_url": "s3://another-bucket/a.png"}, "file_elsewhere"),
        ({"format": "TIFF"}, "unknown_format"),
        ({"format": None, "filename": None, "file_url": "s3://b/a"}, "unknown_format"),
        ({"width": 70_000}, "no_dimensions"),
        ({"generation_id": None}, "no_generation"),
        ({"generation_id": "gone"}, "orphan"),
    ],
)
def test_an_image_that_cannot_be_taken_is_reported_and_its_job_is_taken(
    exports: Exports, stack: Stack, user: str, changes: dict[str, Any], reason: str
) -> None:
    row = generation(user)
    exports.put("generations", [row])
    exports.put("images", [image_file(row, stack.images_bucket, **changes), image_file(row, stack.images_bucket)])
    assert exports.run().exit_code == 5
    assert exports.reasons == [("image_files", 1, reason)]
    assert len(from_item(stack.item(row["id"]) or {})["images"]) == 1


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"type": "WELCOME"}, "unknown_type"),
        ({"user_id": "nobody"}, "unknown_user"),
        ({"created_at": None}, "no_time"),
        ({"title": None}, "no_text"),
        ({"is_read": "maybe"}, "no_boolean"),
        ({"metadata": "{"}, "no_json"),
        ({"metadata": None}, "no_generation"),
        ({"metadata": {"generationId": "x", "tokens": 10**50}}, "cannot_be_stored"),
    ],
)
def test_a_notification_that_cannot_be_taken_is_reported(
    exports: Exports, user: str, changes: dict[str, Any], reason: str
) -> None:
    exports.put("notifications", [notification(generation(user), **changes), notification(generation(user))])
    answer = exports.run("--json")
    assert answer.exit_code == 5
    assert exports.reasons == [("notifications", 1, reason)]
    assert json.loads(answer.stdout)["tables"]["notifications"]["written"] == 1


def test_users_without_a_sub_and_with_two_are_reported(exports: Exports, user: str, stack: Stack) -> None:
    other = new_user()
    exports.put("users", [{"id": f"old-{user}", "sub": user}, {"id": "x", "sub": None}, {"id": f"old-{user}", "sub": other}])
    row = generation(user, status="failed")
    exports.put("generations", [row])
    assert exports.run().exit_code == 5
    assert exports.reasons == [("users", 2, "no_sub"), ("users", 3, "two_subs")]
    assert (stack.item(row["id"]) or {})["user_id"]["S"] == user


def test_two_rows_of_one_backend_job_are_not_made_one(exports: Exports, user: str) -> None:
    job_id = generation(user)["id"]
    exports.put("generations", [generation(user, job_id=job_id, status="failed") for _ in range(2)])
    assert exports.run().exit_code == 5
    assert exports.reasons == [("image_generations", 2, "job_id_twice")]


def test_a_completed_job_without_an_image_is_reported(exports: Exports, stack: Stack, user: str) -> None:
    row = generation(user)
    exports.put("generations", [row])
    assert exports.run().exit_code == 5
    assert exports.reasons == [("image_generations", 1, "no_images")]
    assert stack.item(row["id"]) is None


def test_a_fifth_image_is_left_out_and_said(exports: Exports, stack: Stack, user: str) -> None:
    row = generation(user, num_images=9)
    exports.put("generations", [row])
    exports.put("images", [image_file(row, stack.images_bucket) for _ in range(5)])
    assert exports.run().exit_code == 5
    assert exports.reasons == [("image_files", 5, "too_many_images")]
    values = from_item(stack.item(row["id"]) or {})
    assert (len(values["images"]), values["num_images"]) == (4, 4)


def test_missing_sizes_are_those_that_were_asked_for(exports: Exports, stack: Stack, user: str) -> None:
    row = generation(user)
    exports.put("generations", [row])
    exports.put("images", [image_file(row, stack.images_bucket, width=None, height=None, file_size=None)])
    assert exports.run().exit_code == 0
    [image] = from_item(stack.item(row["id"]) or {})["images"]
    assert (image["width"], image["height"], image.get("size_bytes")) == (1024, 768, None)


def test_a_prompt_over_the_limit_is_cut_and_said(exports: Exports, bring: Bring, stack: Stack) -> None:
    row = bring(prompt="x" * 5000)
    prompt = from_item(stack.item(row["id"]) or {})["prompt"]
    assert (len(prompt), prompt[-1]) == (4000, "…")
    assert [(one["fate"], one["reason"]) for one in exports.report] == [("changed", "prompt_changed")]
