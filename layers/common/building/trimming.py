"""What of the wheels stays behind: data of AWS services that nothing calls, words for people, stubs, tests, installers' notes."""

import gzip
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from building.failure import BuildFailure

_GUESSING = ("charset_normalizer", "charset_normalizer-*.dist-info")
"""Guesses the encoding of a text whose sender does not say it, which requests does without: what is read here is bytes."""

_FILES = ("*.pyi", "*/RECORD", "*/INSTALLER", "*/REQUESTED", "*/examples-1.json", "swagger_ui/*.js", "swagger_ui/*.css")
_FOLDERS = ("bin", "*-stubs", "*/tests", "boto3/examples", *_GUESSING)
_UTILITIES = (
    "auth_alpha",
    "circuit_breaker",
    "data_masking",
    "feature_flags",
    "idempotency",
    "kafka",
    "parameters",
    "streaming",
    "validation",
)
"""Of Powertools, which nothing here imports: they stand alone, and a bundle is tried with every function of ours."""


def trim(folder: Path, services: frozenset[str]) -> None:
    """Raises BuildFailure if botocore does not know one of the services."""
    for pattern in [*_FOLDERS, *(f"aws_lambda_powertools/utilities/{name}" for name in _UTILITIES)]:
        for found in list(folder.glob(pattern)):
            shutil.rmtree(found)
    trim_botocore(folder / "botocore/data", services)
    trim_services(folder / "boto3/data", services)
    for pattern in _FILES:
        for found in list(folder.rglob(pattern)):
            found.unlink()


def trim_botocore(data: Path, services: frozenset[str]) -> None:
    if missing := sorted(one for one in services if not (data / one).is_dir()):
        raise BuildFailure(f"botocore has no description of {', '.join(missing)}, of which sorami/clients.py makes clients.")
    trim_services(data, services)
    for description in [*data.rglob("service-2.json.gz"), *data.rglob("endpoint-rule-set-1.json.gz")]:
        _write(description.with_suffix(""), _without_words(json.loads(gzip.decompress(description.read_bytes()))))
        description.unlink()
    endpoints = data / "endpoints.json"
    _write(endpoints, _only(json.loads(endpoints.read_bytes()), frozenset(_endpoint_prefixes(data))))


def trim_services(data: Path, services: frozenset[str]) -> None:
    """Leaves of each service what stands under its newest date, which is the one that clients are made of."""
    for service in [one for one in data.iterdir() if one.is_dir()]:
        if service.name not in services:
            shutil.rmtree(service)
            continue
        *older, _ = sorted(one for one in service.iterdir() if one.is_dir())
        for version in older:
            shutil.rmtree(version)


def _endpoint_prefixes(data: Path) -> Iterator[str]:
    """endpoints.json calls services by the prefix of their hosts: apigatewaymanagementapi is execute-api there."""
    for description in data.rglob("service-2.json"):
        yield json.loads(description.read_bytes())["metadata"]["endpointPrefix"]


def _only(endpoints: dict[str, Any], prefixes: frozenset[str]) -> dict[str, Any]:
    """All partitions and regions, but of the services these."""
    for partition in endpoints["partitions"]:
        partition["services"] = {name: one for name, one in partition["services"].items() if name in prefixes}
    return endpoints


def _without_words(node: Any) -> Any:
    """Blank, not gone: presigning for S3 looks for the key. Only texts are words: a shape may have a member of that name."""
    match node:
        case dict():
            return {
                name: "" if name == "documentation" and isinstance(value, str) else _without_words(value)
                for name, value in node.items()
            }
        case list():
            return [_without_words(one) for one in node]
    return node


def _write(file: Path, content: Any) -> None:
    file.write_text(json.dumps(content, separators=(",", ":"), ensure_ascii=False), encoding="utf-8")
