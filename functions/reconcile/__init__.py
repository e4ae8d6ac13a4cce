"""Looks after jobs that went silent: submits them again, recovers lost reports, and ends what nobody will."""

import sorami.starting  # noqa: F401  # before anything else
