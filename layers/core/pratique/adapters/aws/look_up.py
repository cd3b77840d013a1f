"""Everything that ingest reads about recipients and a sender: by key, in as few round trips as the settings allow.

One round trip for most mail. Another where an address turns out to belong to somebody else, or a scope lists networks; a third where it
belongs to a domain that is the same as another. Nothing leads further.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from pratique.domain.address import Address
from pratique.domain.calibration import Calibration
from pratique.domain.correspondent import Question
from pratique.domain.scope import GLOBAL, Scope, scope_chain
from pratique.ports.directory import View

from .alias_rows import owner_keys, read_owners
from .entry_rows import entry_key, entry_of
from .relation_rows import read_relations, relation_keys
from .setting_rows import model_key, policy_key, policy_of
from .table import Key, Row, Table, whole, words

NETS = "nets"
"""Of a scope's model row, which every look-up reads: the kinds of networks on its lists (`4/24`, `6/32`)."""


def look_up(
    table: Table,
    recipients: Sequence[Address],
    patterns: Sequence[str],
    asked: Question,
    *,
    host: str,
    aliases: bool,
) -> View:
    """See Directory."""
    rows: dict[Key, Row] = {}
    read: set[Key] = set()
    while True:
        owners = read_owners(recipients, rows) if aliases else {each: each for each in recipients}
        mailboxes = list(dict.fromkeys(owners.values()))
        scopes = list(dict.fromkeys([GLOBAL, *(s for address in mailboxes for s in scope_chain(address))]))
        entries = list(dict.fromkeys(_entry_keys(scopes, patterns, host, rows)))
        wanted = [key for scope in scopes for key in (policy_key(scope), model_key(scope))]
        wanted += [entry_key(*each) for each in entries]
        wanted += relation_keys(mailboxes, asked)
        if aliases:
            wanted += owner_keys(recipients, rows)
        new = [key for key in dict.fromkeys(wanted) if key not in read]
        if not new:
            break
        found = table.get_many(new)
        rows.update(found)
        if not any(key[0].startswith("AL#") or NETS in row for key, row in found.items()):
            break  # nothing that leads further, as with most mail
        read.update(new)
    view = View(
        entries=tuple(
            entry_of(scope, rows[entry_key(scope, pattern)])
            for scope, pattern in entries
            if entry_key(scope, pattern) in rows
        ),
        relations=read_relations(rows, mailboxes, asked),
        owners={recipient: owner for recipient, owner in owners.items() if owner != recipient},
    )
    _settings(view, scopes, rows)
    return view


def _entry_keys(
    scopes: Sequence[Scope], patterns: Sequence[str], host: str, rows: Mapping[Key, Row]
) -> Iterator[tuple[Scope, str]]:
    """Scope and pattern of each entry that may count. Networks only where the scope's row, once read, says that it has such."""
    for scope in scopes:
        for pattern in patterns:
            yield scope, pattern
        kinds = rows.get(model_key(scope), {}).get(NETS, {}).get("SS", ()) if host else ()
        if kinds:
            from pratique.domain.network import networks_of  # noqa: PLC0415 - few installations list networks

            lengths = [
                (int(version), int(length)) for version, _, length in (k.partition("/") for k in kinds)
            ]
            for network in networks_of(host, lengths):
                yield scope, network


def _settings(view: View, scopes: Sequence[Scope], rows: Mapping[Key, Row]) -> None:
    for scope in scopes:
        if policy_key(scope) in rows:
            row = rows[policy_key(scope)]
            view.policies[scope], view.versions[scope] = policy_of(row), whole(row, "version")
        learned = rows.get(model_key(scope), {})
        if "version" in learned:
            view.models[scope] = words(learned, "version")
        if "shift" in learned:
            view.calibrations[scope] = _calibration(learned)


def _calibration(row: Row) -> Calibration:
    return Calibration(float(words(row, "shift")), whole(row, "ham"), whole(row, "spam"), whole(row, "made"))
