"""`make deploy ENV=local`: what stands in this checkout goes into the stack that `make run` has open.

Its parameters stay as they are, unless the environment says otherwise (`PARAMETER_MaxOpenJobsPerUser=5`).
"""

import os
import tempfile
from pathlib import Path

from local import gateway
from local.aws import Clients
from local.failures import BadOption
from local.folders import locked
from local.parameters import declared, faults_of_values, said
from local.record import STATE, load
from local.release import mark
from local.sam import STACK_NAME, Sam


def into_the_open_stack() -> int:
    """Raises NoStack, BadOption, SamFailed."""
    facts = load()
    clients = Clients(facts.aws_endpoint_url)
    parameters = said([], {name: value for name, value in os.environ.items() if name != "ARCH"})  # this machine's it stays
    if faults := list(faults_of_values(parameters, declared())):
        raise BadOption(f"This must not go out: {'; '.join(faults)}.")
    with tempfile.TemporaryDirectory() as folder:
        sam = Sam(facts.aws_endpoint_url, Path(folder), STATE / "build")
        with locked(sam.cache_dir, wait=True):
            print("Building the functions (sam build)", flush=True)
            sam.build()
            mark(sam.built, parameters, os.environ.get("RELEASE", ""))
            print(f"Deploying into the stack at {facts.aws_endpoint_url} (sam deploy)", flush=True)
            sam.deploy(clients, parameters)
    gateway.import_routes(clients.cloudformation, clients.gateway, STACK_NAME)
    print(f"{facts.api_url} runs what stands here now.")
    return 0
