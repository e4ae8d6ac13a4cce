"""Writes openapi.json: python -m openapi."""

from pathlib import Path

from openapi.document import as_text, document
from openapi.routes import ROUTES

FILE = Path(__file__).parents[1] / "openapi.json"

if __name__ == "__main__":
    FILE.write_text(as_text(document(ROUTES)), encoding="utf-8")
