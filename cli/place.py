"""Which installation a command talks to, and with which token.

In this order: --url/--token (PRATIQUE_URL, PRATIQUE_TOKEN); a named profile of the configuration file; a laptop's installation in this
folder or one above (`.local/`); the configuration's default profile.
"""

from __future__ import annotations

import json
import os
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from cli.failure import Failure

LAPTOP_URL = "http://127.0.0.1:8080"
LAPTOP_SMTP = "127.0.0.1:2525"
_LOOPBACK = {"localhost", "127.0.0.1", "::1"}


@dataclass(frozen=True, slots=True)
class Place:
    """One installation as this person reaches it. `name` says where the settings came from."""

    name: str
    url: str
    token: str = field(repr=False)
    smtp: str = ""


def config_path() -> Path:
    """~/.config/pratique/config.toml"""
    return Path.home() / ".config" / "pratique" / "config.toml"


def find_place(
    url: str | None, token: str | None, profile: str | None, *, start: Path | None = None
) -> Place:
    """Where to go. A token is never sent to another URL than the one it was stored with. Raises Failure."""
    stored = _stored(profile, start or Path.cwd())
    if url is None and stored is None:
        raise Failure(
            "no installation is known here: run `pratique login`, give --url and --token, or start one with `make local`"
        )
    if url is None:
        assert stored is not None  # noqa: S101 - the line above
        chosen = Place(stored.name, stored.url, token or stored.token, stored.smtp)
    else:
        known = stored is not None and stored.url.rstrip("/") == url.rstrip("/")
        chosen = Place(
            "--url",
            url,
            token or (stored.token if known and stored else ""),
            stored.smtp if known and stored else "",
        )
    if not chosen.token:
        raise Failure(f"no token for {chosen.url}: give --token, set PRATIQUE_TOKEN, or run `pratique login`")
    check_url(chosen.url)
    return chosen


def check_url(url: str) -> None:
    """Refuse what is no URL, and plain http to another machine, where the token could be read. Raises Failure."""
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        raise Failure(f"{url} is no URL") from None
    if parts.scheme not in {"http", "https"} or not host:
        raise Failure(f"{url} is no http(s) URL")
    if parts.scheme == "http" and host not in _LOOPBACK:
        raise Failure("a token is sent over https only, but for this machine itself")


def _stored(profile: str | None, start: Path) -> Place | None:
    config = read_config()
    profiles = config.get("profiles", {})
    if profile is not None:
        if profile not in profiles:
            raise Failure(f"{config_path()} has no profile {profile!r}")
        return _profile(profile, profiles[profile])
    laptop = find_laptop(start)
    if laptop is not None:
        return laptop
    default = config.get("default")
    return _profile(default, profiles[default]) if isinstance(default, str) and default in profiles else None


def _profile(name: str, values: Any) -> Place:
    if not isinstance(values, dict) or not isinstance(values.get("url"), str):
        raise Failure(f"profile {name!r} in {config_path()} has no url")
    return Place(f"profile {name}", values["url"], str(values.get("token", "")), str(values.get("smtp", "")))


def find_laptop(start: Path) -> Place | None:
    """The laptop's installation in `start` or a folder above it: `.local/token`, and `.local/url` and `.local/smtp` where they differ."""
    for folder in (start, *start.parents):
        base = folder / ".local"
        token = _line(base / "token")
        if token:
            return Place(
                "laptop", _line(base / "url") or LAPTOP_URL, token, _line(base / "smtp") or LAPTOP_SMTP
            )
    return None


def _line(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, ValueError):
        return ""


def read_config() -> dict[str, Any]:
    """The configuration file, empty where there is none. Raises Failure for one that is no TOML."""
    try:
        return tomllib.loads(config_path().read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise Failure(f"{config_path()}: {error}") from None


def write_profile(name: str, place: Place, *, default: bool) -> Path:
    """Add or replace a profile; the file is readable by its owner only, from its first byte on."""
    config = read_config()
    profiles = {k: v for k, v in config.get("profiles", {}).items() if isinstance(v, dict)}
    profiles[name] = {"url": place.url, "token": place.token} | ({"smtp": place.smtp} if place.smtp else {})
    chosen = name if default or not config.get("default") else config["default"]
    lines = [f"default = {_quoted(str(chosen))}"]
    for each, values in profiles.items():
        lines += ["", f"[profiles.{_quoted(each)}]", *(f"{k} = {_quoted(str(v))}" for k, v in values.items())]
    path = config_path()
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(
        os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8"
    ) as file:
        file.write("\n".join(lines) + "\n")
    fresh.replace(path)
    return path


def _quoted(text: str) -> str:
    """A TOML basic string: JSON's escapes are among TOML's (https://toml.io/en/v1.0.0#string); DEL needs one that JSON leaves out."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
