"""`make deploy ENV=local`: what stands in this checkout goes into the stack that `make run` has open, parameters as they are."""

import tempfile
from pathlib import Path

from local import gateway
from local.aws import Clients
from local.folders import locked
from local.record import STATE, load
from local.sam import STACK_NAME, Sam


def into_the_open_stack() -> int:
    """Raises NoStack, SamFailed."""
    facts = load()
    clients = Clients(facts.aws_endpoint_url)
    with tempfile.TemporaryDirectory() as folder:
        sam = Sam(facts.aws_endpoint_url, Path(folder), STATE / "build")
        with locked(sam.cache_dir, wait=True):
            print("Building the functions (sam build)", flush=True)
            sam.build()
            print(f"Deploying into the stack at {facts.aws_endpoint_url} (sam deploy)", flush=True)
            sam.deploy(clients, {})
    gateway.import_routes(clients.cloudformation, clients.gateway, STACK_NAME)
    print(f"{facts.api_url} runs what stands here now.")
    return 0
