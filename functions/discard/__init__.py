"""Ends what its owner does not want any more: cancels open jobs and deletes finished ones."""

import sorami.starting  # noqa: F401  # before anything else
