"""What is started: the functions as `sam build` makes them, the same code as it makes it by default, and two peers."""

import compileall
import shutil
from pathlib import Path

from benchmarks.cold.starting import Bundle
from benchmarks.tables import BARE, FASTAPI, default_build
from local.environment import ROOT
from local.folders import locked
from local.record import STATE
from local.sam import Sam
from tests.support.template import properties, resources, template

FUNCTIONS = sorted(name.removesuffix("Function").lower() for name in resources("AWS::Serverless::Function"))

_PEER = ROOT / ".venv-peer/lib/python3.13/site-packages"
_DEFAULT_TEMPLATE = """
Transform: AWS::Serverless-2016-10-31
Parameters:
  Arch: {Type: String}
Resources:
  EveryFunction:
    Type: AWS::Serverless::Function
    Properties: {CodeUri: code/, Handler: generate.app.handler, Runtime: python3.13, Architectures: [!Ref Arch]}
"""


def bundles(folder: Path) -> list[Bundle]:
    """Builds all there is to start, whatever is not for all in `folder`, and says where it lies."""
    shipped, default = _build_shipped(folder), _build_default(folder)
    peers = _copy_peers(folder)
    common, docs = shipped / "CommonLayer/python", shipped / "DocsLayer/python"
    found = [Bundle(BARE, "bare", (peers, _PEER), {})]
    for name in FUNCTIONS:
        own = shipped / f"{name.capitalize()}Function"
        folders = (own, common, docs) if name == "query" else (own, common)
        found.append(Bundle(name, f"{name}.app", folders, _variables(name)))
        found.append(Bundle(default_build(name), f"{name}.app", (default,), _variables(name)))
    return [*found, Bundle(FASTAPI, "fastapi_generate.app", (peers, _PEER), _variables("generate"))]


def _build_shipped(folder: Path) -> Path:
    cache = STATE / "build"
    cache.mkdir(parents=True, exist_ok=True)
    with locked(cache, wait=True):
        Sam("http://127.0.0.1:9", folder, cache).build()
        return Path(shutil.copytree(cache / ".aws-sam/build", folder / "shipped"))


def _build_default(folder: Path) -> Path:
    """One code folder with a requirements.txt, as SAM's own examples have it."""
    project, run = folder / "project", folder / "run"
    run.mkdir()
    shutil.copytree(ROOT / "functions", project / "code", ignore=shutil.ignore_patterns("__pycache__", "Makefile"))
    shutil.copytree(ROOT / "layers/common/sorami", project / "code/sorami", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "layers/common/requirements.txt", project / "code")
    (project / "template.yaml").write_text(_DEFAULT_TEMPLATE)
    Sam("http://127.0.0.1:9", run, project, project / "template.yaml").build()
    return project / ".aws-sam/build/EveryFunction"


def _copy_peers(folder: Path) -> Path:
    """With compiled code, theirs and their libraries'."""
    peers = Path(shutil.copytree(ROOT / "benchmarks/peers", folder / "peers", ignore=shutil.ignore_patterns("__pycache__")))
    for one in (peers, _PEER):
        compileall.compile_dir(one, quiet=1)
    return peers


def _variables(function: str) -> dict[str, str]:
    """Some value for each variable that the template gives the function."""
    common = template()["Globals"]["Function"]["Environment"]["Variables"]
    said = {**common, **properties(f"{function.capitalize()}Function")["Environment"]["Variables"]}
    return {name: value if isinstance(value, str) else _some(name) for name, value in said.items()}


def _some(name: str) -> str:
    fixed = {"LOCALE": "fr", "POWERTOOLS_LOG_LEVEL": "INFO", "POWERTOOLS_TRACE_DISABLED": "true"}
    is_number = name.endswith(("_SECONDS", "_DAYS", "_PER_USER"))
    return fixed.get(name, "60" if is_number else "https://example.net")
