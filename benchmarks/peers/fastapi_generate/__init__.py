"""generate's work with FastAPI and Mangum, as their tutorials have it: validate, put the job, presign, ask the backend."""
