"""Powertools' package modules with their tools imported when they are asked for.

`from aws_lambda_powertools import Logger` brings Tracer and all of Metrics along, some 20 ms of a cold start, since the package
module imports everything that it offers; a batch of one kind of records brings the classes of all events. Here such a module is
written anew from its own source: what it imports only to offer it becomes a lookup.
Whatever is not exactly as expected, in the source or in a trial, leaves the module as it came.
"""

import ast
import subprocess
import sys
from pathlib import Path

PACKAGES = ("aws_lambda_powertools", "aws_lambda_powertools.utilities.data_classes")

_LOOKUP = """
import sys


class _Package(type(sys)):
    def __setattr__(self, name, value):
        # A submodule that has been imported is hung up here; what is offered under the same name comes first, as it did.
        super().__setattr__(name, getattr(value, name) if name in _OFFERED and isinstance(value, type(sys)) else value)


sys.modules[__name__].__class__ = _Package


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
package = importlib.import_module(sys.argv[2])
offered = package._OFFERED
assert offered and not set(offered) & set(vars(package)), "lazy"
assert not set(offered.values()) <= set(sys.modules), "lazy"
for name, origin in offered.items():
    if origin == f"{package.__name__}.{name}":
        importlib.import_module(origin)
for name in package.__all__:
    value = getattr(package, name)
    assert name not in offered or value is getattr(importlib.import_module(offered[name]), name), name
    assert name in dir(package) and getattr(package, name) is value, name
everything = {}
exec(f"from {package.__name__} import *", everything)
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


def make_lazy(folder: Path, package: str) -> str | None:
    """Writes the package's module in `folder` anew. If that does not work, says why and leaves everything as it was."""
    module = folder.joinpath(*package.split("."), "__init__.py")
    before = module.read_text(encoding="utf-8")
    try:
        module.write_text(lazy_source(before, package), encoding="utf-8")
        _try(folder, package)
    except (Unexpected, SyntaxError) as reason:
        module.write_text(before, encoding="utf-8")
        return str(reason)
    return None


def lazy_source(source: str, package: str) -> str:
    """Raises Unexpected."""
    tree = ast.parse(source)
    public: list[str] = next((ast.literal_eval(node.value) for node in tree.body if _assigns(node, "__all__")), [])  # type: ignore[attr-defined]
    offered: dict[str, str] = {}
    kept: list[ast.stmt] = []
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and (origin := _within(node, package)):
            used = [one for one in node.names if one.name not in public or one.asname]
            offered |= {one.name: origin for one in node.names if one not in used}
            if not used:
                continue
            node.names = used
        elif not isinstance(node, ast.Import | ast.ImportFrom | ast.Assign | ast.Expr):
            raise Unexpected(f"{package} does more than import, assign and call")
        kept.append(node)
    own_use = {one.id for node in kept for one in ast.walk(node) if isinstance(one, ast.Name)} & offered.keys()
    if not offered or own_use:
        raise Unexpected(f"{package} offers nothing that it does not use itself: {', '.join(sorted(own_use)) or 'nothing'}")
    tree.body = kept
    return f"{ast.unparse(tree)}\n\n_OFFERED = {offered!r}\n{_LOOKUP}"


def _within(node: ast.ImportFrom, package: str) -> str | None:
    """The module of the package from which this imports, None if it is elsewhere."""
    origin = f"{package}.{node.module}" if node.level == 1 else str(node.module)
    return origin if origin.startswith(f"{package}.") and node.level <= 1 else None


def _assigns(node: ast.stmt, name: str) -> bool:
    return isinstance(node, ast.Assign) and [ast.unparse(one) for one in node.targets] == [name]


def _try(folder: Path, package: str) -> None:
    """In a Python of its own that knows this folder alone. Raises Unexpected."""
    command = [sys.executable, "-ISB", "-c", _TRIAL, str(folder), package]
    tried = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    if tried.returncode:
        raise Unexpected(f"the trial failed: {tried.stderr.strip().splitlines()[-1]}")
