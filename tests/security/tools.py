"""The tools, each run as a program of its own environment, and what it says read into findings."""

import json
import os
import subprocess
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from local.environment import ROOT
from tests.security.findings import Finding
from tests.support.translated import Packaged, translated

_WORKFLOWS: Final = ".github/workflows"
# Hashes and generated texts: nobody writes into these by hand, and each line looks like a key.
_NOT_SCANNED = (
    "requirements/",
    "layers/common/requirements.txt",
    "layers/docs/",
    "openapi.json",
    "clients/typescript/package-lock.json",
)
_AUDIT_SECONDS: Final = 120


class ToolFailed(Exception):
    """It did not say what it should."""


class NotAudited(Exception):
    """No advisory database answers."""


def cfn_lint() -> list[Finding]:
    found = _json([".venv-sam/bin/cfn-lint", "--format", "json", "template.yaml"])
    return [_found("cfn-lint", one["Rule"]["Id"], "template.yaml", one["Message"]) for one in found]


def checkov() -> list[Finding]:
    """On the translated template."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "template.json"
        [document] = translated(Packaged())
        file.write_text(json.dumps(document), encoding="utf-8")
        asked = ["--framework", "cloudformation", "--quiet", "--compact", "--skip-download", "--output", "json"]
        found = _json([".venv-checkov/bin/checkov", "--file", str(file), *asked])
    if found["summary"]["parsing_errors"] or found["summary"]["passed"] == 0:
        raise ToolFailed("checkov could not read the translated template")
    failed = found["results"]["failed_checks"]
    return [_found("checkov", one["check_id"], one["resource"].rpartition(".")[2], one["check_name"]) for one in failed]


def ruff() -> list[Finding]:
    """Its S rules alone: what flake8-bandit looks for."""
    found = _json([".venv/bin/ruff", "check", "--select", "S", "--output-format", "json", "."])
    return [_found("ruff", one["code"], os.path.relpath(one["filename"], ROOT), one["message"]) for one in found]


def detect_secrets() -> list[Finding]:
    listed = _run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]).split("\0")
    files = [name for name in listed if name and not name.startswith(_NOT_SCANNED) and (ROOT / name).is_file()]
    found = _json([".venv-security/bin/detect-secrets", "scan", *files])["results"]
    return [_found("detect-secrets", one["type"], file, f"line {one['line_number']}") for file in found for one in found[file]]


def zizmor() -> list[Finding]:
    found = _json([".venv-security/bin/zizmor", "--offline", "--persona", "pedantic", "--format", "json", _WORKFLOWS])
    return [_found("zizmor", one["ident"], _WORKFLOWS, one["desc"]) for one in found]


def pip_audit() -> list[Finding]:
    """Of what ships in the layer. Raises NotAudited where it could not ask for every library: silence is no answer."""
    asked = ["--strict", "--disable-pip", "--require-hashes", "--timeout", "10", "--progress-spinner", "off", "--format", "json"]
    command = [".venv-security/bin/pip-audit", *asked, "--requirement", "layers/common/requirements.txt"]
    try:
        ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=_AUDIT_SECONDS, check=False)
        found: Any = json.loads(ran.stdout)["dependencies"]
    except subprocess.TimeoutExpired as error:
        raise NotAudited(f"no answer in {_AUDIT_SECONDS} s") from error
    except (ValueError, KeyError) as error:
        raise NotAudited((ran.stderr.strip().splitlines() or ["it said nothing"])[-1]) from error
    return [_found("pip-audit", flaw["id"], one["name"], flaw.get("description", "")) for one in found for flaw in one["vulns"]]


QUICK: Mapping[str, Callable[[], Sequence[Finding]]] = {"ruff": ruff, "detect-secrets": detect_secrets, "zizmor": zizmor}
ALL: Mapping[str, Callable[[], Sequence[Finding]]] = {"cfn-lint": cfn_lint, "checkov": checkov, **QUICK, "pip-audit": pip_audit}


def _found(tool: str, rule: str, resource: str, text: str) -> Finding:
    return Finding(tool=tool, rule=rule, resource=resource, text=" ".join(text.split())[:200])


def _json(command: Sequence[str]) -> Any:
    output = _run(command)
    try:
        return json.loads(output or "[]")
    except ValueError as error:
        raise ToolFailed(f"{command[0]} gave no JSON: {output[:200]}") from error


def _run(command: Sequence[str]) -> str:
    """What it writes. With findings tools end with codes of their own; one that ends so without a word has failed."""
    surroundings = os.environ | {"AWS_DEFAULT_REGION": "eu-west-3"}
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, env=surroundings)
    if ran.returncode and not ran.stdout.strip():
        raise ToolFailed(f"{command[0]} ended with {ran.returncode}: {ran.stderr.strip()[-400:]}")
    return ran.stdout
