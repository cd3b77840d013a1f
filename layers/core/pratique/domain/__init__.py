"""The words of the field. Standard library only, no I/O."""
