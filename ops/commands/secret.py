"""`sorami secret …`: the webhook's secret, renewed without a report refused."""

import typer

from ops.exits import Refused
from ops.options import DEFAULT_STACK, AsJson, DryRun, StackName, Yes, add, ask_before, examples, say_dry_run
from ops.rotation import RotationPending
from ops.showing import print_json, print_pairs, say
from ops.stack import place_of, webhook_secret_of

app = typer.Typer(
    help="The webhook's secret: renewed without a report refused. No command ever prints it.",
    no_args_is_help=True,
    epilog=examples("sorami secret rotate --dry-run", "sorami secret status --stack sorami-prod"),
)

_ROTATED = """\
A fresh webhook secret is current; the one until now stays good until it is retired.
1. Give the fresh one to the backend: it is webhook_secret in {where}.
2. When all its processes use it: sorami secret retire{option}"""
_LOCAL = "The example backend that `make run` has started uses it from its next report on: there is nothing to give it."
_RETIRED = "The previous secret is refused by every new worker, and within five minutes by those that have it in memory."
_PENDING = """\
The secret before the last rotation is still good, and another rotation would refuse whoever uses it.
Retire it first: sorami secret retire{option}"""


def rotate(stack: StackName = DEFAULT_STACK, dry_run: DryRun = False, yes: Yes = False, as_json: AsJson = False) -> None:
    """A fresh secret becomes current, the one until now previous: both are good.

    Refused (exit code 4) while the one before the last rotation is still good.
    """
    place = place_of(stack)
    secret = webhook_secret_of(place)
    if secret.fingerprints()["previous"]:
        raise Refused(_PENDING.format(option=place.option))
    if not dry_run:
        ask_before(f"A fresh webhook secret for {place.shown}, beside the one until now. Go on?", yes=yes)
        try:
            fresh = secret.rotate()
        except RotationPending:
            raise Refused(_PENDING.format(option=place.option)) from None
        if place.local:
            place.local.remember_webhook_secret(fresh)
    if as_json:
        print_json({"rotated": not dry_run, "dry_run": dry_run, **secret.fingerprints()})
    elif dry_run:
        say_dry_run(f"{place.shown[:1].upper()}{place.shown[1:]} gets a fresh webhook secret, and the current one stays good.")
    else:
        where = place.local.state / "stack.json" if place.local else secret.secret_id
        say(_ROTATED.format(where=where, option=place.option))
        if place.local:
            say(_LOCAL)


def retire(stack: StackName = DEFAULT_STACK, dry_run: DryRun = False, yes: Yes = False, as_json: AsJson = False) -> None:
    """The previous secret is refused, within five minutes everywhere. Whoever still uses it is then shut out."""
    place = place_of(stack)
    secret = webhook_secret_of(place)
    previous = secret.fingerprints()["previous"]
    if previous and not dry_run:
        ask_before(f"Reports to {place.shown} with the secret SHA-256 {previous}… are refused from then on. Go on?", yes=yes)
        if place.local:  # a rotation that was interrupted may not have come to it
            place.local.remember_webhook_secret(secret.current())
        secret.retire()
    if as_json:
        print_json({"retired": bool(previous) and not dry_run, "dry_run": dry_run, **secret.fingerprints()})
    elif not previous:
        say("There was no previous secret.")
    elif dry_run:
        say_dry_run(f"Reports with the secret SHA-256 {previous}… would be refused.")
    else:
        say(_RETIRED)


def status(stack: StackName = DEFAULT_STACK, as_json: AsJson = False) -> None:
    """Fingerprints of the current secret and of the previous one, never the secrets."""
    found = webhook_secret_of(place_of(stack)).fingerprints()
    if as_json:
        print_json(found)
    else:
        print_pairs([(word, f"SHA-256 {one}…" if one else "none") for word, one in found.items()])


add(app, "rotate", rotate, "sorami secret rotate", "sorami secret rotate --yes --stack sorami-prod")
add(app, "retire", retire, "sorami secret retire", "sorami secret retire --dry-run --stack sorami-prod")
add(app, "status", status, "sorami secret status", "sorami secret status --json --stack sorami-prod")
