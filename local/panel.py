"""The panel's files as the laptop serves them: built ones from panel/dist, with the same headers as in the cloud (stacks/panel.yaml)."""

from __future__ import annotations

import hashlib
import mimetypes
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

DIST = Path(__file__).resolve().parents[1] / "panel" / "dist"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; frame-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
)
"""What the panel's pages may do: their own scripts and styles, the API, and a message's page in a frame (which has a policy of its own)."""
HEADERS = {
    "Content-Security-Policy": POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
FOR_EVER = "public, max-age=31536000, immutable"
"""Of files whose name holds a hash of their content."""
ASK_AGAIN = "no-cache"
_KINDS = {".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8", ".svg": "image/svg+xml"}


@dataclass(frozen=True, slots=True)
class Found:
    """A file's answer."""

    status: HTTPStatus
    body: bytes
    headers: dict[str, str]


class PanelFiles:
    """The files of one build. What is not there is not there: no path leads out of the folder."""

    def __init__(self, folder: Path = DIST) -> None:
        self._folder = folder

    def find(self, path: str, known: str | None = None) -> Found | None:
        """The answer for a path of the site; `known` is an If-None-Match header. None where there is no such file."""
        name = "index.html" if path == "/" else path.removeprefix("/")
        file = self._folder / name
        if name not in files(self._folder):
            return None
        body = file.read_bytes()
        tag = f'"{hashlib.sha256(body).hexdigest()[:20]}"'
        headers = {
            "Content-Type": content_type(name),
            "Cache-Control": cache_control(name),
            "ETag": tag,
            **HEADERS,
        }
        if known is not None and tag in known:
            return Found(HTTPStatus.NOT_MODIFIED, b"", headers)
        return Found(HTTPStatus.OK, body, headers)


def files(folder: Path = DIST) -> list[str]:
    """The names of a build's files, with `/`, in order."""
    return sorted(str(path.relative_to(folder).as_posix()) for path in folder.rglob("*") if path.is_file())


def content_type(name: str) -> str:
    """The media type of a file of the panel."""
    suffix = Path(name).suffix
    if suffix == ".html":
        return "text/html; charset=utf-8"
    return _KINDS.get(suffix) or mimetypes.guess_type(name)[0] or "application/octet-stream"


def cache_control(name: str) -> str:
    """How long a browser may keep a file."""
    return FOR_EVER if name.startswith("assets/") else ASK_AGAIN
