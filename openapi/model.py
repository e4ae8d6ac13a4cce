"""What a route is made of. `routes` holds the table; `document` turns it into OpenAPI."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from http import HTTPStatus
from typing import Any

from pydantic import BaseModel

from sorami.errors import ServiceError


class Proof(Enum):
    """How a caller shows who it is; the value names the security schemes, any of which may do."""

    USER_TOKEN = ("userToken",)
    WEBHOOK = ("webhookSecret", "webhookSignature")
    NONE = ()


@dataclass(frozen=True, kw_only=True)
class Header:
    """A header of a request or of an answer."""

    name: str
    text: str
    schema: Mapping[str, Any]
    always: bool = True


@dataclass(frozen=True, kw_only=True)
class Link:
    """Where the answer leads: `parameters` of the named operation, as runtime expressions of OpenAPI."""

    name: str
    operation_id: str
    parameters: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Answer:
    """An answer of the service itself. `shape` is a type of `sorami.wire`, or None for an answer without a body."""

    status: HTTPStatus
    text: str
    shape: Any = None
    examples: Mapping[str, Any] | None = None
    headers: Sequence[Header] = ()
    links: Sequence[Link] = ()
    media_type: str = "application/json"


@dataclass(frozen=True, kw_only=True)
class Route:
    """One route. `key` is the gateway's (`GET /health`), `function` the template's logical id, `errors` what may be raised
    beyond what every route of this kind of caller may raise."""

    key: str
    function: str
    operation_id: str
    tag: str
    summary: str
    text: str
    proof: Proof
    answers: Sequence[Answer]
    query: type[BaseModel] | None = None
    headers: Sequence[Header] = ()
    body: type[BaseModel] | None = None
    body_examples: Mapping[str, Any] | None = None
    errors: Sequence[type[ServiceError]] = ()

    @property
    def method(self) -> str:
        return self.key.partition(" ")[0].lower()

    @property
    def path(self) -> str:
        return self.key.partition(" ")[2]
