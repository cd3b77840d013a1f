"""Cookies of signed-in browsers (RFC 6265bis): HttpOnly, SameSite=Strict, and over https with the `__Host-` prefix, so that neither a page's
script nor another host of the same domain can read or set them.
"""

from __future__ import annotations

from collections.abc import Mapping

SESSION = "prq_session"
OIDC = "prq_oidc"
"""Ties a sign-in at another issuer to the browser that began it."""
_PREFIX = "__Host-"
MAX_COOKIE = 200
"""Characters of a cookie worth looking at; ours have 70."""


def cookie_name(panel_url: str, name: str = SESSION) -> str:
    """`__Host-` needs Secure, and browsers send no Secure cookie to a laptop's plain http."""
    return f"{_PREFIX}{name}" if panel_url.startswith("https://") else name


def has_cookie(cookies: Mapping[str, str]) -> bool:
    """Whether there may be a session's cookie at all."""
    return SESSION in cookies or _PREFIX + SESSION in cookies


def session_cookie(cookies: Mapping[str, str], panel_url: str) -> str | None:
    """The session's cookie under the one name that counts here: over https another host of the domain could have set the bare one."""
    found = cookies.get(cookie_name(panel_url), "") if panel_url else ""
    return found if 0 < len(found) <= MAX_COOKIE else None


def set_cookie(panel_url: str, value: str, seconds: int, name: str = SESSION) -> str:
    """A Set-Cookie value; `seconds` 0 forgets it."""
    secure = "; Secure" if panel_url.startswith("https://") else ""
    return f"{cookie_name(panel_url, name)}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Strict{secure}"
