"""`make check-backend`: the service's side of the contract, played against somebody's backend, and a verdict on each point."""
