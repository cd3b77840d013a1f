"""Which command runs in which state (RFC 3501, 3 and 6)."""

from __future__ import annotations

from types import MappingProxyType

from . import appending, folders, greeting, listing, messages
from .session import Command, State

_ANY = frozenset({State.GREETED, State.AUTHENTICATED, State.SELECTED})
_GREETED = frozenset({State.GREETED})
_LOGGED_IN = frozenset({State.AUTHENTICATED, State.SELECTED})
_SELECTED = frozenset({State.SELECTED})

COMMANDS = MappingProxyType(
    {
        "CAPABILITY": Command(greeting.capability, _ANY),
        "NOOP": Command(greeting.noop, _ANY),
        "LOGOUT": Command(greeting.logout, _ANY),
        "ID": Command(greeting.identify, _ANY),
        "STARTTLS": Command(greeting.starttls, _GREETED),
        "LOGIN": Command(greeting.login, _GREETED),
        "AUTHENTICATE": Command(greeting.authenticate, _GREETED),
        "SELECT": Command(folders.select, _LOGGED_IN),
        "EXAMINE": Command(folders.examine, _LOGGED_IN),
        "CREATE": Command(folders.create, _LOGGED_IN),
        "DELETE": Command(folders.delete, _LOGGED_IN),
        "RENAME": Command(folders.rename, _LOGGED_IN),
        "SUBSCRIBE": Command(folders.subscribe, _LOGGED_IN),
        "UNSUBSCRIBE": Command(folders.unsubscribe, _LOGGED_IN),
        "LIST": Command(listing.list_, _LOGGED_IN),
        "LSUB": Command(listing.lsub, _LOGGED_IN),
        "NAMESPACE": Command(folders.namespace, _LOGGED_IN),
        "STATUS": Command(folders.status, _LOGGED_IN),
        "APPEND": Command(appending.append, _LOGGED_IN),
        "ENABLE": Command(folders.enable, _LOGGED_IN),
        "IDLE": Command(folders.idle, _LOGGED_IN),
        "CHECK": Command(messages.check, _SELECTED),
        "CLOSE": Command(messages.close, _SELECTED),
        "UNSELECT": Command(messages.unselect, _SELECTED),
        "EXPUNGE": Command(messages.expunge, _SELECTED),
        "SEARCH": Command(messages.search, _SELECTED, expunges=False),
        "FETCH": Command(messages.fetch, _SELECTED, expunges=False),
        "STORE": Command(messages.store, _SELECTED, expunges=False),
        "COPY": Command(messages.copy, _SELECTED),
        "MOVE": Command(messages.move, _SELECTED),
        "UID EXPUNGE": Command(messages.uid_expunge, _SELECTED),
        "UID SEARCH": Command(messages.search, _SELECTED),
        "UID FETCH": Command(messages.fetch, _SELECTED),
        "UID STORE": Command(messages.store, _SELECTED),
        "UID COPY": Command(messages.copy, _SELECTED),
        "UID MOVE": Command(messages.move, _SELECTED),
    }
)
"""By name in upper case. `expunges` says where RFC 3501, 7.4.1 and 5.5 allow EXPUNGE."""
