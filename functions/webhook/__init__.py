"""Takes what the generation backend reports and applies it to the job."""

import sorami.starting  # noqa: F401  # before anything else
