"""What a mail client needs on a laptop: a certificate of one's own, and ready-made logins at the three levels."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import subprocess
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from pratique.domain.app_password import SECRET_OCTETS, password_text
from pratique.domain.ids import ulid

LOGINS = ("global", "example.org", "you@example.org")
"""The operator, a domain, a recipient: `pratique send` writes to the last one."""
DAYS = "3650"


@dataclass(frozen=True, slots=True)
class Login:
    """An app password with its text."""

    login: str
    id: str
    password: str


def logins(path: Path) -> list[Login]:
    """The ready-made logins, the same for as long as the state folder lives; readable by its owner only."""
    if path.exists():
        return [Login(**each) for each in json.loads(path.read_text(encoding="ascii"))]
    made = [
        Login(
            name,
            ulid(time.time_ns() // 1_000_000, secrets.token_bytes(10)),
            password_text(secrets.token_bytes(SECRET_OCTETS)),
        )
        for name in LOGINS
    ]
    write_secret(path, json.dumps([asdict(each) for each in made], indent=1))
    return made


def certificate(folder: Path) -> tuple[Path, Path] | None:
    """A certificate for localhost, self-signed and made at the first start, and its key. None where there is no `openssl` to make it."""
    chain, key = folder / "certificate.pem", folder / "certificate.key"
    if chain.exists() and key.exists():
        return chain, key
    openssl = shutil.which("openssl")
    if openssl is None:
        return None
    command = [openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    command += ["-days", DAYS, "-subj", "/CN=localhost/O=Pratique on this laptop"]
    command += ["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", "/dev/stdout"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - a fixed command
    head, mark, rest = done.stdout.partition("-----BEGIN CERTIFICATE-----")
    if done.returncode or not mark:
        return None
    write_secret(key, head)
    write_secret(chain, mark + rest)
    return chain, key


def write_secret(path: Path, text: str) -> None:
    """Readable by its owner only, from the first octet on."""
    part = path.with_suffix(".part")
    part.unlink(missing_ok=True)
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
        file.write(text + "\n")
    part.replace(path)
