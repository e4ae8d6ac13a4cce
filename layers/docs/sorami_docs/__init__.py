"""The docs page and openapi.json, compressed. `query.documents` reads them when they are asked for."""
