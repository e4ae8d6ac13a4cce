"""What the emulator cannot deploy is taken out of the *built* template before a local deploy; template.yaml stays whole.

Each entry can go when MiniStack deploys what it names. Nothing else is taken out (tests/unit/local/test_dropped.py).
"""

from pathlib import Path
from typing import Any

import yaml

PROPERTIES = {
    "DeploymentPreference": "SAM makes CodeDeploy resources of it, a service that the emulator does not know.",
}
"""Properties of functions, and why they go."""

TYPES = {"AWS::Logs::QueryDefinition": "A query that is saved for people; the emulator's CloudFormation does not know the type."}
"""Resources that nothing else refers to, and why they go."""


def without_what_is_unknown(template: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """A template that the emulator takes, and what was left out of it, as `Function.Property` or `Resource`."""
    kept = {name: resource for name, resource in template["Resources"].items() if resource["Type"] not in TYPES}
    dropped = sorted(set(template["Resources"]) - set(kept))
    for name, resource in template["Resources"].items():
        if resource["Type"] != "AWS::Serverless::Function":
            continue
        gone = sorted(set(resource["Properties"]) & set(PROPERTIES))
        dropped += [f"{name}.{one}" for one in gone]
        kept[name] = resource | {"Properties": {key: value for key, value in resource["Properties"].items() if key not in gone}}
    return template | {"Resources": kept}, sorted(dropped)


def write_local_template(built: Path) -> Path:
    """Beside the built template, since its paths are relative."""
    local = built.with_name("template.local.yaml")
    content, _ = without_what_is_unknown(yaml.safe_load(built.read_text(encoding="utf-8")))
    local.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
    return local
