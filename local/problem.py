"""What stops the laptop's installation, said in one line."""

from __future__ import annotations


class LaptopError(Exception):
    """Something a person can mend: the text says what and how."""
