"""The rows of a message as a whole (its facts, what IMAP shows of it), and what is left of a copy."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from pynamodb.expressions.operand import Path

from pratique.domain.errors import TemporaryFailure
from pratique.domain.history import History
from pratique.domain.ids import CopyId
from pratique.domain.message import Event, Facts

from .rows import FACTS_KEY, STRUCTURE_KEY, facts_from_row, facts_row, structure_row
from .table import ABSENT, PRESENT, Table, words

TRIES = 5
_live_set = Path("live")
_packed = Path("packed")


def _source_key(source_id: str) -> str:
    """The partition of the expiry index that holds the message with this id of the receiving server (facts_row)."""
    return f"S#{source_id}"


class DynamoFacts:
    """The part of MailIndex that is about messages, not copies, and about copies that are gone."""

    def __init__(self, table: Callable[[], Table]) -> None:
        self._open = table

    @property
    def _table(self) -> Table:
        return self._open()

    def add_facts(self, facts: Facts, *, expires_at: int) -> bool:
        """See MailIndex."""
        return self._table.put(facts_row(facts, expires_at), condition=ABSENT)

    def get_facts(self, message: str) -> Facts | None:
        """See MailIndex."""
        row = self._table.get((f"X#{message}", FACTS_KEY))
        return None if row is None else facts_from_row(row)

    def get_many_facts(self, messages: Sequence[str]) -> dict[str, Facts]:
        """See MailIndex."""
        rows = self._table.get_many([(f"X#{message}", FACTS_KEY) for message in messages])
        return {facts.message: facts for facts in map(facts_from_row, rows.values())}

    def messages_of(self, source_ids: Sequence[str]) -> dict[str, str]:
        """See MailIndex. Eight queries at a time."""
        with ThreadPoolExecutor(8) as pool:
            parts = pool.map(
                lambda name: self._table.query(_source_key(name), index="by_expiry", limit=1), source_ids
            )
            found = {name: part.rows for name, part in zip(source_ids, parts, strict=True)}
        return {name: words(rows[0], "pk")[2:] for name, rows in found.items() if rows}

    def add_recipients(self, message: str, copy_ids: Sequence[CopyId]) -> Facts | None:
        """See MailIndex. Again where somebody else did the same."""
        for _ in range(TRIES):
            row = self._table.get((f"X#{message}", FACTS_KEY))
            if row is None:
                return None
            facts = facts_from_row(row)
            known = dict.fromkeys([*facts.copy_ids, *copy_ids])
            wanted = replace(
                facts,
                recipients=tuple(each.recipient for each in known),
                owners={each.recipient: each.of for each in known if each.of},
            )
            packed = facts_row(wanted, 0)["packed"]
            actions = [_packed.set(packed), _live_set.add({"SS": [str(c.recipient) for c in copy_ids]})]
            if self._table.update((f"X#{message}", FACTS_KEY), actions, _packed == row["packed"]) is not None:
                return wanted
        raise TemporaryFailure("the message is busy")

    def drop_recipient(self, copy_id: CopyId) -> str | None:
        """See MailIndex. DynamoDB takes the attribute away with the last member of a set."""
        row = self._table.update(
            (f"X#{copy_id.message}", FACTS_KEY),
            [_live_set.delete({"SS": [str(copy_id.recipient)]})],
            PRESENT,
        )
        return words(row, "raw") if row is not None and "live" not in row else None

    def is_expected(self, copy_id: CopyId) -> bool:
        """See MailIndex."""
        row = self._table.get((f"X#{copy_id.message}", FACTS_KEY))
        return row is not None and str(copy_id.recipient) in row.get("live", {}).get("SS", [])

    def delete_facts(self, message: str) -> None:
        """See MailIndex. A structure that an interrupted deletion leaves behind ends by TTL."""
        if self._table.delete((f"X#{message}", FACTS_KEY), _live_set.does_not_exist()):
            self._table.delete((f"X#{message}", STRUCTURE_KEY))

    def add_structure(self, message: str, structure: bytes, *, expires_at: int) -> None:
        """See MailIndex."""
        self._table.put(structure_row(message, structure, expires_at))

    def structures(self, messages: Sequence[str]) -> dict[str, bytes]:
        """See MailIndex. They never change, so any read will do."""
        rows = self._table.get_many([(f"X#{message}", STRUCTURE_KEY) for message in messages])
        return {key[0][2:]: bytes(row["structure"]["B"]) for key, row in rows.items()}

    def end_copy(self, copy_id: CopyId, *, event: Event, now: int, kept_until: int) -> bool:
        """See MailIndex."""
        from . import histories  # noqa: PLC0415 - only the sweep ends copies

        return histories.end_copy(self._table, copy_id, event=event, now=now, kept_until=kept_until)

    def history(self, copy_id: CopyId, *, now: int) -> History | None:
        """See MailIndex."""
        from . import histories  # noqa: PLC0415 - only people ask

        return histories.read_history(self._table, copy_id, now=now)

    def has_ended(self, copy_ids: Sequence[CopyId], *, now: int) -> set[CopyId]:
        """See MailIndex."""
        from . import histories  # noqa: PLC0415 - only reconcile asks

        return histories.ended(self._table, copy_ids, now=now)
