"""The local stack under load: `make bench-load` (docs/performance.md)."""
