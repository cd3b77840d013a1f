"""From bytes to evidence to a score."""
