"""Webhooks: who is told of changes of messages, where, and what exactly is said."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import re
from dataclasses import dataclass

from .errors import InvalidInput, NotFound
from .ids import CopyId, is_ulid
from .lifecycle import State
from .scope import Scope, scope_from_key

MAX_URL = 1_000
MAX_PORT = 65_535
MAX_LABEL = 63
"""Octets between two dots of a name (RFC 1035, 2.3.4)."""
_URL = re.compile(
    r"(?P<scheme>https?)://(?P<name>[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::(?P<port>[0-9]{1,5}))?(?:[/?][!-~]*)?"
)
SECRET_PREFIX = "whsec_"  # noqa: S105 - how a secret begins, as Standard Webhooks has it
RETRIES_SECONDS = (30, 120, 600, 3_600, 4 * 3_600, 8 * 3_600, 12 * 3_600)
"""Pauses between tries of one event; after the last, it is given up."""
DISABLED_AFTER = 100
"""Events given up one after the other that turn a webhook off."""


@dataclass(frozen=True, slots=True)
class Hook:
    """An address that is told of the changes of a scope's messages: those to one of `states`, or all where it is empty.

    `failures` counts events that were given up since the last that was taken; a hook with `disabled` (why) is told nothing.
    """

    scope: Scope
    id: str
    url: str
    states: frozenset[State]
    created_ms: int
    author: str
    failures: int = 0
    disabled: str = ""

    @property
    def ref(self) -> str:
        """Names the hook for people: its id, and the scope's key in base64url."""
        tail = base64.urlsafe_b64encode(self.scope.key.encode()).decode().rstrip("=")
        return f"{self.id}.{tail}"

    def wants(self, state: State) -> bool:
        """Whether it is told of a change to this state."""
        return not self.disabled and (not self.states or state in self.states)


def parse_hook_ref(text: str) -> tuple[Scope, str]:
    """(scope, id) of Hook.ref. Raises NotFound for anything else."""
    head, _, tail = text.partition(".")
    if not is_ulid(head) or not tail or len(tail) > 512:  # noqa: PLR2004 - base64 of 320 octets and some
        raise NotFound("no such webhook")
    try:
        key = base64.b64decode(tail + "=" * (-len(tail) % 4), altchars=b"-_", validate=True).decode()
        return scope_from_key(key), head
    except (binascii.Error, UnicodeDecodeError, ValueError, InvalidInput):
        raise NotFound("no such webhook") from None


def check_url(url: str, *, private: bool = False) -> str:
    """The address of a webhook: https without credentials. `private` (a laptop) lets plain http through. Raises InvalidInput."""
    found = _URL.fullmatch(url)
    if (
        found is None
        or len(url) > MAX_URL
        or not (private or found["scheme"] == "https")
        or not 0 < int(found["port"] or 443) <= MAX_PORT
        or any(
            not 0 < len(label) <= MAX_LABEL
            for label in (found["name"] or "ipv6").removesuffix(".").split(".")
        )
    ):
        raise InvalidInput(
            f"a webhook is an https URL of at most {MAX_URL} characters, without a password in it"
        )
    return url


@dataclass(frozen=True, slots=True)
class Change:
    """A copy came into a state. `version` orders the changes of one copy; the same change, told twice, has the same `id`. Times are Unix ms."""

    copy: CopyId
    direction: str
    state: State
    previous: str
    version: int
    at_ms: int
    actor: str
    channel: str
    verdict: str
    score: float
    sender: str

    @property
    def id(self) -> str:
        """The change's own name."""
        return hashlib.sha256(f"{self.copy}#{self.version}#{self.state}".encode()).hexdigest()[:32]

    def detail(self) -> dict[str, object]:
        """What is said of it: no word of the message, its subject neither."""
        return {
            "change": self.id,
            "id": str(self.copy),
            "message": self.copy.message,
            "direction": self.direction,
            "recipient": str(self.copy.recipient),
            "owner": str(self.copy.owner),
            "sender": self.sender,
            "state": self.state.value,
            "previous": self.previous,
            "version": self.version,
            "at_ms": self.at_ms,
            "actor": self.actor,
            "channel": self.channel,
            "verdict": self.verdict,
            "score": round(self.score, 4),
        }


TYPE = "message.state_changed"
PING = "ping"


def payload(kind: str, at_ms: int, data: dict[str, object]) -> str:
    """The body of a call, as JSON (https://github.com/standard-webhooks/standard-webhooks, payload structure)."""
    return json.dumps({"type": kind, "timestamp_ms": at_ms, "data": data}, separators=(",", ":"))


def hook_secret(key: bytes, hook: Hook) -> bytes:
    """32 octets that sign what this hook is told: derived from the installation's key, kept nowhere."""
    return hmac.new(key, f"webhook\n{hook.scope.key}\n{hook.id}".encode(), hashlib.sha256).digest()


def secret_text(secret: bytes) -> str:
    """The secret as its owner gets it."""
    return SECRET_PREFIX + base64.b64encode(secret).decode()


def signed_headers(secret: bytes, event_id: str, at_s: int, body: str) -> dict[str, str]:
    """The headers of a signed call (Standard Webhooks, symmetric signatures): HMAC-SHA256 over id, time in Unix seconds, and body."""
    told = f"{event_id}.{at_s}.{body}".encode()
    signature = base64.b64encode(hmac.new(secret, told, hashlib.sha256).digest()).decode()
    return {
        "webhook-id": event_id,
        "webhook-timestamp": str(at_s),
        "webhook-signature": f"v1,{signature}",
    }
