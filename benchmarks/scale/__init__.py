"""How the service does at 1, 100 and 10,000 jobs a second, by models and by simulation: `make scale` (docs/scale.md)."""
