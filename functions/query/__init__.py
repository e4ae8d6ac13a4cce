"""Answers reads: status, result, gallery, notifications, health, openapi.json and its page."""

import sorami.starting  # noqa: F401  # before anything else
