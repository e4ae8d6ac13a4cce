"""Takes what the generation backend reports and applies it to the job."""
