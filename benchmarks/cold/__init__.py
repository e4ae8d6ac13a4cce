"""Cold starts: `make bench-cold` (docs/performance.md)."""
