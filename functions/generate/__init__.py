"""Takes a request for images, records the job and hands it to the generation backend."""

import sorami.starting  # noqa: F401  # before anything else
