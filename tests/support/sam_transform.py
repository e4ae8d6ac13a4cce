"""Run by .venv-sam's Python: templates as CloudFormation gets them, after the SAM transform.

Reads `[{"template": …, "parameters": …}, …]` from stdin and writes the list of what became of them to stdout.
"""

import json
import sys
from types import SimpleNamespace

from samtranslator.translator.transform import transform


def main() -> None:
    no_managed_policies = SimpleNamespace(load=dict)
    asked = json.load(sys.stdin)
    json.dump([transform(one["template"], one["parameters"], no_managed_policies) for one in asked], sys.stdout)


if __name__ == "__main__":
    main()
