"""`sorami token SUB`: a JWT that the local stack accepts."""

from typing import Annotated

import typer

from local.issuer import DEFAULT_TTL
from ops.exits import Refused
from ops.options import DEFAULT_STACK, AsJson, StackName
from ops.showing import print_json, say
from ops.stack import place_of

EXAMPLES = ("sorami token user_1", 'TOKEN="$(sorami token user_1 --org org_1 --ttl 600)"')


def print_token(
    sub: Annotated[str, typer.Argument(metavar="SUB", help="The user, for example user_1.", show_default=False)],
    org: Annotated[str | None, typer.Option("--org", help="The organization: the org_id claim.")] = None,
    ttl: Annotated[
        int, typer.Option("--ttl", metavar="SECONDS", help="Until it expires; a negative one has expired.")
    ] = DEFAULT_TTL,
    stack: StackName = DEFAULT_STACK,
    as_json: AsJson = False,
) -> None:
    """A token for development, which the local stack accepts, and no other.

    It is signed with the key of the local run. Users of a deployed stack have an issuer of their own, whose key nobody has here.
    """
    place = place_of(stack)
    if place.local is None:
        raise Refused("Tokens are made for local stacks only: the users of a deployed one get theirs from their own issuer.")
    token = place.local.facts.token(sub, org, ttl)
    if as_json:
        print_json({"token": token, "sub": sub, "org_id": org, "expires_in": ttl})
    else:
        say(token)
