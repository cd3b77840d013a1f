"""The HTTP edge: it translates between JSON and use cases, and decides nothing."""
