"""What an installation keeps on this machine."""

from __future__ import annotations

import shutil
from pathlib import Path


def clear(state: Path) -> None:
    """Forget an installation: everything in its state folder but the built zips."""
    for path in state.iterdir() if state.is_dir() else ():
        if path.name != "build":
            shutil.rmtree(path) if path.is_dir() else path.unlink()
