"""What a connection, an address and a user may take. Sizes in octets, times in seconds."""

from __future__ import annotations

from dataclasses import dataclass

KIB, MIB = 1024, 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """Defaults fit a gateway of 512 MB and more."""

    line: int = 64 * KIB
    """A command without its literals."""
    literal: int = 64 * KIB
    """Literals of one command other than APPEND."""
    literal_before_login: int = 4 * KIB
    append: int = 40 * MIB
    """APPENDLIMIT (RFC 7889)."""
    in_flight: int = 256 * MIB
    """Literals of all connections that are being received."""
    connections: int = 2_000
    per_address: int = 100
    per_user: int = 30
    commands_before_login: int = 30
    bad_commands: int = 25
    """In a row; then BYE."""
    failed_logins: int = 3
    """On one connection; then BYE."""
    greeting: float = 15.0
    """For the PROXY header and the TLS handshake."""
    login: float = 60.0
    idle: float = 1_800.0
    """RFC 3501, 5.4: at least 30 minutes."""
    still_here: float = 120.0
    """IDLE says something as often: a load balancer drops what is silent for 350 s."""
    slow_reader: float = 120.0
    """That a client may take to make room in a full write buffer."""
    write_buffer: int = 256 * KIB
    """Above this the engine waits for the client."""
    logins_at_once: int = 8
    """Passwords checked at one time; the rest wait."""
