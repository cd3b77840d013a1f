"""Reproducible figures, each against a peer or a floor."""
