"""Fetches AWS's DynamoDB Local, which the npm registry has inside a package, into `.dynamodb-local/`: the tests' second engine.

`npm pack` takes that one package, runs none of its scripts and installs none of its dependencies; only the jars are kept.
"""

import hashlib
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

from local.environment import ROOT

FOLDER = ROOT / ".dynamodb-local"
_PACKAGE = "amplify-dynamodb-simulator@2.9.30"
_SHA512 = (
    "c5379e44bbf311fab2779961ddb1f8734907bd21c79a6843e590ec1c52804398"
    "36665e89aa515dbad6908422c7cf1129e91cb5a3b4c1ea7888a17b9002749ec1"
)
_INSIDE = "package/emulator/"


def main() -> int:
    npm = shutil.which("npm")
    if npm is None:
        print("DynamoDB Local is not fetched, and its tests are skipped: npm is missing.")
        return 0
    with tempfile.TemporaryDirectory() as scratch:
        subprocess.run([npm, "pack", "--silent", _PACKAGE, "--pack-destination", scratch], check=True, stdout=subprocess.DEVNULL)
        [archive] = Path(scratch).glob("*.tgz")
        if hashlib.sha512(archive.read_bytes()).hexdigest() != _SHA512:
            print(f"{_PACKAGE} is not the file that it was when it was pinned in {Path(__file__).name}.", file=sys.stderr)
            return 1
        _unpack(archive)
    (FOLDER / ".ready").touch()
    return 0


def _unpack(archive: Path) -> None:
    shutil.rmtree(FOLDER, ignore_errors=True)
    with tarfile.open(archive) as package:
        for member in package.getmembers():
            if member.name.startswith(_INSIDE):
                member.name = member.name.removeprefix(_INSIDE)
                package.extract(member, FOLDER, filter="data")


if __name__ == "__main__":
    sys.exit(main())
