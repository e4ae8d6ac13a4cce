"""Why a deployment that changes nothing but a parameter takes effect where functions are called by an alias.

SAM publishes a new version when a function's text, code or layer changes; it does not see the values of parameters, so the alias
would keep the old ones. And Lambda refuses to publish a function that is as it was. So what a function's settings are made of
beside its own text goes into its code, as a digest: another digest is another code, and both take it for the change that it is.
"""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import yaml

FILE: Final = "release.txt"


def release_of(template: Mapping[str, Any], parameters: Mapping[str, str], again: str) -> str:
    """A digest of the parameters and of the conditions that choose between them; another `again` makes another of the same."""
    content = {"parameters": dict(parameters), "conditions": template.get("Conditions", {}), "again": again}
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def mark(built: Path, parameters: Mapping[str, str], again: str = "") -> list[str]:
    """Writes the release into the built code of each function that has an alias; returns their logical ids.

    `built` is the template that `sam build` wrote, long forms of CloudFormation's functions only, its paths relative to itself.
    """
    template = yaml.safe_load(built.read_text(encoding="utf-8"))
    said = {name: one.get("Properties", {}) for name, one in template["Resources"].items()}
    aliased = {name: properties["CodeUri"] for name, properties in said.items() if "AutoPublishAlias" in properties}
    for folder in aliased.values():
        (built.parent / folder / FILE).write_text(release_of(template, parameters, again) + "\n", encoding="utf-8")
    return sorted(aliased)
