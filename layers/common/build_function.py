"""Builds one function: its own package and no other's, compiled.

python3.13 build_function.py NAME FOLDER
"""

import shutil
import sys
from pathlib import Path

from building.budget import FUNCTION, check_size
from building.compiling import compile_all
from building.failure import BuildFailure
from building.services import check_uses, known_services
from building.target import check_interpreter

HERE = Path(__file__).resolve().parent
FUNCTIONS = HERE.parent.parent / "functions"


def build(name: str, folder: Path) -> None:
    """Raises BuildFailure."""
    check_interpreter()
    package = FUNCTIONS / name
    if not (package / "app.py").is_file():
        raise BuildFailure(
            f"functions/{name}/app.py is missing: a function is named after its package, GenerateFunction after generate."
        )
    check_uses(package.rglob("*.py"), known_services(HERE / "sorami/clients.py"))
    shutil.copytree(package, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    compile_all(folder, "/var/task")
    check_size(folder, FUNCTION, f"The function {name}")


def main() -> None:
    try:
        build(sys.argv[1], Path(sys.argv[2]))
    except BuildFailure as failure:
        sys.exit(str(failure))


if __name__ == "__main__":
    main()
