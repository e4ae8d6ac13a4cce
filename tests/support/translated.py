"""template.yaml after the SAM transform, as each deploy makes it: raw SAM hides versions, policies and permissions."""

import copy
import json
import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from local.environment import ROOT
from tests.support.template import template

PARAMETERS: Final = {
    "JwtIssuer": "https://issuer.sorami.app",
    "BackendUrl": "https://backend.sorami.app",
    "Environment": "prod",
}


@dataclass(frozen=True)
class Packaged:
    """What a deploy uploads. `code` and `layers` are where by logical name, for those of which it matters."""

    parameters: Mapping[str, str] = field(default_factory=dict)
    code: Mapping[str, str] = field(default_factory=dict)
    layers: Mapping[str, str] = field(default_factory=dict)

    def template(self) -> dict[str, Any]:
        document: dict[str, Any] = copy.deepcopy(template())
        for name, resource in document["Resources"].items():
            match resource["Type"]:
                case "AWS::Serverless::Function":
                    resource["Properties"]["CodeUri"] = f"s3://bucket/{self.code.get(name, name)}"
                case "AWS::Serverless::LayerVersion":
                    resource["Properties"]["ContentUri"] = f"s3://bucket/{self.layers.get(name, name)}"
        return document


def translated(*packages: Packaged) -> list[dict[str, Any]]:
    """The template of each. One process for all of them: loading the transform takes longer than its work."""
    asked = [{"template": one.template(), "parameters": {**PARAMETERS, **one.parameters}} for one in packages]
    finished = subprocess.run(
        [ROOT / ".venv-sam/bin/python", ROOT / "tests/support/sam_transform.py"],
        input=json.dumps(asked),
        env=os.environ | {"AWS_DEFAULT_REGION": "eu-west-3"},  # the transform asks boto3 for one, and calls nothing
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr
    found: list[dict[str, Any]] = json.loads(finished.stdout)
    return found
