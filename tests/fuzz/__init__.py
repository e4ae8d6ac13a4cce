"""Fuzzing: schemathesis reads openapi.json and holds a running stack to it."""
