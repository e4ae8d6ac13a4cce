"""How long a call is billed at each memory size, by the processor time that was measured.

Lambda gives a function a share of a processor in proportion to its memory, one whole at 1,769 MB (Lambda developer guide,
"Configure Lambda function memory"). No part of a handler runs on two, so its own milliseconds are divided by that share; what it
waits for takes as long as it takes. Waits are not measured here, since an emulator on the same machine tells nothing of AWS: they
are assumed below.
"""

from typing import Any, Final

SIZES: Final = (128, 256, 512, 1024, 1769)
WHOLE_PROCESSOR_MB: Final = 1769

WAITS: Final = {
    "generate": 110.0,
    "webhook": 6.0,
    "query (status)": 4.0,
    "notify": 25.0,
    "reconcile (nothing due)": 40.0,
    "discard (cancel)": 6.0,
    "live (connect)": 22.0,
}
"""Milliseconds: some 4 for a read, 6 for a write, 15 for SNS; 100 until a backend has taken a job. Whose memory something else
decides, as that of ingest, is not here."""

_PATIENCE_MS: Final = {
    "generate": 25.0,
    "webhook": 20.0,
    "query (status)": 20.0,
    "notify": 100.0,
    "reconcile (nothing due)": 200.0,
    "discard (cancel)": 20.0,
    "live (connect)": 100.0,
}
"""So much a handler's own work may add: little where somebody waits, more where nobody does."""

_FIRST: Final = 256
"""A worker at 128 MB has a fourteenth of a processor: its first TLS handshakes alone would take half a second."""


def billed_ms(function: str, cpu_ms: float, size: int) -> float:
    return WAITS[function] + cpu_ms / min(1.0, size / WHOLE_PROCESSOR_MB)


def chosen(function: str, cpu_ms: float) -> int:
    """The smallest size at which the handler's own work stays within what may be waited for."""
    fitting = (
        size for size in SIZES if size >= _FIRST and billed_ms(function, cpu_ms, size) - WAITS[function] <= _PATIENCE_MS[function]
    )
    return next(fitting, SIZES[-1])


def sweep(warm: dict[str, Any]) -> dict[str, dict[int, float]]:
    """Function → size → milliseconds that a call is billed."""
    return {name: {size: billed_ms(name, warm["functions"][name]["ours"]["cpu_ms"], size) for size in SIZES} for name in WAITS}
