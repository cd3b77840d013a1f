"""Audit (a chain per scope) and Actions."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from pratique.adapters.aws.audit import DynamoAudit
from pratique.domain.action import Action, Deed, DeedKind
from pratique.domain.actor import Channel
from pratique.domain.audit_chain import faults
from pratique.domain.errors import InvalidInput, PermanentFailure
from pratique.domain.scope import GLOBAL, Scope, domain_scope, recipient_scope
from pratique.ports.actions import Actions
from pratique.ports.audit import Audit, AuditEntry

from tests.builders import NOW_MS
from tests.contract.backends import SIGNING_KEY, Backend, concurrent, stored

SCOPES = [GLOBAL, domain_scope("global"), recipient_scope("grüße@example.org")]
KEYS = (SIGNING_KEY.encode(),)


@pytest.fixture
def audit(backend: Backend) -> Audit:
    return backend.services.audit


@pytest.fixture
def actions(backend: Backend) -> Actions:
    return backend.services.actions


def entry(number: int, scope: Scope = GLOBAL) -> AuditEntry:
    return AuditEntry(NOW_MS + number, "bob@example.org", "api", scope, "policy.put", f"grüße {number}")


def action(number: int = 1, at_ms: int = NOW_MS) -> Action:
    return Action(
        id=f"01ACTION{number}",
        at_ms=at_ms,
        actor="bob@example.org",
        channel=Channel.IMAP,
        scope=recipient_scope("bob@example.org"),
        verb="remove",
        subject="one",
        deeds=(
            Deed(DeedKind.REMOVE, "a copy"),
            Deed(
                DeedKind.ENTRY, "eve@example.net", "bob@example.org", None, {"kind": "block", "days": [1, 2]}
            ),
        ),
    )


def test_entries_come_newest_first_and_by_scope(audit: Audit) -> None:
    """Numbered within their scope, also two of the same millisecond; the domain called `global` has its own."""
    for number in (1, 2, 2, 3):
        audit.record(entry(number))
    assert audit.record(entry(9, SCOPES[1])) == replace(entry(9, SCOPES[1]), seq=1)
    expected = [replace(entry(n), seq=seq) for n, seq in ((3, 4), (2, 3), (2, 2), (1, 1))]
    assert audit.entries(GLOBAL, limit=10) == expected
    assert audit.entries(GLOBAL, limit=1) == expected[:1]
    assert audit.entries(SCOPES[1], limit=10) == [replace(entry(9, SCOPES[1]), seq=1)]
    assert audit.entries(SCOPES[2], limit=10) == []
    assert set(audit.scopes(limit=10)) == {SCOPES[0], SCOPES[1]}
    assert len(audit.scopes(limit=1)) == 1
    assert audit.scopes(limit=5, after=audit.scopes(limit=1)[0].key) == audit.scopes(limit=5)[1:]


def test_pages(audit: Audit) -> None:
    """Each entry once, however they are cut; a cursor of somebody's own is none."""
    for number in range(5):
        audit.record(entry(number))
    seen: list[int] = []
    cursor: str | None = None
    for _ in range(4):
        page = audit.page(GLOBAL, limit=2, cursor=cursor)
        seen += [each.seq for each in page.entries]
        cursor = page.cursor
        if cursor is None:
            break
    assert seen == [5, 4, 3, 2, 1]
    assert audit.page(GLOBAL, limit=5).cursor is None, "there is no more behind the last one"
    with pytest.raises(InvalidInput):
        audit.page(GLOBAL, limit=2, cursor="!!")


def test_a_chain_holds(audit: Audit) -> None:
    """Each entry names the one before; read in parts it holds as well."""
    for number in range(5):
        audit.record(entry(number))
    links = list(audit.links(GLOBAL, after=0, limit=10))
    assert [link.seq for link in links] == [1, 2, 3, 4, 5]
    assert faults(links, keys=KEYS, now_ms=NOW_MS) == []
    late = list(audit.links(GLOBAL, after=2, limit=2))
    assert [link.seq for link in late] == [3, 4]
    assert faults(late, keys=KEYS, now_ms=NOW_MS, before=links[1]) == []
    assert faults(links, keys=(b"another key, as long as keys are to be",), now_ms=NOW_MS) != []


@concurrent
def test_writers_that_meet_take_turns(audit: Audit) -> None:
    """No entry is lost, no number is given twice."""
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda n: audit.record(entry(n)), range(12)))
    links = audit.links(GLOBAL, after=0, limit=50)
    assert [link.seq for link in links] == list(range(1, 13))
    assert faults(links, keys=KEYS, now_ms=NOW_MS) == []


@stored
def test_entries_from_before_there_was_a_chain_are_read(backend: Backend, audit: Audit) -> None:
    """Behind all others, without a number; the chain begins at 1 all the same."""
    assert backend.settings is not None
    old = {
        "pk": {"S": "A#*"},
        "sk": {"S": f"{NOW_MS:015d}#0123456789ab"},
        "at": {"N": str(NOW_MS)},
        "actor": {"S": "bob@example.org"},
        "channel": {"S": "api"},
        "action": {"S": "policy.put"},
        "subject": {"S": "grüße 0"},
    }
    backend.client("dynamodb").put_item(TableName=backend.settings.table, Item=old)
    audit.record(entry(1))
    assert audit.entries(GLOBAL, limit=5) == [replace(entry(1), seq=1), entry(0)]
    first = audit.page(GLOBAL, limit=1)
    assert audit.page(GLOBAL, limit=1, cursor=first.cursor).entries == (entry(0),)
    assert [link.seq for link in audit.links(GLOBAL, after=0, limit=5)] == [1]


@stored
@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ("change", "entry 2 was changed"),
        ("delete", "entries 2 to 2 are missing"),
        ("insert", "entry 4 does not follow entry 3"),
        ("first", "entries are missing"),
        ("forge", "entry 4 was not written by this installation"),
        ("strip", "entry 4 has no seal"),
    ],
)
def test_whoever_can_write_the_table_is_seen(backend: Backend, audit: Audit, change: str, fault: str) -> None:
    """A row that was changed, deleted, put in between, cut off in front, forged with good hashes, or written without a seal."""
    assert backend.settings is not None
    table, dynamodb = backend.settings.table, backend.client("dynamodb")
    for number in range(5):
        audit.record(entry(number))

    def key(seq: int) -> dict[str, dict[str, str]]:
        return {"pk": {"S": "A#*"}, "sk": {"S": f"S{seq:015d}"}}

    def no_key() -> bytes:
        raise PermanentFailure("no key here")

    if change == "change":
        dynamodb.update_item(
            TableName=table,
            Key=key(2),
            UpdateExpression="SET subject = :s",
            ExpressionAttributeValues={":s": {"S": "nothing"}},
        )
    elif change in ("delete", "first"):
        dynamodb.delete_item(TableName=table, Key=key(2 if change == "delete" else 1))
    else:
        later = [dynamodb.get_item(TableName=table, Key=key(seq))["Item"] for seq in (4, 5)]
        for row in later:
            dynamodb.delete_item(TableName=table, Key={"pk": row["pk"], "sk": row["sk"]})
        made = {
            "insert": SIGNING_KEY.encode,
            "forge": lambda: b"a key of somebody else",
            "strip": no_key,
        }
        opened = backend.services.audit._make()._open  # type: ignore[attr-defined]
        DynamoAudit(opened, made[change]).record(entry(3))
        if change == "insert":
            forged = dynamodb.get_item(TableName=table, Key=key(4))["Item"]
            dynamodb.put_item(TableName=table, Item={**forged, "before": {"S": "0" * 64}})
    found = faults(audit.links(GLOBAL, after=0, limit=50), keys=KEYS, now_ms=NOW_MS)
    assert any(fault in each for each in found), found


def test_an_action_comes_back_as_it_was(actions: Actions) -> None:
    """Begun once, finished, taken back once; None of it for another id."""
    made = action()
    assert actions.begin(made)
    assert not actions.begin(replace(made, actor="somebody else"))
    assert actions.get(made.id) == made
    assert actions.get("01OTHER") is None
    actions.finish(made.id, made.deeds)
    assert actions.get(made.id) == replace(made, done=True)
    assert actions.mark_undone(made.id, by="ann", at_ms=NOW_MS + 5)
    assert not actions.mark_undone(made.id, by="eve", at_ms=NOW_MS + 6)
    assert actions.get(made.id) == replace(made, done=True, undone_ms=NOW_MS + 5, undone_by="ann")
    assert not actions.mark_undone("01OTHER", by="ann", at_ms=NOW_MS)
    actions.finish("01OTHER", ())
    assert actions.get("01OTHER") is None
    actions.drop(made.id)
    assert actions.get(made.id) is None


def test_what_nobody_finished_is_found(actions: Actions) -> None:
    """The oldest first; not what is finished, nor what was begun only now."""
    made = [action(n, NOW_MS + n) for n in range(4)]
    for each in reversed(made):
        actions.begin(each)
    actions.finish(made[1].id, ())
    found = actions.unfinished(before_ms=NOW_MS + 3, limit=10)
    assert [each.id for each in found] == [made[0].id, made[2].id]
    assert [each.id for each in actions.unfinished(before_ms=NOW_MS + 3, limit=1)] == [made[0].id]
