"""Presigned URLs of S3 without its client, whose making is a good part of generate's start, and which takes longer for each.

Rules of addresses and the signature are botocore's own: S3's rule set, and the signer that its client uses. What lies between
them is here, and held against the client's URLs byte for byte by a test. Whatever is set up out of the ordinary is left to the
client: it is then made after all.
"""

import re
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from botocore.auth import S3SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.endpoint_provider import EndpointProvider, RuleSetEndpoint
from botocore.exceptions import EndpointProviderError
from botocore.utils import is_valid_uri, percent_encode

from sorami.clients import client, later, session
from sorami.settings import load
from sorami.values import dataclass

if TYPE_CHECKING:
    from botocore.session import Session
    from mypy_boto3_s3 import S3Client

_METHODS = {"get_object": "GET", "put_object": "PUT"}
_PLACE = {"Bucket", "Key"}
_HEADERS: Mapping[str, Mapping[str, str]] = {"get_object": {}, "put_object": {"ContentType": "Content-Type"}}
_PLAIN_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", re.ASCII)  # S3 user guide, "General purpose bucket naming rules"
_PLAIN_REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-\d", re.ASCII)  # and no pseudo-region, such as fips-us-gov-west-1 or aws-global


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoints:
    """Where S3 is if not on AWS, as botocore reads it (AWS SDKs and tools guide, "Service-specific endpoints")."""

    aws_endpoint_url: str = ""
    aws_endpoint_url_s3: str = ""


class Presigner:
    """What S3's client does of presigning, for `get_object` and `put_object`; `client` does the rest, made for it alone."""

    def __init__(self, session: "Session", client: "S3Client") -> None:
        self._session = session
        self._client = client
        self._region: str = session.get_config_variable("region") or ""
        self._endpoint = load(Endpoints).aws_endpoint_url_s3 or load(Endpoints).aws_endpoint_url
        self._rules = _rules(session) if self._is_ordinary() else None

    def generate_presigned_url(self, ClientMethod: str, Params: Mapping[str, str], ExpiresIn: int) -> str:  # noqa: N803  # the client's names
        """As the client's; made without a request. Raises what it raises."""
        headers = _headers_of(ClientMethod, Params)
        host, credentials = self._host_of(Params["Bucket"]), self._session.get_credentials()
        if headers is None or host is None or credentials is None or not Params["Key"]:
            return self._client.generate_presigned_url(ClientMethod, Params=Params, ExpiresIn=ExpiresIn)
        request = AWSRequest(
            method=_METHODS[ClientMethod],
            url=f"{host.url.removesuffix('/')}/{percent_encode(Params['Key'], safe='/')}",
            headers=headers,
        )
        fresh = credentials.get_frozen_credentials()  # others than at the last call, where those have run out
        S3SigV4QueryAuth(fresh, "s3", self._region, expires=ExpiresIn).add_auth(request)
        return str(request.url)

    def generate_presigned_post(self, **asked: Any) -> Any:
        """The client's."""
        return self._client.generate_presigned_post(**asked)

    def _is_ordinary(self) -> bool:
        """There is no profile, and no variable says anything of S3's addresses but the region and one endpoint."""
        asked = ("s3", "use_dualstack_endpoint", "use_fips_endpoint", "ignore_configured_endpoint_urls")
        return (
            _PLAIN_REGION.fullmatch(self._region) is not None
            and (not self._endpoint or is_valid_uri(self._endpoint))
            and not any(self._session.get_config_variable(name) for name in asked)
            and self._session.get_config_variable("defaults_mode") == "legacy"  # others have a regional us-east-1
            and not self._session.get_scoped_config()
        )

    def _host_of(self, bucket: str) -> RuleSetEndpoint | None:
        """The bucket's address. None where the client must be asked: it knows more kinds of them, or why there is none."""
        if self._rules is None or _PLAIN_BUCKET.fullmatch(bucket) is None:
            return None
        given = {"Endpoint": self._endpoint} if self._endpoint else {}
        is_global = self._region == "us-east-1"  # so it is for the client, whose `us_east_1_regional_endpoint` is not set
        try:
            found = self._rules.resolve_endpoint(Bucket=bucket, Region=self._region, UseGlobalEndpoint=is_global, **given)
        except EndpointProviderError:
            return None
        return found if [scheme["name"] for scheme in found.properties.get("authSchemes", ())] == ["sigv4"] else None


def _headers_of(method: str, params: Mapping[str, str]) -> dict[str, str] | None:
    """What is signed besides the address. None for what only the client knows how to put into a URL, or refuses."""
    known = _HEADERS.get(method)
    if known is None or not params.keys() <= _PLACE | known.keys():
        return None
    return {header: params[name] for name, header in known.items() if name in params}


def _rules(session: "Session") -> EndpointProvider:
    loader = session.get_component("data_loader")
    return EndpointProvider(loader.load_service_model("s3", "endpoint-rule-set-1"), loader.load_data("partitions"))


@cache
def presigner() -> Presigner:
    """The worker's."""
    return Presigner(session(), later(lambda: client("s3")))
