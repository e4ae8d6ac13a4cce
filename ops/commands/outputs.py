"""`sorami outputs`: what frontends, backends and operators need to know of a stack."""

from ops.options import DEFAULT_STACK, AsJson, StackName
from ops.showing import print_json, say
from ops.stack import Place, place_of

EXAMPLES = ("sorami outputs", "sorami outputs --stack sorami-prod --json")


def show_outputs(stack: StackName = DEFAULT_STACK, as_json: AsJson = False) -> None:
    """Addresses and names of a stack, each with whom it is for. There is no secret among them.

    Of a local stack the addresses are those at which it answers here.
    """
    place = place_of(stack)
    found = outputs_of(place)
    if as_json:
        print_json({name: value for name, value, _ in found})
    else:
        for name, value, description in found:
            say(description, style="dim")
            say(f"  {name}  {value}")  # whole, however narrow the terminal: people copy it


def outputs_of(place: Place) -> list[tuple[str, str, str]]:
    """Name, value and description of each output, in the template's order."""
    here = _addresses_here(place)
    return [
        (one["OutputKey"], here.get(one["OutputKey"], one["OutputValue"]), one.get("Description", ""))
        for one in place.description.get("Outputs", [])
    ]


def _addresses_here(place: Place) -> dict[str, str]:
    """The template writes AWS's host names, which an emulator does not answer to."""
    if place.local is None:
        return {}
    facts = place.local.facts
    return {
        "ApiUrl": facts.api_url,
        "ApiDocsUrl": f"{facts.api_url}/docs",
        "WebSocketUrl": facts.websocket_url or "",
        "ImagesHost": facts.aws_endpoint_url.partition("://")[2],
    }
