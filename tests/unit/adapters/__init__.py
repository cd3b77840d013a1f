"""What adapters do without talking to anybody."""
