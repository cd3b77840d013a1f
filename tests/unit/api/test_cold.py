"""What the API brings along before it knows what it is asked for: it answers people who wait."""

from __future__ import annotations

import subprocess
import sys

import pytest


@pytest.mark.parametrize("entry", ["pratique.api.edge", "pratique.api.pages", "pratique.api.identity"])
def test_no_reader_and_no_writer_of_mail_is_loaded_at_a_cold_start(entry: str) -> None:
    """Nor what proves passwords, nor the DNS: each is loaded by the call that needs it."""
    heavy = [
        "mailparser",
        "pratique.filtering.parse",
        "email.policy",
        "argon2",
        "fido2",
        "jwt",
        "dns",
        "nh3",
        "http.server",
    ]
    code = f"import {entry}, pratique.api.router as r, sys; r.router(); print([m for m in {heavy!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
