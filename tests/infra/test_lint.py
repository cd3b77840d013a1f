"""The linters that AWS and the serverless community wrote."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.infra.loading import ALARMS, IMAP, MAIN, ROOT


def test_cfn_lint_has_nothing_to_say() -> None:
    """With the rules of cfn-lint-serverless; what is ignored is ignored in the templates, with its reason."""
    linter = str(Path(sys.executable).with_name("cfn-lint"))
    command = [
        linter,
        "--append-rules",
        "cfn_lint_serverless.rules",
        "--template",
        str(MAIN),
        str(ALARMS),
        str(IMAP),
    ]
    environment = {**os.environ, "AWS_DEFAULT_REGION": "eu-west-1"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
