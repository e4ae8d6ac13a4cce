"""Live updates against polling: `make bench-live` and `make load-live` (docs/live.md)."""
