"""What goes over the wire: requests and webhook events as pydantic models, answers as typed dictionaries (docs: contract)."""
