"""`pratique evaluate`."""
