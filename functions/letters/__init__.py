"""Lambda: the installation's own mail to people with an account."""
