"""Which AWS services the code uses: what `sorami.clients` says, held against every call in the sources."""

import ast
from collections.abc import Iterable, Iterator
from pathlib import Path

from building.failure import BuildFailure

_MAKERS = {"client", "create_client", "resource"}


def known_services(clients: Path) -> frozenset[str]:
    """The services for which `sorami.clients.client` is overloaded."""
    tree = ast.parse(clients.read_text(encoding="utf-8"))
    overloads = [
        node
        for node in tree.body
        if isinstance(node, ast.FunctionDef) and any(ast.unparse(one) == "overload" for one in node.decorator_list)
    ]
    return frozenset(ast.literal_eval(one.args.args[0].annotation.slice) for one in overloads)  # type: ignore[union-attr]  # Literal["s3"]


def check_uses(sources: Iterable[Path], known: frozenset[str]) -> None:
    """Raises BuildFailure for a client of a service whose description would be missing from the bundle."""
    for source in sources:
        for line, service in _clients_made(source):
            if service is None:
                raise BuildFailure(
                    f"{source}:{line} makes an AWS client and names the service by no literal text: it cannot be seen which."
                )
            if service not in known:
                raise BuildFailure(
                    f"{source}:{line} uses the AWS service {service}, which is trimmed away: "
                    f"only {', '.join(sorted(known))} are kept. Add an overload to sorami/clients.py."
                )


def _clients_made(source: Path) -> Iterator[tuple[int, str | None]]:
    """Line and service of every `client(…)`, `….client(…)` and the like; None for what is no literal text."""
    for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and _name_of(node.func) in _MAKERS:
            first = next(iter(node.args), next((one.value for one in node.keywords if one.arg == "service_name"), None))
            service = first.value if isinstance(first, ast.Constant) else None
            yield node.lineno, service if isinstance(service, str) else None


def _name_of(called: ast.expr) -> str | None:
    match called:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return None
