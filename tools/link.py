"""Let an environment find the project where it stands: a path file, and the command `pratique`. Run by the environment's own Python."""

from __future__ import annotations

import sys
import sysconfig
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
COMMAND = """#!{python}
from cli.main import run

run()
"""


def link() -> None:
    """Write both, unless they are there."""
    _write(Path(sysconfig.get_path("purelib")) / "pratique.pth", f"{ROOT}\n{ROOT / 'layers' / 'core'}\n")
    command = Path(sysconfig.get_path("scripts")) / "pratique"
    _write(command, COMMAND.format(python=sys.executable))
    command.chmod(0o755)


def _write(path: Path, text: str) -> None:
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    link()
