"""Live connections of browsers: tickets, connecting, asking for one's state, leaving."""

import sorami.starting  # noqa: F401  # before anything else
