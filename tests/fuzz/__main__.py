"""`make fuzz [N=…] [SEED=…]`: a stack of its own with a silent backend, every check on every route, with tokens and without."""

import argparse
import sys
import tempfile
from pathlib import Path

from local.stack import Options, running_stack
from tests.fuzz.backend import silent_backend
from tests.fuzz.run import Outcome, fuzz

_LEAST_CASES = 2000
_PARAMETERS = {"FirstLookSeconds": "3600", "MaxOpenJobsPerUser": "1000"}  # no job ends here by itself, so more may be open


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz")
    parser.add_argument("examples", type=int, nargs="?", default=100, help="random requests a route, with tokens")
    parser.add_argument("--seed", help="that of a run before, to see the same again")
    asked = parser.parse_args()
    outcomes: list[Outcome] = []
    with tempfile.TemporaryDirectory() as scratch, silent_backend() as backend:
        options = Options(backend_url=backend, parameters=_PARAMETERS)
        with running_stack(Path(scratch) / "stack", options) as stack:
            for name, examples, with_proof in (("with", asked.examples, True), ("without", asked.examples // 3, False)):
                folder = Path(scratch) / name
                folder.mkdir()
                outcomes.append(fuzz(stack, folder, examples=examples, with_proof=with_proof, seed=asked.seed))
                print(f"─── {name} tokens\n{outcomes[-1].output}")
    cases, failures = sum(one.cases for one in outcomes), sum(len(one.failures) for one in outcomes)
    print(f"{cases} requests, {failures} failures")
    if cases < _LEAST_CASES and asked.examples >= parser.get_default("examples"):
        print(f"That is less than {_LEAST_CASES}: not all routes were reached.")
        return 1
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
