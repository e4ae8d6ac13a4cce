import json
import re
from types import SimpleNamespace
from typing import Any, cast

from local.cloud import _complete_secret


def test_both_secrets_of_a_local_run_are_safe_in_a_shell_and_the_rest_stays() -> None:
    stored = {"webhook_secret": "a$(b)'\"", "webhook_secret_previous": "before", "backend_api_key": ""}
    put: list[dict[str, Any]] = []
    client = SimpleNamespace(
        get_secret_value=lambda **_: {"SecretString": json.dumps(stored)}, put_secret_value=lambda **what: put.append(what)
    )
    whole = _complete_secret(cast("Any", client), "secret")
    assert [json.loads(one["SecretString"]) for one in put] == [whole]
    for name in ("webhook_secret", "backend_api_key"):
        assert re.fullmatch("[0-9A-Za-z]{32,}", whole[name])
    assert whole["webhook_secret"] != whole["backend_api_key"]
    assert whole["webhook_secret_previous"] == "before"
