"""What is left to do once the template is deployed, by the AWS API: routes, the secret, the one parameter nobody knew before."""

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass

from mypy_boto3_apigatewayv2 import ApiGatewayV2Client
from mypy_boto3_cloudformation import CloudFormationClient
from mypy_boto3_cloudformation.type_defs import ParameterTypeDef
from mypy_boto3_secretsmanager import SecretsManagerClient

from local import aliases, gateway
from local.aws import Clients
from local.sam import STACK_NAME

_WEBHOOK_PATH = "/api/webhooks/image-completion"


@dataclass(frozen=True)
class Deployed:
    api_url: str
    websocket_url: str | None
    webhook_url: str
    webhook_secret: str
    backend_api_key: str
    functions: dict[str, str]  # logical id → physical name, as in `resources`
    resources: dict[str, str]
    routes: tuple[gateway.Route, ...]


def finish_deploy(clients: Clients) -> Deployed:
    routes = gateway.import_routes(clients.cloudformation, clients.gateway, STACK_NAME)
    listed = clients.cloudformation.describe_stack_resources(StackName=STACK_NAME)["StackResources"]
    resources = {entry["LogicalResourceId"]: entry.get("PhysicalResourceId", "") for entry in listed}
    kinds = {entry["LogicalResourceId"]: entry["ResourceType"] for entry in listed}
    apis = [resources[name] for name, kind in kinds.items() if kind == "AWS::ApiGatewayV2::Api"]
    urls = _api_urls(clients.gateway, clients.endpoint_url, apis)
    webhook_url = urls["HTTP"] + _WEBHOOK_PATH
    functions = {name: resources[name] for name, kind in kinds.items() if kind == "AWS::Lambda::Function"}
    _set_parameter(clients.cloudformation, "WebhookUrl", webhook_url)
    aliases.publish(clients.functions, functions.values())
    secret = _complete_secret(clients.secrets, resources["ServiceSecret"])
    return Deployed(
        api_url=urls["HTTP"],
        websocket_url=urls.get("WEBSOCKET"),
        webhook_url=webhook_url,
        webhook_secret=secret["webhook_secret"],
        backend_api_key=secret["backend_api_key"],
        functions=functions,
        resources=resources,
        routes=tuple(routes),
    )


def _api_urls(client: ApiGatewayV2Client, endpoint_url: str, apis: list[str]) -> Mapping[str, str]:
    """Protocol (HTTP, WEBSOCKET) → URL on MiniStack's port; a WebSocket API's ends with its stage, an HTTP API's does not."""
    urls: dict[str, str] = {}
    for api in apis:
        protocol = client.get_api(ApiId=api)["ProtocolType"]
        urls[protocol] = f"{endpoint_url}/_aws/execute-api/{api}"
        if protocol == "WEBSOCKET":
            stage = client.get_stages(ApiId=api)["Items"][0]["StageName"]
            urls[protocol] = f"{urls[protocol].replace('http', 'ws', 1)}/{stage}"
    return urls


def _set_parameter(client: CloudFormationClient, name: str, value: str) -> None:
    """One parameter of the deployed stack, all else as it is: a tenth of a second, where another `sam deploy` takes six."""
    described = client.describe_stacks(StackName=STACK_NAME)["Stacks"][0].get("Parameters", [])
    known = {entry["ParameterKey"]: entry["ParameterValue"] for entry in described}
    if known.get(name, value) == value:
        return
    kept: list[ParameterTypeDef] = [{"ParameterKey": key, "UsePreviousValue": True} for key in known if key != name]
    client.update_stack(
        StackName=STACK_NAME,
        UsePreviousTemplate=True,
        Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
        Parameters=[*kept, {"ParameterKey": name, "ParameterValue": value}],
    )
    client.get_waiter("stack_update_complete").wait(StackName=STACK_NAME, WaiterConfig={"Delay": 1})


def _complete_secret(client: SecretsManagerClient, secret_id: str) -> dict[str, str]:
    """Set the two secrets of a local run, letters and digits only; what else the deploy generated stays. Returns the whole.

    MiniStack ignores ExcludePunctuation, so what it generated has quotes, dollars and backslashes, on which whoever puts it into
    a shell or an .env file comes to grief. On AWS the generated one stays.
    """
    known: dict[str, str] = json.loads(client.get_secret_value(SecretId=secret_id)["SecretString"])
    whole = known | {"webhook_secret": secrets.token_hex(32), "backend_api_key": secrets.token_hex(32)}
    client.put_secret_value(SecretId=secret_id, SecretString=json.dumps(whole))
    return whole
