"""The warm path: `make bench-warm` (docs/performance.md)."""
