"""A function that does nothing, behind the same gateway and authorizer as ours: what the emulator itself can do."""

import io
import zipfile

from local.aws import Clients
from local.stack import Stack

PATH = "/bench/noop"
# It prints a line, as ours do: the emulator waits 50 ms for the log of one that prints nothing.
_CODE = "def handler(event, context):\n    print('{}')\n    return {'statusCode': 200, 'body': '{}'}\n"


def add_noop(stack: Stack) -> None:
    """Puts it beside the deployed functions, under their authorizer."""
    clients = Clients(stack.aws_endpoint_url)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("noop.py", _CODE)
    ours = clients.functions.get_function(FunctionName=stack.functions["QueryFunction"])["Configuration"]
    made = clients.functions.create_function(
        FunctionName="noop", Runtime="python3.13", Role=ours["Role"], Handler="noop.handler", Code={"ZipFile": packed.getvalue()}
    )
    api = stack.api_url.rpartition("/")[2]
    integration = clients.gateway.create_integration(
        ApiId=api, IntegrationType="AWS_PROXY", IntegrationUri=made["FunctionArn"], PayloadFormatVersion="2.0"
    )["IntegrationId"]
    authorizer = clients.gateway.get_authorizers(ApiId=api)["Items"][0]["AuthorizerId"]
    clients.gateway.create_route(
        ApiId=api, RouteKey=f"GET {PATH}", Target=f"integrations/{integration}", AuthorizationType="JWT", AuthorizerId=authorizer
    )
