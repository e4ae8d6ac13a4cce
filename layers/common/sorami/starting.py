"""How a worker of Lambda starts: each function's package imports this first, and calls `ready` at the end of its app.py.

Until then nothing is garbage, so nothing is collected; afterwards what is there stays, and no collection looks at it again.
Elsewhere, in tests and tools, none of this happens: there is no environment to build clients with.
"""

import gc
import warnings
from collections.abc import Callable
from contextlib import suppress

from sorami.errors import ConfigurationError
from sorami.settings import is_worker

if is_worker():
    gc.disable()
    # The build leaves out what guesses encodings (building/trimming.py), and requests says so at every start.
    warnings.filterwarnings("ignore", "Unable to find acceptable character detection dependency")


def ready(*parts: Callable[[], object]) -> None:
    """Puts together what a first request needs, while Lambda lends a whole processor: after init a function has its share of one.

    Settings that are missing are for the first request to tell of.
    """
    if not is_worker():
        return
    with suppress(ConfigurationError):
        for part in parts:
            part()
    gc.freeze()
    gc.enable()
