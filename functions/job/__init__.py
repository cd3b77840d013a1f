"""Job queue -> one action on all that a search found."""
