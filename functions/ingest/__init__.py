"""Copies images from the backend's own host into the bucket, from the jobs table's stream."""

import sorami.starting  # noqa: F401  # before anything else
