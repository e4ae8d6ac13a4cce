"""What a job costs: `make cost` (docs/cost.md)."""
