"""The command line: `pratique`."""
