"""What went wrong, in one line for a person."""

from __future__ import annotations


class Failure(Exception):
    """The command could not be carried out. `code` is the API's stable code where there is one."""

    def __init__(self, text: str, code: str = "") -> None:
        super().__init__(text)
        self.code = code
