import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import pytest
from botocore.handlers import BUILTIN_HANDLERS
from botocore.loaders import Loader
from botocore.session import Session

import sorami.observability  # noqa: F401  # Powertools gives every session a handler of its own
from building.services import known_services
from local.environment import ROOT
from sorami.clients import client, session
from tests.support.stack import REGION

type Service = Literal["apigatewaymanagementapi", "dynamodb", "s3", "secretsmanager", "sns", "sqs"]

SERVICES: tuple[Service, ...] = (
    "apigatewaymanagementapi",
    "dynamodb",
    "s3",
    "secretsmanager",
    "sns",
    "sqs",
)

CREDENTIALS = ("signin", "sso", "sso-oidc", "sts")
"""What botocore asks for credentials (its credentials.py and tokens.py)."""


@pytest.fixture(autouse=True)
def _deployed(deploy: Callable[..., None]) -> None:
    deploy("GenerateFunction")


@pytest.mark.parametrize("service", SERVICES)
def test_a_worker_has_one_client_of_each_service(service: Service) -> None:
    assert client(service) is client(service)
    assert client(service).meta.region_name == REGION


def _handlers(of: Any, event: str) -> list[str]:
    """In their order; those that are objects by their class."""
    found = of._events._emitter._handlers.prefix_search(event)
    return [getattr(one, "__name__", type(one).__name__) for one in found]


def test_every_service_that_has_a_client_is_tried_here() -> None:
    assert set(SERVICES) == known_services(ROOT / "layers/common/sorami/clients.py")


@pytest.mark.parametrize("service", [*SERVICES, *CREDENTIALS])
def test_each_service_has_botocores_own_handlers(service: str) -> None:
    """Of every event of each operation, and of its operations' other names, in the same order."""
    model = Session().get_service_model(service)
    names = {spec[0].partition(".")[0] for spec in BUILTIN_HANDLERS} - {"docs"}
    whole = Session()
    model = whole.get_service_model(service)
    names = {spec[0].partition(".")[0] for spec in BUILTIN_HANDLERS} - {"docs"}
    events = [
        f"{name}.{model.service_id.hyphenize()}{end}"
        for name in names
        for end in ("", *(f".{one}" for one in model.operation_names))
    ]
    events += [spec[0] for spec in BUILTIN_HANDLERS if spec[0].startswith(f"getattr.{model.service_id.hyphenize()}.")]
    assert [(one, _handlers(session(), one)) for one in events] == [(one, _handlers(whole, one)) for one in events]


@pytest.mark.parametrize("service", SERVICES)
def test_all_attempts_end_before_a_function_does(service: Service) -> None:
    config = client(service).meta.config
    retries = config.retries  # type: ignore[attr-defined]
    assert retries["mode"] == "standard"
    assert (config.connect_timeout + config.read_timeout) * retries["total_max_attempts"] <= 10  # type: ignore[attr-defined]


@pytest.mark.parametrize(("endpoint", "start"), [("http://127.0.0.1:4566", "http://127.0.0.1:4566/pictures/a.png?")])
def test_a_local_engine_under_a_numeric_address_gets_path_style_urls(
    endpoint: str, start: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
    url = client("s3").generate_presigned_url("get_object", Params={"Bucket": "pictures", "Key": "a.png"})
    assert url.startswith(start)


@pytest.mark.parametrize("name", ["endpoints", "dynamodb/2012-08-10/service-2"])
def test_descriptions_are_what_botocore_reads_whether_they_are_packed_or_not(name: str, tmp_path: Path) -> None:
    ours = session().get_component("data_loader").file_loader
    said = Loader().load_data(name)
    assert ours.load_file(f"{Loader.BUILTIN_DATA_PATH}/{name}") == said
    (tmp_path / "unpacked.json").write_text(json.dumps(said))
    assert type(ours.load_file(str(tmp_path / "unpacked"))) is dict
    assert ours.load_file(str(tmp_path / "unpacked")) == said
    assert ours.load_file(str(tmp_path / "unknown")) is None


def test_a_url_names_the_buckets_region(monkeypatch: pytest.MonkeyPatch) -> None:
    url = client("s3").generate_presigned_url("get_object", Params={"Bucket": "pictures", "Key": "a.png"})
    assert url.startswith(f"https://pictures.s3.{REGION}.amazonaws.com/a.png?")
    assert "X-Amz-Algorithm=AWS4-HMAC-SHA256" in url
