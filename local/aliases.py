"""A function that is called by an alias is changed in place: callers meet the change once a version of it is published."""

from collections.abc import Iterable

from mypy_boto3_lambda import LambdaClient

NAME = "live"
LOGICAL_ENDING = f"Alias{NAME}"
"""How SAM ends the logical id of the alias that AutoPublishAlias makes: GenerateFunctionAliaslive."""


def publish(client: LambdaClient, functions: Iterable[str]) -> None:
    """Each one's alias, if it has one, calls the function as it is now."""
    for function in functions:
        for alias in client.list_aliases(FunctionName=function)["Aliases"]:
            version = client.publish_version(FunctionName=function)["Version"]
            client.update_alias(FunctionName=function, Name=alias["Name"], FunctionVersion=version)
