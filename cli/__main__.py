"""`python -m cli` is `pratique`."""

from cli.main import run

run()
