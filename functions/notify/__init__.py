"""Tells users how their jobs go and how they ended, from the jobs table's stream."""

import sorami.starting  # noqa: F401  # before anything else
