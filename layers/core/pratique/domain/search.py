"""What a person looks for among messages: words in any field that a list shows, and bounds."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field

from .direction import Direction
from .errors import InvalidInput
from .lifecycle import State
from .log_status import LogStatus, log_status
from .message import Copy
from .verdict import Verdict

MAX_WORDS = 10
MAX_WORD = 100
"""Characters."""
ID_CHARACTERS = 10
"""Characters of an id (its time) from which on a word without a field name may be one."""
FIELDS = ("sender", "subject", "recipient", "reply", "held")
"""The texts of a copy that are looked into."""
_FIELDS = {
    "from": "sender",
    "to": "recipient",
    "subject": "subject",
    "id": "id",
    "reply": "reply",
    "held": "held",
}
ANYWHERE = ("sender", "subject", "recipient", "reply")
"""Looked into for a word that names no field. `held` is not: `spam` is to be found in subjects, not in everything that is held for it."""


def fold(text: str) -> str:
    """Text as it is compared: without case, accents and compatibility forms (`Ｇrüße` and `grusse` are the same)."""
    if text.isascii():  # most of it is, and this is the path of every message that a search looks at
        return text.lower()
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(char for char in plain if not unicodedata.combining(char)).casefold()


@dataclass(frozen=True, slots=True)
class Term:
    """A word or phrase that must occur, anywhere in a word, in the field that it names ('' for any field). `without` turns it round."""

    text: str
    field: str = ""
    without: bool = False


@dataclass(frozen=True, slots=True)
class Search:
    """All that is set must hold. Times are Unix ms of the reception, `since_ms` included, `before_ms` not (0 for none); sizes are octets.

    `states` empty means every state; `statuses` are those of the message log (log_status.py).
    """

    terms: tuple[Term, ...] = ()
    states: tuple[State, ...] = ()
    statuses: frozenset[LogStatus] = field(default_factory=frozenset)
    verdicts: frozenset[Verdict] = field(default_factory=frozenset)
    since_ms: int = 0
    before_ms: int = 0
    score_from: float = 0.0
    score_to: float = 1.0
    larger: int = 0
    smaller: int = 0
    direction: Direction = Direction.INCOMING

    def matches(self, copy: Copy) -> bool:
        """Whether a copy is looked for."""
        return self._bounded(copy) and all(_occurs(term, copy) is not term.without for term in self.terms)

    def _bounded(self, copy: Copy) -> bool:
        return (
            (not self.states or copy.state in self.states)
            and (not self.statuses or log_status(copy) in self.statuses)
            and (not self.verdicts or copy.verdict in self.verdicts)
            and self.since_ms <= copy.received_ms
            and (not self.before_ms or copy.received_ms < self.before_ms)
            and self.score_from <= copy.score <= self.score_to
            and self.larger <= copy.size
            and (not self.smaller or copy.size < self.smaller)
        )


def _occurs(term: Term, copy: Copy) -> bool:
    # Chance puts any short word into an id: it is found by how it begins.
    may_be_id = term.field == "id" or (not term.field and len(term.text) >= ID_CHARACTERS)
    if may_be_id and str(copy.id).casefold().startswith(term.text):
        return True
    fields = field_texts(copy)
    if term.field:
        return term.field != "id" and term.text in fold(fields[term.field])
    return any(term.text in fold(fields[name]) for name in ANYWHERE)


def field_texts(copy: Copy) -> dict[str, str]:
    """The texts of a copy by FIELDS, as written."""
    owner = f" {copy.id.owner}" if copy.id.of else ""
    return {
        "sender": copy.sender,
        "subject": copy.subject,
        "recipient": f"{copy.id.recipient}{owner}",
        "reply": copy.reply,
        "held": copy.held_for or "",
    }


def read_terms(text: str) -> tuple[Term, ...]:
    """Read a line as people type it: `invoice from:ann "your order" -newsletter`. Words are parts of words; quotes hold a phrase together;
    `from: to: subject: id: reply: held:` name a field (`held:virus`: why it is or was held); a minus leaves out.

    Raises InvalidInput for more than MAX_WORDS words, or one that is too long.
    """
    terms = [_term(word) for word in _split(text)]
    found = tuple(term for term in terms if term.text)
    if len(found) > MAX_WORDS:
        raise InvalidInput(f"at most {MAX_WORDS} words at once")
    return found


def _term(word: str) -> Term:
    without = word.startswith("-") and len(word) > 1
    rest = word[1:] if without else word
    name, colon, value = rest.partition(":")
    known = _FIELDS.get(name.lower(), "") if colon else ""
    wanted = fold((value if known else rest).replace('"', "")).strip()
    if len(wanted) > MAX_WORD:
        raise InvalidInput(f"a word to look for has at most {MAX_WORD} characters")
    return Term(wanted, known, without)


def _split(text: str) -> list[str]:
    """Words at white space, but not inside double quotes; a quote that is not closed reaches to the end."""
    words, word, quoted = [], "", False
    for char in text:
        if char == '"':
            quoted = not quoted
        if char.isspace() and not quoted:
            words.append(word)
            word = ""
        else:
            word += char
    return [each for each in [*words, word] if each]
