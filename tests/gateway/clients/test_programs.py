"""Mail programs as people run them, each on its own terminal or by its own command."""

from __future__ import annotations

from pathlib import Path

import pytest
from pratique.domain.lifecycle import State

from tests.gateway.clients.setting import SUBJECTS, USER, Setting, need, run, run_on_terminal

LEAVING = {State.RELEASING, State.RELEASED}
IMAP_PAGE = Path(__file__).parents[3] / "docs/imap.md"

MUTT = """set folder="imap://127.0.0.1:{port}/"
set imap_user="{user}"
set imap_pass="{password}"
set ssl_starttls=no
set ssl_force_tls=no
set confirmappend=no
set confirmcreate=no
set delete=yes
set quit=yes
set sleep_time=0
set move=no
set imap_idle=no
set wait_key=no
"""

MBSYNC = """IMAPAccount quarantine
Host 127.0.0.1
Port {port}
User {user}
Pass {password}
SSLType None
AuthMechs LOGIN

IMAPStore far
Account quarantine

MaildirStore near
Path {home}/mail/
Inbox {home}/mail/INBOX
SubFolders Verbatim

Channel all
Far :far:
Near :near:
Patterns *
Create Near
Expunge Both
SyncState *
"""

OFFLINEIMAP = """[general]
accounts = quarantine
metadata = {home}/metadata
ui = basic
[Account quarantine]
localrepository = near
remoterepository = far
[Repository near]
type = Maildir
localfolders = {home}/mail
[Repository far]
type = IMAP
remotehost = 127.0.0.1
remoteport = {port}
remoteuser = {user}
remotepass = {password}
ssl = no
starttls = no
"""

FETCHMAIL = 'poll 127.0.0.1 service {port} proto imap user "{user}" password "{password}" folder "Caught" keep sslproto "" mda "cat >> {home}/mail"\n'


def settings(setting: Setting, home: Path, text: str) -> Path:
    path = home / "settings"
    path.write_text(
        text.format(port=setting.port, user=USER, password=setting.password, home=home), encoding="utf-8"
    )
    path.chmod(0o600)
    return path


def maildir(home: Path, folder: str) -> list[Path]:
    return sorted(path for kind in ("new", "cur") for path in (home / "mail" / folder / kind).iterdir())


@pytest.mark.parametrize("program", ["mutt", "neomutt"])
def test_mutt_saves_into_release_and_train(setting: Setting, tmp_path: Path, program: str) -> None:
    """Its save is COPY, STORE \\Deleted, EXPUNGE. The key is the one that docs/imap.md shows."""
    macro = next(
        line for line in IMAP_PAGE.read_text("utf-8").splitlines() if line.startswith("macro index,pager R ")
    )
    command = [need(program), "-n", "-F", str(settings(setting, tmp_path, f"{MUTT}{macro}\n"))]
    command += ["-f", f"imap://127.0.0.1:{setting.port}/Caught"]
    drawn = run_on_terminal([*command, "-e", 'push "<first-entry>R<sync-mailbox><quit>"'], tmp_path)
    assert setting.states()["first offer"] in LEAVING, drawn[-2000:]
    assert [setting.states()[subject] for subject in SUBJECTS[1:]] == [State.HELD, State.HELD]
    assert setting.labels() == ["ham"]


def test_curl(setting: Setting, tmp_path: Path) -> None:
    curl = [need("curl"), "-sS", "--user", f"{USER}:{setting.password}"]
    url = f"imap://127.0.0.1:{setting.port}"
    assert "Release &- Train" in run([*curl, "--url", f"{url}/"], tmp_path)
    assert "UID 3 FLAGS" in run(
        [*curl, "--url", f"{url}/Caught", "-X", "UID FETCH 1:* (UID FLAGS)"], tmp_path
    )
    assert "Subject: second offer" in run([*curl, "--url", f"{url}/Caught;MAILINDEX=2"], tmp_path)
    run([*curl, "--url", f"{url}/Caught", "-X", "MOVE 2 Release"], tmp_path)
    assert setting.states()["second offer"] in LEAVING


def test_fetchmail(setting: Setting, tmp_path: Path) -> None:
    rc = settings(setting, tmp_path, FETCHMAIL)
    run(
        [need("fetchmail"), "-f", str(rc), "--pidfile", str(tmp_path / "pid"), "-i", str(tmp_path / "ids")],
        tmp_path,
    )
    got = (tmp_path / "mail").read_text(encoding="utf-8")
    assert [f"Subject: {subject}" in got for subject in SUBJECTS] == [True] * 3
    assert set(setting.states().values()) == {State.HELD}


def test_mbsync_fetches_and_what_is_deleted_here_is_removed_there(setting: Setting, tmp_path: Path) -> None:
    command = [need("mbsync"), "-c", str(settings(setting, tmp_path, MBSYNC)), "-a"]
    (tmp_path / "mail").mkdir()
    run(command, tmp_path)
    files = maildir(tmp_path, "Caught")
    assert len(files) == len(SUBJECTS)
    second = next(path for path in files if b"second offer" in path.read_bytes())
    second.rename(second.parent.parent / "cur" / f"{second.name.partition(':')[0]}:2,ST")
    run(command, tmp_path)
    assert setting.states() == {
        "first offer": State.HELD,
        "second offer": State.REMOVED,
        "third offer": State.HELD,
    }
    assert len(maildir(tmp_path, "Caught")) == 2


def test_mbsync_moves_by_appending_what_the_quarantine_holds(setting: Setting, tmp_path: Path) -> None:
    """It knows no MOVE: what is moved between folders here is appended there, and deleted in the other one."""
    command = [need("mbsync"), "-c", str(settings(setting, tmp_path, MBSYNC)), "-a"]
    (tmp_path / "mail").mkdir()
    run(command, tmp_path)
    first = next(path for path in maildir(tmp_path, "Caught") if b"first offer" in path.read_bytes())
    first.rename(tmp_path / "mail" / "Release &- Train" / "new" / first.name.partition(",")[0])
    run(command, tmp_path)
    assert setting.states()["first offer"] in LEAVING
    assert [setting.states()[subject] for subject in SUBJECTS[1:]] == [State.HELD, State.HELD]
    assert setting.labels() == ["ham"]
    run(command, tmp_path)  # the folder shows nothing, and mbsync is content with it


def test_offlineimap(setting: Setting, tmp_path: Path) -> None:
    command = [need("offlineimap"), "-c", str(settings(setting, tmp_path, OFFLINEIMAP)), "-o"]
    run(command, tmp_path)
    files = maildir(tmp_path, "Caught")
    assert len(files) == len(SUBJECTS)
    third = next(path for path in files if b"third offer" in path.read_bytes())
    third.unlink()
    said = run(command, tmp_path)
    assert "ERROR" not in said
    assert setting.states() == {
        "first offer": State.HELD,
        "second offer": State.HELD,
        "third offer": State.REMOVED,
    }
