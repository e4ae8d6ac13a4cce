"""What arrives from an HTTP API (payload format 2.0), and what goes back."""

import base64
import hashlib
import json
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, TypeGuard

from sorami.errors import InvalidRequest, NotFound, PayloadTooLarge, Unauthorized
from sorami.values import dataclass

if TYPE_CHECKING:
    from pydantic import BaseModel

type Event = Mapping[str, Any]
type Response = dict[str, Any]
type Routes = Mapping[str, Callable[[Event], Response]]
"""`GET /health` → what answers it."""

MAX_BODY_BYTES = 256 * 1024
_MAX_USER_ID_BYTES = 512
# Nothing of this API is for a shared cache, and none of it is a page, whatever a browser that is led here may guess.
_OF_EVERY_ANSWER: Mapping[str, str] = {
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who asks, as the gateway's authorizer found it in the token."""

    user_id: str
    org_id: str | None


def caller(event: Event) -> Caller:
    """Raises Unauthorized: also for a token that never expires, which one gateway lets pass (docs/reliability.md, row 27)."""
    claims = event["requestContext"].get("authorizer", {}).get("jwt", {}).get("claims", {})
    user_id = claims.get("sub")
    if not _is_usable(user_id) or not claims.get("exp"):
        raise Unauthorized("the token has no usable sub or exp")
    return Caller(user_id=user_id, org_id=claims.get("org_id") or None)


def _is_usable(user_id: Any) -> TypeGuard[str]:
    """JSON can say lone surrogates, which no table can store; and gateways write out a claim that is no text, so that all users
    without a name would be one user called `null`."""
    if not isinstance(user_id, str) or user_id in {"null", "None"} or user_id.startswith(("[", "{")):
        return False
    try:
        return 0 < len(user_id.encode()) <= _MAX_USER_ID_BYTES
    except UnicodeEncodeError:
        return False


def raw_body(event: Event) -> bytes:
    """The request's body as it was sent, of any size; nothing where the gateway's base64 is none."""
    text = event.get("body") or ""
    try:
        return base64.b64decode(text) if event.get("isBase64Encoded") else text.encode(errors="surrogatepass")
    except ValueError:  # binascii.Error is one, and so is text beyond ASCII
        return b""


def body(event: Event) -> bytes:
    """The request's body. Raises PayloadTooLarge over 256 KiB."""
    content = raw_body(event)
    if len(content) > MAX_BODY_BYTES:
        raise PayloadTooLarge(f"{len(content)} bytes")
    return content


def parse_body[M: "BaseModel"](model: type[M], event: Event, locale: str) -> M:
    """The body as the model. Raises PayloadTooLarge, or InvalidRequest naming every fault."""
    content = body(event)
    return _parsed(lambda: model.model_validate_json(content), locale)


def parse_query[M: "BaseModel"](model: type[M], event: Event, locale: str) -> M:
    """The query string as the model. Raises InvalidRequest naming every fault."""
    return _parsed(lambda: model.model_validate(event.get("queryStringParameters") or {}), locale)


def _parsed[M: "BaseModel"](parse: Callable[[], M], locale: str) -> M:
    # Whoever has a model has pydantic; functions that have none start without it.
    from pydantic import ValidationError  # noqa: PLC0415

    from sorami.wire.faults import faults_of  # noqa: PLC0415

    try:
        return parse()
    except ValidationError as error:
        raise InvalidRequest(faults_of(error, locale)) from error


def path_parameter(event: Event, name: str) -> str:
    value: str = event["pathParameters"][name]
    return value


def headers(event: Event) -> Mapping[str, str]:
    """The headers by their lower-case names, as the gateway writes them and `sam local start-api` does not."""
    return {name.lower(): value for name, value in event.get("headers", {}).items()}


def dispatch(routes: Routes, event: Event) -> Response:
    """The gateway has matched the route already; a dictionary finds the answer. Raises NotFound."""
    route = routes.get(event["routeKey"])
    if route is None:
        raise NotFound(event["routeKey"])
    return route(event)


def request_id(event: Event) -> str:
    identifier: str = event["requestContext"]["requestId"]
    return identifier


def answer(
    status: int, content: Mapping[str, Any], headers: Mapping[str, str] | None = None, *, media_type: str = "application/json"
) -> Response:
    """A response with a JSON body."""
    return {
        "statusCode": status,
        "headers": {"content-type": media_type, **_OF_EVERY_ANSWER, **(headers or {})},
        "body": json.dumps(content, ensure_ascii=False, allow_nan=False),
        "isBase64Encoded": False,
    }


def no_content() -> Response:
    return {"statusCode": HTTPStatus.NO_CONTENT, "headers": dict(_OF_EVERY_ANSWER), "body": "", "isBase64Encoded": False}


def answer_if_changed(event: Event, content: Mapping[str, Any], more: Mapping[str, str] | None = None) -> Response:
    """200 with an `ETag`, or 304 without a body if the caller has the same already (RFC 9110, sections 8.8.3 and 13.1.2).

    A browser may keep it for its user, to ask with the tag by itself.
    """
    full = answer(HTTPStatus.OK, content)
    tag = f'"{hashlib.sha256(full["body"].encode()).hexdigest()[:32]}"'
    fields = {**_OF_EVERY_ANSWER, "etag": tag, "cache-control": "private, no-cache", **(more or {})}
    if has_tag(headers(event).get("if-none-match"), tag):
        return {"statusCode": HTTPStatus.NOT_MODIFIED, "headers": fields, "body": "", "isBase64Encoded": False}
    return full | {"headers": full["headers"] | fields}


def has_tag(offered: str | None, tag: str) -> bool:
    """Whether `If-None-Match` names this tag, by the weak comparison: gateways on the way turn strong tags into weak ones."""
    tags = [one.strip().removeprefix("W/") for one in (offered or "").split(",")]
    return tag.removeprefix("W/") in tags or tags == ["*"]
