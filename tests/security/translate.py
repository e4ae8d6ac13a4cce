"""Run by .venv-sam's Python: template.yaml as CloudFormation gets it, since raw SAM hides policies and permissions from checkov.

python translate.py TEMPLATE OUTPUT
"""

import json
import sys
from pathlib import Path
from types import SimpleNamespace

from samtranslator.translator.transform import transform
from samtranslator.yaml_helper import yaml_parse

_PARAMETERS = {"JwtIssuer": "https://issuer.sorami.app", "BackendUrl": "https://backend.sorami.app", "Environment": "prod"}
_PLACE = "s3://bucket/key"  # code that is not looked at


def main(template: Path, output: Path) -> None:
    document = yaml_parse(template.read_text(encoding="utf-8"))
    document["Globals"]["Function"]["CodeUri"] = _PLACE
    for resource in document["Resources"].values():
        if "ContentUri" in resource["Properties"]:
            resource["Properties"]["ContentUri"] = _PLACE
    no_managed_policies = SimpleNamespace(load=dict)
    output.write_text(json.dumps(transform(document, _PARAMETERS, no_managed_policies)), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
