"""Schedule -> the sweep."""
