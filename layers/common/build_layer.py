"""Builds the layer: pinned, hashed wheels for Lambda's processor without what nothing uses, the sorami package, compiled code.

python3.13 build_layer.py FOLDER ARCH
"""

import shutil
import sys
from pathlib import Path

from building.budget import LAYER, check_size
from building.compiling import compile_all
from building.failure import BuildFailure
from building.lazy import PACKAGES, make_lazy
from building.services import check_uses, known_services
from building.target import check_interpreter, platform_of
from building.trimming import trim
from building.wheels import install_wheels

HERE = Path(__file__).resolve().parent
FUNCTIONS = HERE.parent.parent / "functions"


def build(folder: Path, arch: str) -> None:
    """Raises BuildFailure."""
    check_interpreter()
    platform = platform_of(arch)
    clients = HERE / "sorami/clients.py"
    services = known_services(clients)
    sources = [*(HERE / "sorami").rglob("*.py"), *FUNCTIONS.rglob("*.py")]
    check_uses((one for one in sources if one != clients), services)
    install_wheels(folder, HERE / "requirements.txt", platform)
    trim(folder, services)
    for package in PACKAGES:
        if reason := make_lazy(folder, package):
            print(f"{package} is left as it came: {reason}", file=sys.stderr)  # noqa: T201
    shutil.copytree(HERE / "sorami", folder / "sorami", ignore=shutil.ignore_patterns("__pycache__"))
    compile_all(folder, "/opt/python")
    check_size(folder, LAYER, "The layer")


def main() -> None:
    try:
        build(Path(sys.argv[1]), sys.argv[2])
    except BuildFailure as failure:
        sys.exit(str(failure))


if __name__ == "__main__":
    main()
