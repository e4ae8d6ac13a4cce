"""What the template's own rules cannot see: parameters that are each allowed and together make no sense."""

from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

from ops.diagnosis.finding import Finding, Verdict, fine
from ops.stack import Place

_WEBHOOK_PATH = "/api/webhooks/image-completion"
_REPORTS = 4
"""Of a usual job: three of its progress, one of its result (docs/cost.md)."""
_THIS_MACHINE = frozenset({"localhost", "127.0.0.1", "::1", "0.0.0.0"})  # noqa: S104  # recognized, not bound to


def check_parameters(place: Place) -> Finding:
    found = place.parameters
    faults = [
        *_times(found),
        *_rates(found),
        *_addresses(found, is_local=place.local is not None),
        *_origins(found, is_local=place.local is not None),
    ]
    if not faults:
        return fine(f"{len(found)} parameters, Environment={found['Environment']}")
    verdict = Verdict.FAIL if any(one is Verdict.FAIL for one, _ in faults) else Verdict.WARN
    return Finding(
        verdict=verdict,
        detail=" ".join(said for _, said in faults),
        advice="Mend samconfig.toml, or say PARAMETER_…, and make deploy again.",
    )


def _times(found: Mapping[str, str]) -> Iterator[tuple[Verdict, str]]:
    first, silence, deadline, longest = (
        float(found[name]) for name in ("FirstLookSeconds", "SilenceSeconds", "JobDeadlineSeconds", "LongestJobSeconds")
    )
    if first > min(silence, deadline):
        yield Verdict.WARN, f"FirstLookSeconds ({first:g}) is longer than a silent job is waited for: it ends at its second look."
    if longest < max(silence, deadline):
        yield (
            Verdict.WARN,
            f"LongestJobSeconds ({longest:g}) is shorter than SilenceSeconds or JobDeadlineSeconds, and ends jobs first.",
        )


def _rates(found: Mapping[str, str]) -> Iterator[tuple[Verdict, str]]:
    """A stack that was deployed before there were these parameters has none of them."""
    requests, creates = (float(found.get(name, 0)) for name in ("RequestsPerSecond", "CreatesPerSecond"))
    if requests < _REPORTS * creates:
        yield (
            Verdict.WARN,
            f"RequestsPerSecond ({requests:g}) is below {_REPORTS} times CreatesPerSecond ({creates:g}): reports get refused.",
        )


def _addresses(found: Mapping[str, str], *, is_local: bool) -> Iterator[tuple[Verdict, str]]:
    for name in ("JwtIssuer", "BackendUrl", "WebhookUrl"):
        url = urlsplit(found.get(name, ""))
        if is_local or not url.netloc:
            continue
        if url.hostname in _THIS_MACHINE:
            yield Verdict.FAIL, f"{name} names this machine, which Lambda cannot reach."
        elif url.scheme != "https":
            yield Verdict.FAIL if name == "JwtIssuer" else Verdict.WARN, f"{name} is not https."
    if (webhook := found.get("WebhookUrl", "")) and not urlsplit(webhook).path.endswith(_WEBHOOK_PATH):
        yield Verdict.FAIL, f"WebhookUrl does not end in {_WEBHOOK_PATH}."


def _origins(found: Mapping[str, str], *, is_local: bool) -> Iterator[tuple[Verdict, str]]:
    for origin in origins_of(found):
        url = urlsplit(origin)
        if origin == "*":
            yield Verdict.WARN, "AllowedOrigins is *: pages of anybody may call the API."
        elif not url.netloc or url.path or url.query:
            yield Verdict.FAIL, f"The origin {origin} is none: scheme, host and port, without a slash at the end."
        elif not is_local and found["Environment"] == "prod" and url.hostname in _THIS_MACHINE:
            yield Verdict.WARN, f"AllowedOrigins still holds {origin}, in production."


def origins_of(found: Mapping[str, str]) -> list[str]:
    return [origin.strip() for origin in found["AllowedOrigins"].split(",") if origin.strip()]
