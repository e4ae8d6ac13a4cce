"""The least that a function of ours could do: one client of DynamoDB."""

import boto3

client = boto3.client("dynamodb")
