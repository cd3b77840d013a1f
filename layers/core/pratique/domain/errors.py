"""What can go wrong, in the words an edge needs: every failure says whether trying again helps.

Adapters raise :class:`TemporaryFailure` or :class:`PermanentFailure`; use cases raise the refusals below;
each edge (HTTP, SMTP, IMAP, SQS) maps them exactly once.
"""

from __future__ import annotations


class PratiqueError(Exception):
    """Base of every error this project raises on purpose. `code` is stable and safe to show."""

    code = "error"


class TemporaryFailure(PratiqueError):
    """Something outside did not work now; the same call may work later."""

    code = "temporary_failure"


class PermanentFailure(PratiqueError):
    """Something outside said no for good; the same call will never work."""

    code = "permanent_failure"


class Refusal(PratiqueError):
    """The caller asked for what cannot be had; nothing was changed."""

    code = "refused"


class InvalidInput(Refusal):
    """The input is not of the form that is needed; the text says which form."""

    code = "invalid_input"


class NotFound(Refusal):
    """There is no such thing, or the actor may not see it: the two look the same (invariant 7)."""

    code = "not_found"


class Forbidden(Refusal):
    """The actor may see this but not do that."""

    code = "forbidden"


class NotProved(Refusal):
    """Who signs in did not prove who it is. Whatever was wrong, it looks the same."""

    code = "not_proved"


class CodeNeeded(NotProved):
    """The first proof was right; this account wants a second factor too."""

    code = "code_needed"


class ReasonNeeded(Forbidden):
    """This is what somebody else's mail says: whoever opens it gives a reason first."""

    code = "reason_needed"


class SignInAgain(Forbidden):
    """This is done only soon after signing in."""

    code = "sign_in_again"


class Conflict(Refusal):
    """The thing is in a state that does not allow the action (released already, being removed, ...)."""

    code = "conflict"


class RequestNeeded(Forbidden):
    """The recipient may not release this by itself, but may ask for it."""

    code = "request_needed"


class Outdated(Refusal):
    """The thing was changed since the caller read it; the text says which version it has now."""

    code = "outdated"


class NoRoute(Refusal):
    """The recipient's domain has no route: there is nowhere to deliver to."""

    code = "no_route"


class LimitReached(Refusal):
    """The caller did as much as is allowed in this time; the text says when it may do more."""

    code = "limit_reached"


class SenderLocked(Refusal):
    """Whoever sends is locked (too much spam, too many refused recipients, or by an administrator); the text says for how long."""

    code = "sender_locked"

    def __init__(self, text: str, *, forever: bool = False) -> None:
        super().__init__(text)
        self.forever = forever
        """Whether only a person ends it."""


class ConcurrentChange(PratiqueError):
    """A conditional write lost against another writer; read again and decide again."""

    code = "concurrent_change"
