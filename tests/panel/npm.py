"""The development packages of panel/: installed from their lock where npm and a network are there."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from local.stack import ROOT

PANEL = ROOT / "panel"


def packages() -> None:
    """Make sure of panel/node_modules, or skip the test and say why."""
    if (PANEL / "node_modules").is_dir():
        return
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("npm is not installed")
    command = [npm, "ci", "--no-audit", "--no-fund", "--ignore-scripts"]
    done = subprocess.run(command, cwd=PANEL, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip("npm ci did not work (is there a network?): " + done.stderr.strip()[-200:])
