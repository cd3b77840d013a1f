"""Debian's dovecot-imapd as a server of the bench's own: master, login and mail processes on a free port, a Maildir in a temporary folder."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from bench.imap_mail import Mail
from tests.emulator import free_port

DOVECOT = Path("/usr/sbin/dovecot")
USER, PASSWORD = "bob", "pass"
_CONFIG = """
base_dir = {home}/run
state_dir = {home}/state
log_path = {home}/log
protocols = imap
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
default_internal_user = {internal}
default_internal_group = {internal_group}
default_login_user = {login}
mail_location = maildir:{home}/mail
first_valid_uid = 0
mail_max_userip_connections = 1000
default_client_limit = 2000
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={home}/user
}}
namespace inbox {{
  inbox = yes
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service imap {{
  process_limit = 1024
}}
service anvil {{
  chroot =
}}
"""


@contextlib.contextmanager
def dovecot(mail: Mail) -> Iterator[tuple[int, int]]:
    """(port, pid of the master). OSError where it does not start."""
    with tempfile.TemporaryDirectory(prefix="pratique-dovecot-", ignore_cleanup_errors=True) as folder:
        home = Path(folder)
        home.chmod(0o755)
        port = free_port()
        values = _accounts() | {"home": folder, "port": port, "password": PASSWORD}
        (home / "dovecot.conf").write_text(_CONFIG.format_map(values), encoding="ascii")
        (home / "user").mkdir()
        _fill(home / "mail", mail)
        if os.getuid() == 0:
            for path in (home / "user", *_folders(home / "mail")):
                os.chown(path, int(values["uid"]), int(values["gid"]))
        with subprocess.Popen([DOVECOT, "-F", "-c", home / "dovecot.conf"]) as process:
            try:
                _wait(port, process)
                yield port, process.pid
            finally:
                process.terminate()
                process.wait(20)


def _accounts() -> dict[str, str | int]:
    """Whom its processes run as: Debian's users where root starts it (dovecot serves no mail as root), else whoever starts it."""
    if os.getuid() == 0:
        nobody = pwd.getpwnam("nobody")
        names = {"internal": "dovecot", "internal_group": "dovecot", "login": "dovenull"}
        return names | {"uid": nobody.pw_uid, "gid": nobody.pw_gid}
    own = pwd.getpwuid(os.getuid()).pw_name
    return {"internal": own, "internal_group": "", "login": own, "uid": os.getuid(), "gid": os.getgid()}


def _folders(mail: Path) -> list[Path]:
    return [mail, *(mail / name for name in ("new", "cur", "tmp"))]


def _fill(mail: Path, messages: Mail) -> None:
    """Message n is the n-th in the order of arrival, unseen."""
    for path in _folders(mail):
        path.mkdir()
    for number in range(messages.count):
        seconds = messages.seconds(number)
        path = mail / "cur" / f"{seconds}.M{number:07d}.here:2,"
        path.write_bytes(messages.raw(number))
        path.chmod(0o644)
        os.utime(path, (seconds, seconds))
    if os.getuid() == 0:
        subprocess.run(["chown", "-R", "nobody", str(mail)], check=True)


def _wait(port: int, process: subprocess.Popen[bytes]) -> None:
    """Until it answers."""
    for _ in range(200):
        if process.poll() is not None:
            raise OSError(f"dovecot ended with {process.returncode}")
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 5) as probe:
            if probe.recv(1):
                return
        time.sleep(0.05)
    raise OSError("dovecot does not answer")


def there() -> bool:
    """Whether it is installed."""
    return DOVECOT.exists() and shutil.which("chown") is not None
