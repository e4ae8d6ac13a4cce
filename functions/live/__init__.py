"""Live connections of browsers: tickets, connecting, asking for one's state, leaving."""
