"""API tokens."""

from __future__ import annotations

from typing import Protocol

from pratique.domain.scope import Scope
from pratique.domain.token import Token


class Accounts(Protocol):
    """Tokens by id, and by scope for people to look at."""

    def add_token(self, token: Token) -> None:
        """Store a new token. Raises Conflict if the id is taken."""

    def get_token(self, token_id: str) -> Token | None:
        """Consistent read, so that a revoked token is dead at once."""

    def delete_token(self, token_id: str) -> bool:
        """True if there was one. Its id is spent: add_token refuses it for ever, so that no repeated request revives it."""

    def list_tokens(self, scope: Scope) -> list[Token]:
        """The tokens of exactly this scope."""
