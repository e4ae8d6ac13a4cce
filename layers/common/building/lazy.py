"""Powertools' package module with its tools imported when they are asked for.

`from aws_lambda_powertools import Logger` brings Tracer and all of Metrics along, some 20 ms of a cold start, since the package
module imports everything that it offers. Here it is written anew from its own source: what it imports only to offer it becomes
a lookup.
Whatever is not exactly as expected, in the source or in a trial, leaves the module as it came.
"""

import ast
import subprocess
import sys
from pathlib import Path

PACKAGE = "aws_lambda_powertools"

_LOOKUP = """
def __getattr__(name):
    if name not in _OFFERED:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import importlib
    value = globals()[name] = getattr(importlib.import_module(_OFFERED[name]), name)
    return value


def __dir__():
    return sorted({*globals(), *__all__})
"""

_TRIAL = """
import importlib, sys
sys.path.insert(0, sys.argv[1])
package = importlib.import_module("aws_lambda_powertools")
offered = package._OFFERED
assert offered and not set(offered) & set(vars(package)), "lazy"
assert not [name for name in sys.modules if name.startswith("aws_lambda_powertools.tracing")], "lazy"
for name in package.__all__:
    value = getattr(package, name)
    assert name not in offered or value is getattr(importlib.import_module(offered[name]), name), name
    assert name in dir(package) and getattr(package, name) is value, name
everything = {}
exec("from aws_lambda_powertools import *", everything)
assert set(package.__all__) <= set(everything)
try:
    package.nothing_of_that_name
except AttributeError:
    pass
else:
    raise AssertionError("an unknown name")
"""


class Unexpected(Exception):
    """The source is not what this knows how to write anew."""


def make_lazy(folder: Path) -> str | None:
    """Writes the package's module in `folder` anew. If that does not work, says why and leaves everything as it was."""
    module = folder / PACKAGE / "__init__.py"
    before = module.read_text(encoding="utf-8")
    try:
        module.write_text(lazy_source(before), encoding="utf-8")
        _try(folder)
    except (Unexpected, SyntaxError) as reason:
        module.write_text(before, encoding="utf-8")
        return str(reason)
    return None


def lazy_source(source: str) -> str:
    """Raises Unexpected."""
    tree = ast.parse(source)
    public: list[str] = next((ast.literal_eval(node.value) for node in tree.body if _assigns(node, "__all__")), [])  # type: ignore[attr-defined]
    offered: dict[str, str] = {}
    kept: list[ast.stmt] = []
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and str(node.module).startswith(f"{PACKAGE}.") and node.level == 0:
            used = [one for one in node.names if one.name not in public or one.asname]
            offered |= {one.name: str(node.module) for one in node.names if one not in used}
            if not used:
                continue
            node.names = used
        elif not isinstance(node, ast.Import | ast.ImportFrom | ast.Assign | ast.Expr):
            raise Unexpected(f"{PACKAGE}/__init__.py does more than import, assign and call")
        kept.append(node)
    own_use = {one.id for node in kept for one in ast.walk(node) if isinstance(one, ast.Name)} & offered.keys()
    if not offered or own_use:
        raise Unexpected(
            f"{PACKAGE}/__init__.py offers nothing that it does not use itself: {', '.join(sorted(own_use)) or 'nothing'}"
        )
    tree.body = kept
    return f"{ast.unparse(tree)}\n\n_OFFERED = {offered!r}\n{_LOOKUP}"


def _assigns(node: ast.stmt, name: str) -> bool:
    return isinstance(node, ast.Assign) and [ast.unparse(one) for one in node.targets] == [name]


def _try(folder: Path) -> None:
    """In a Python of its own that knows this folder alone. Raises Unexpected."""
    tried = subprocess.run([sys.executable, "-ISB", "-c", _TRIAL, str(folder)], capture_output=True, text=True, check=False)  # noqa: S603
    if tried.returncode:
        raise Unexpected(f"the trial failed: {tried.stderr.strip().splitlines()[-1]}")
