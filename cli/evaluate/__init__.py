"""`pratique evaluate`: how good the filter is on mail whose labels are known."""
