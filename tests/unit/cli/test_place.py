"""Which installation, which token."""

from __future__ import annotations

import stat
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner

from cli.failure import Failure
from cli.main import app
from cli.place import config_path, find_place, read_config
from cli.setup import Setup
from tests.unit.cli.world import URL, Installation


def _laptop(folder: Path, **files: str) -> None:
    (folder / ".local").mkdir()
    for name, text in files.items():
        (folder / ".local" / name).write_text(text + "\n")


def _config(text: str) -> None:
    config_path().parent.mkdir(parents=True)
    config_path().write_text(text)


def test_nothing_is_known() -> None:
    """The line says what to do."""
    with pytest.raises(Failure, match="pratique login"):
        find_place(None, None, None)


def test_a_laptop_is_found_from_below(home: Path) -> None:
    """Its token and the usual ports."""
    _laptop(home, token="prq_laptop")
    inner = home / "docs" / "more"
    inner.mkdir(parents=True)
    place = find_place(None, None, None, start=inner)
    assert (place.name, place.url, place.token, place.smtp) == (
        "laptop",
        "http://127.0.0.1:8080",
        "prq_laptop",
        "127.0.0.1:2525",
    )


def test_a_laptop_may_have_other_ports(home: Path) -> None:
    """Where it wrote them down."""
    _laptop(home, token="t", url="http://127.0.0.1:9090", smtp="127.0.0.1:2626")
    place = find_place(None, None, None)
    assert (place.url, place.smtp) == ("http://127.0.0.1:9090", "127.0.0.1:2626")


def test_a_named_profile_wins_over_the_laptop_and_the_laptop_over_the_default(home: Path) -> None:
    """From the nearest to the farthest."""
    _config('default = "work"\n[profiles.work]\nurl = "https://work.example"\ntoken = "w"\n')
    assert find_place(None, None, None).url == "https://work.example"
    _laptop(home, token="t")
    assert find_place(None, None, None).name == "laptop"
    assert find_place(None, None, "work").token == "w"
    with pytest.raises(Failure, match="no profile 'home'"):
        find_place(None, None, "home")


def test_a_token_is_not_sent_elsewhere(home: Path) -> None:
    """Another URL needs its own."""
    _laptop(home, token="t")
    assert find_place("http://127.0.0.1:8080/", None, None).token == "t"
    with pytest.raises(Failure, match="no token for"):
        find_place("https://evil.example", None, None)


@pytest.mark.parametrize(
    "url",
    ["http://api.example.org", "ftp://x", "api.example.org", "", "http://[", "http://127.0.0.1.evil.example"],
)
def test_a_token_is_not_sent_in_the_clear(url: str) -> None:
    """https, but for this machine."""
    with pytest.raises(Failure):
        find_place(url, "t", None)


def test_a_broken_configuration_is_named() -> None:
    """With its place."""
    _config("default = ")
    with pytest.raises(Failure, match=r"config\.toml"):
        read_config()
    config_path().write_text('[profiles.x]\ntoken = "t"\n')
    with pytest.raises(Failure, match="has no url"):
        find_place(None, None, "x")


def test_the_token_is_not_shown_in_a_traceback(here: Installation) -> None:
    """repr leaves it out."""
    assert here.token not in repr(find_place(URL, here.token, None))
    assert here.token not in repr(Setup(token=here.token))


def test_login_checks_and_keeps(here: Installation) -> None:
    """The file is the owner's alone; the first profile is the default."""
    setup = Setup(transport=httpx.MockTransport(here.answer))
    words = ["login", "--url", URL, "--profile", 'wo"rk']
    done = CliRunner().invoke(app, words, input=f"{here.token}\n", obj=setup)
    assert done.exit_code == 0, done.output
    assert here.token not in done.output
    assert stat.S_IMODE(config_path().stat().st_mode) == 0o600
    assert read_config() == {"default": 'wo"rk', "profiles": {'wo"rk': {"url": URL, "token": here.token}}}
    shown = CliRunner().invoke(app, ["status"], obj=setup)
    assert "token:tester of global" in shown.stdout


def test_login_keeps_other_profiles_and_asks_for_a_token_that_works(here: Installation) -> None:
    """A wrong one is not kept."""
    _config('default = "a"\n[profiles.a]\nurl = "https://a.example"\ntoken = "x"\nsmtp = "a.example:25"\n')
    setup = Setup(transport=httpx.MockTransport(here.answer))
    wrong = CliRunner().invoke(
        app, ["login", "--url", URL, "--token", "prq_wrong", "--profile", "b"], obj=setup
    )
    assert wrong.exit_code == 1
    assert set(read_config()["profiles"]) == {"a"}
    CliRunner().invoke(
        app,
        ["login", "--url", URL, "--token", here.token, "--profile", "b", "--smtp", "b.example:587"],
        obj=setup,
    )
    config = read_config()
    assert config["default"] == "a"
    assert config["profiles"]["a"]["smtp"] == "a.example:25"
    assert config["profiles"]["b"]["smtp"] == "b.example:587"


def test_options_come_from_the_environment(here: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    """PRATIQUE_URL, PRATIQUE_TOKEN."""
    monkeypatch.setenv("PRATIQUE_URL", URL)
    monkeypatch.setenv("PRATIQUE_TOKEN", here.token)
    setup = Setup(transport=httpx.MockTransport(here.answer))
    assert "token:tester" in CliRunner().invoke(app, ["status"], obj=setup).stdout
