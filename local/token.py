"""`python -m local.token SUB [--org ORG] [--ttl SECONDS]` prints a JWT that the running local stack accepts."""

import argparse
import sys
from pathlib import Path

from local.failures import NoStack
from local.issuer import DEFAULT_TTL
from local.record import STATE, load


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m local.token", description=__doc__)
    parser.add_argument("sub", metavar="SUB", help="the user, for example user_1")
    parser.add_argument("--org", help="the organization (the org_id claim)")
    parser.add_argument("--ttl", type=int, default=DEFAULT_TTL, help="seconds until it expires (default: %(default)s)")
    parser.add_argument("--state", type=Path, default=STATE, help="the stack's state folder (default: .local)")
    asked = parser.parse_args()
    try:
        print(load(asked.state).token(asked.sub, asked.org, asked.ttl))
    except NoStack as absence:
        print(absence, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
