"""Builds the layer of the docs page: Swagger UI in one file with the page around it, and openapi.json, both compressed.

python3.13 build_docs.py FOLDER
"""

import base64
import gzip
import hashlib
import json
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

_VIEWER = Path("drf_spectacular_sidecar/static/drf_spectacular_sidecar/swagger-ui-dist")
_MARKUP = re.compile(r"<(!--|/?script)", re.IGNORECASE)
"""What means something to a page even inside a script's texts (HTML standard, "Restrictions for contents of script elements")."""
_SCRIPT = re.compile(r"<script>(.*?)</script>", re.DOTALL)


def main(folder: Path) -> None:
    package = folder / "sorami_docs"
    shutil.copytree("sorami_docs", package, ignore=shutil.ignore_patterns("__pycache__"))
    with tempfile.TemporaryDirectory() as scratch:
        install_viewer(Path(scratch))
        viewer = Path(scratch) / _VIEWER
        page = page_around(read(viewer / "swagger-ui-bundle.js"), read(viewer / "swagger-ui.css"))
        shutil.copy(viewer / "LICENSE", package / "LICENSE-swagger-ui")
    write_compressed(package / "docs.html.gz", page)
    write_compressed(package / "openapi.json.gz", json.dumps(json.loads(read(Path("openapi.json"))), ensure_ascii=False))


def install_viewer(folder: Path) -> None:
    """The wheel alone: it asks for Django, which nothing here needs."""
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-compile", "--no-deps"]
    subprocess.run([*pip, "--target", str(folder), "--require-hashes", "--requirement", "requirements.txt"], check=True)  # noqa: S603


def page_around(viewer: str, style: str) -> str:
    """The page, whose policy lets these very scripts run and no others, and lets them talk to this API only."""
    if "</style" in style:
        sys.exit("The viewer's style cannot stand inside a page as it is.")
    parts = {"@VIEWER@": _MARKUP.sub(r"\\x3C\1", viewer), "@STYLE@": style}
    page = re.sub("|".join(parts), lambda found: parts[found[0]], read(Path("page.html")))
    return page.replace("@POLICY@", policy_of(_SCRIPT.findall(page)), 1)


def policy_of(scripts: list[str]) -> str:
    """Swagger UI writes styles and draws its signs from data URLs."""
    allowed = " ".join(f"'sha256-{base64.b64encode(hashlib.sha256(one.encode()).digest()).decode()}'" for one in scripts)
    looks = "style-src 'unsafe-inline'; img-src data:"
    return f"default-src 'none'; script-src {allowed}; {looks}; connect-src 'self'; base-uri 'none'; form-action 'none'"


def read(file: Path) -> str:
    return file.read_text(encoding="utf-8")


def write_compressed(file: Path, text: str) -> None:
    """The same bytes for the same text, whenever it is built."""
    file.write_bytes(gzip.compress(text.encode(), mtime=0))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
