"""`make rotate-secret`, `make retire-secret`, `make secret-status`: the webhook's secret, renewed without a report refused."""

import argparse
import json
import sys

from botocore.exceptions import BotoCoreError, ClientError
from rich.console import Console

from local.failures import LocalFailure
from ops.rotation import RotationPending, WebhookSecret
from ops.stack import remember_webhook_secret, webhook_secret_of

_ROTATED = """\
A fresh webhook secret is current; the one until now stays good until `make retire-secret`.
1. Give the fresh one to the backend: it is webhook_secret in {secret_id}.
2. When all its processes use it: make retire-secret{stack}"""
_LOCAL = (
    "The example backend of this run keeps the former one: once that is retired, its reports are refused and reconcile asks it."
)
_RETIRED = "The previous secret is refused by every new worker, and within five minutes by those that have it in memory."
_PENDING = """\
The secret before the last rotation is still good, and another rotation would refuse whoever uses it.
Retire it first: make retire-secret{stack}"""


def main(arguments: list[str] | None = None) -> int:
    asked = _arguments(arguments)
    stack = f" STACK={asked.stack}" if asked.stack else ""
    try:
        secret = webhook_secret_of(asked.stack)
        match asked.what:
            case "rotate":
                fresh = secret.rotate()
                if not asked.stack:
                    remember_webhook_secret(fresh)
                _say(_ROTATED.format(secret_id=secret.secret_id, stack=stack))
                if not asked.stack:
                    _say(_LOCAL)
            case "retire":
                _say(_RETIRED if secret.retire() else "There was no previous secret.")
            case "status":
                _show(secret, as_json=asked.json)
    except RotationPending:
        return _sorry(_PENDING.format(stack=stack))
    except (LocalFailure, ClientError, BotoCoreError) as error:
        return _sorry(str(error))
    return 0


def _arguments(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m ops.secret", description=__doc__)
    parser.add_argument("--stack", help="name of a deployed CloudFormation stack (default: the local stack)")
    deeds = parser.add_subparsers(dest="what", required=True)
    deeds.add_parser("rotate", help="a fresh secret becomes current, the one until now previous: both are good")
    deeds.add_parser("retire", help="the previous secret is refused, within five minutes everywhere")
    status = deeds.add_parser("status", help="fingerprints of both, never the secrets")
    status.add_argument("--json", action="store_true", help="one JSON document")
    return parser.parse_args(arguments)


def _show(secret: WebhookSecret, *, as_json: bool) -> None:
    found = secret.fingerprints()
    if as_json:
        sys.stdout.write(json.dumps(found) + "\n")
        return
    for word, fingerprint in found.items():
        _say(f"{word:9} {f'SHA-256 {fingerprint}…' if fingerprint else 'none'}")


def _say(text: str) -> None:
    Console(highlight=False, soft_wrap=True).print(text, markup=False)


def _sorry(text: str) -> int:
    Console(stderr=True, highlight=False, soft_wrap=True).print(text, style="red", markup=False)
    return 1


if __name__ == "__main__":
    raise SystemExit(main())
