"""A snapshot of init, which SnapStart restores many times over and maybe days later, holds nothing that must be unique or fresh:
no random number, no secret, no connection, no thread."""

import os
import subprocess
import sys

import pytest

from local.environment import ROOT
from tests.support.stack import REGION, Stack

_INIT = """
import importlib, secrets, socket, sys, threading

def refuse(*_, **__):
    raise RuntimeError("init made what a snapshot must not hold")

for name in ("randbits", "token_bytes", "token_hex", "token_urlsafe"):
    setattr(secrets, name, refuse)
socket.socket.connect = refuse
threading.Thread.start = refuse

from sorami.secrets import SecretReader
SecretReader.values = SecretReader.refresh = refuse
app = importlib.import_module(f"{sys.argv[1]}.app")
print("ready")
"""


@pytest.mark.parametrize("function", ["Discard", "Generate", "Query", "Webhook"])
def test_init_makes_nothing_that_a_snapshot_must_not_hold(function: str, stack: Stack) -> None:
    surroundings = {
        **stack.environment(f"{function}Function"),
        "AWS_LAMBDA_FUNCTION_NAME": function,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": REGION,
        "PATH": os.environ["PATH"],
        "PYTHONPATH": os.pathsep.join([str(ROOT / "layers/common"), str(ROOT / "functions")]),
    }
    finished = subprocess.run(
        [sys.executable, "-c", _INIT, function.lower()], env=surroundings, capture_output=True, text=True, check=False
    )
    assert (finished.returncode, finished.stdout) == (0, "ready\n"), finished.stderr
