"""The whole stack on one machine: MiniStack, a token issuer, the example backend and the template, deployed by the real SAM CLI.

Reads from top to bottom: `run` (the command) → `launch` (the order in which things start) → one module per part.
"""
