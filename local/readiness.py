"""Whether an environment may go out: no issuer or backend of a laptop, no placeholder, no secret that anybody could guess.

`make deploy` asks before anything is built. The template itself refuses an http issuer anywhere but on 127.0.0.1.
"""

import json
import re
import shlex
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from botocore.exceptions import ClientError

from local.failures import BadOption
from sorami.wire.urls import is_public_http_url

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_secretsmanager import SecretsManagerClient

_URLS: Final = ("JwtIssuer", "BackendUrl")
_PLACEHOLDER = re.compile(r"[<>…]|\.\.\.|\b(x{4,}|your|changeme|change-me|placeholder|todo|as.above)\b", re.IGNORECASE)
_NAMES_OF_NOBODY = ("example.com", "example.net", "example.org")  # RFC 2606; the rest is no public name either
_LEAST_SECRET: Final = 32
_PREFIX = re.compile(r"whsec_")


def parameters_of(overrides: str | Iterable[str] | Mapping[str, object]) -> dict[str, str]:
    """`{"Environment": "dev"}` of each form that samconfig.toml may write `parameter_overrides` in. Raises BadOption."""
    if isinstance(overrides, Mapping):
        return {name: str(value) for name, value in overrides.items()}
    text = overrides if isinstance(overrides, str) else " ".join(overrides)
    try:
        words = shlex.split(text)
    except ValueError as error:
        raise BadOption(f"parameter_overrides of samconfig.toml cannot be read ({error}): {text}") from error
    return {name: value.strip("'\"") for name, _, value in (word.partition("=") for word in words)}


def faults_of_parameters(parameters: Mapping[str, str], endpoint_url: str | None = None) -> Iterator[str]:
    """In words, why these parameters must not go out; nothing for `Environment=local` on an emulator at `endpoint_url`."""
    if parameters.get("Environment") == "local":
        if not endpoint_url:
            yield "Environment is local, which leaves out TLS and these checks, and AWS_ENDPOINT_URL names no emulator"
        return
    for name in _URLS:
        if name not in parameters:
            yield f"{name} is not set"
        elif fault := _fault_of_url(parameters[name]):
            yield f"{name} is {parameters[name]}: {fault}"
    for name, value in parameters.items():
        if name not in _URLS and _PLACEHOLDER.search(value):
            yield f"{name} is {value}: a placeholder"
    if parameters.get("EmulatorHost"):
        yield "EmulatorHost is set: that is for an emulator only"


def faults_of_secret(cloudformation: "CloudFormationClient", manager: "SecretsManagerClient", stack_name: str) -> Iterator[str]:
    """In words, why the stack that is there must not be deployed again; nothing if there is none. Raises botocore's errors."""
    try:
        found = cloudformation.describe_stack_resource(StackName=stack_name, LogicalResourceId="ServiceSecret")
    except ClientError as error:
        if error.response["Error"]["Code"] == "ValidationError":  # no such stack, or none that has come to its secret
            return
        raise
    secret_id = found["StackResourceDetail"].get("PhysicalResourceId", "")
    values: dict[str, str] = json.loads(manager.get_secret_value(SecretId=secret_id)["SecretString"])
    for name in ("webhook_secret", "webhook_secret_previous", "backend_api_key"):
        value = values.get(name) or ""
        is_needed = name == "webhook_secret"  # the others are empty until an operator puts them
        if (value or is_needed) and _is_guessable(value, _LEAST_SECRET if name != "backend_api_key" else 1):
            yield f"{name} in the stack's service secret is a placeholder, or shorter than {_LEAST_SECRET} characters"


def _is_guessable(secret: str, least: int) -> bool:
    return len(_PREFIX.sub("", secret, count=1)) < least or bool(_PLACEHOLDER.search(secret)) or len(set(secret)) < min(least, 8)


def _fault_of_url(url: str) -> str | None:
    if _PLACEHOLDER.search(url) or not is_public_http_url(url) or _is_nobodys(url):
        return "no place that a deployed stack can trust"
    return None if urlsplit(url).scheme == "https" else "only https keeps tokens and keys from being read on the way"


def _is_nobodys(url: str) -> bool:
    host = (urlsplit(url).hostname or "").rstrip(".")
    return any(host == name or host.endswith(f".{name}") for name in _NAMES_OF_NOBODY)
