import os
from dataclasses import replace
from pathlib import Path

import pytest

from local.failures import NoStack
from local.record import Stack, load, save

STACK = Stack(
    api_url="http://127.0.0.1:1/_aws/execute-api/a",
    websocket_url=None,
    page_url="http://127.0.0.1:4/generate-images",
    backend_url="http://127.0.0.1:2",
    webhook_url="http://127.0.0.1:1/_aws/execute-api/a/api/webhooks/image-completion",
    webhook_secret="s",
    backend_api_key="k",
    issuer="http://127.0.0.1:3",
    audience="sorami-images",
    aws_endpoint_url="http://127.0.0.1:1",
    aws_region="eu-west-3",
    stack_name="sorami-local",
    jobs_table="jobs",
    notifications_table="notifications",
    images_bucket="images",
    functions={"GenerateFunction": "generate"},
    resources={"GenerateFunction": "generate"},
    signing_key="key.pem",
    webhook_secret_file="webhook-secret",
    pid=os.getpid(),
)


def test_what_was_saved_is_loaded_and_only_its_owner_may_read_it(tmp_path: Path) -> None:
    save(STACK, tmp_path)
    assert load(tmp_path) == STACK
    assert (tmp_path / "stack.json").stat().st_mode & 0o077 == 0
    assert [path.name for path in tmp_path.iterdir()] == ["stack.json"]


def test_no_file_means_no_stack(tmp_path: Path) -> None:
    with pytest.raises(NoStack, match="make run"):
        load(tmp_path)


def test_a_file_of_another_make_means_no_stack(tmp_path: Path) -> None:
    (tmp_path / "stack.json").write_text('{"api_url": "http://127.0.0.1:1"}')
    with pytest.raises(NoStack, match="make run"):
        load(tmp_path)


def test_what_a_killed_run_left_behind_is_no_stack(tmp_path: Path) -> None:
    save(replace(STACK, pid=2**22 + 1), tmp_path)  # above any pid that Linux or macOS gives
    with pytest.raises(NoStack, match="is gone"):
        load(tmp_path)
