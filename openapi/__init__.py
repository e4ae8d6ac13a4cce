"""Describes the API: openapi.json is made from the route table, the wire models and the table of errors. Nothing here ships."""
