"""docs/runbook.md, tried: for each section the thing is broken on a local stack, and the section's own text is followed."""
