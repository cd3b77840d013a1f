"""Aliases, and the owners that a look-up finds by them."""

from __future__ import annotations

import pytest
from pratique.adapters.cursors import encode_cursor
from pratique.domain.address import parse_address
from pratique.domain.alias import Alias, AliasDomain
from pratique.domain.errors import InvalidInput
from pratique.domain.policy import Policy
from pratique.domain.scope import domain_scope, recipient_scope
from pratique.ports.aliases import Aliases

from tests.builders import NOW_MS
from tests.contract.backends import Backend

BOB = parse_address("bob@example.org")


@pytest.fixture
def aliases(backend: Backend) -> Aliases:
    return backend.services.aliases


def plain(found: Alias | None) -> Alias | None:
    """Without its version."""
    return found and found._replace(version="")


def alias(address: str, owner: str) -> Alias:
    return Alias(parse_address(address), parse_address(owner), "desk, näturlich", NOW_MS)


def test_put_get_delete(aliases: Aliases) -> None:
    """As it was put; the one before is told."""
    first, second = alias("info@example.org", "bob@example.org"), alias("info@example.org", "eve@example.org")
    assert aliases.put(first) is None
    assert plain(aliases.put(second)) == first
    assert plain(aliases.get(first.address)) == second
    assert aliases.get(BOB) is None
    assert plain(aliases.delete(first.address)) == second
    assert aliases.delete(first.address) is None
    assert aliases.get(first.address) is None


def test_a_mailbox_is_noted_unless_the_address_is_listed(aliases: Aliases) -> None:
    """Nobody's alias is overwritten by it."""
    info = alias("info@example.org", "bob@example.org")
    aliases.put(info)
    assert not aliases.add_mailbox(alias("info@example.org", "info@example.org"))
    assert plain(aliases.get(info.address)) == info
    mailbox = alias("bob@example.org", "bob@example.org")
    assert aliases.add_mailbox(mailbox)
    assert not aliases.add_mailbox(mailbox)
    assert mailbox.is_mailbox
    assert plain(aliases.get(BOB)) == mailbox


def test_a_link_is_an_alias_and_its_mailbox(aliases: Aliases) -> None:
    """Both or none, and only where nothing changed since it was looked at."""
    info, bob = alias("info@example.org", "bob@example.org"), alias("bob@example.org", "bob@example.org")
    assert aliases.link(info, expected=None)
    assert (plain(aliases.get(info.address)), plain(aliases.get(BOB))) == (info, bob)
    assert not aliases.link(info, expected=None)
    seen, mailbox = aliases.get(info.address), aliases.get(BOB)
    moved = alias("info@example.org", "eve@example.org")
    assert aliases.link(moved, expected=seen)
    assert not aliases.link(info, expected=seen)
    assert plain(aliases.get(info.address)) == moved
    # Whoever looked at the mailbox before another alias of it was made does not make an alias of it.
    assert aliases.link(alias("sales@example.org", "bob@example.org"), expected=None)
    ann = alias("bob@example.org", "ann@example.org")
    assert not aliases.link(ann, expected=mailbox)
    assert not aliases.link(ann, expected=None)
    assert aliases.get(parse_address("ann@example.org")) is None
    assert aliases.link(ann, expected=aliases.get(BOB))
    # Nobody belongs to an alias.
    assert not aliases.link(alias("desk@example.org", "bob@example.org"), expected=None)
    assert aliases.get(parse_address("desk@example.org")) is None


def test_page_by_page(aliases: Aliases) -> None:
    """A domain's own, by local part, whatever else the domain has."""
    made = [alias(f"{local}@example.org", "bob@example.org") for local in ("a", "b", "c/d", "grüße", "z")]
    for each in made:
        aliases.put(each)
    aliases.put(alias("a@other.example", "bob@example.org"))
    aliases.put_domain(AliasDomain("example.org", "+-"))
    aliases.note_source("example.org", "other.example")
    for limit in (1, 2, 5, 6):
        found: list[Alias] = []
        cursor = None
        for _ in range(9):
            page = aliases.list_aliases("example.org", limit=limit, cursor=cursor)
            found += [each._replace(version="") for each in page.aliases]
            cursor = page.cursor
            if cursor is None:
                break
            assert len(page.aliases) == limit
        assert found == made


@pytest.mark.parametrize("cursor", ["", "=", encode_cursor("a\nb"), encode_cursor("a" * 400)])
def test_garbage_is_no_cursor(aliases: Aliases, cursor: str) -> None:
    """It is refused."""
    with pytest.raises(InvalidInput):
        aliases.list_aliases("example.org", limit=5, cursor=cursor)


def test_domains(aliases: Aliases) -> None:
    """What a domain chose is replaced and taken back; what was noted of sources stays."""
    assert aliases.get_domain("example.org") is None
    for chosen in (
        AliasDomain("example.org", "", "example.net"),
        AliasDomain("example.org", "+-", "", BOB),
        AliasDomain("example.org"),
    ):
        aliases.put_domain(chosen)
        assert aliases.get_domain("example.org") == chosen
    assert aliases.sources("example.org") == frozenset()
    for source in ("a.example", "b.example", "a.example"):
        aliases.note_source("example.org", source)
    assert aliases.delete_domain("example.org")
    assert not aliases.delete_domain("example.org")
    assert aliases.sources("example.org") == {"a.example", "b.example"}


OWNERS = {
    "bob@example.org": "bob@example.org",
    "bob+news@example.org": "bob@example.org",
    "info@example.org": "bob@example.org",
    "info+x@example.org": "bob@example.org",
    "c++@example.org": "c++@example.org",
    "who@example.org": "who@example.org",
    "info@alias.example": "bob@example.org",
    "bob@alias.example": "bob@example.org",
    "bob+tag@alias.example": "bob@example.org",
    "sales@alias.example": "eve@example.org",
    "bob@all.example": "bob@all.example",
    "anybody@all.example": "bob@example.org",
    "any+tag@all.example": "bob@example.org",
    "kept+tag@all.example": "kept@all.example",
    "bob+tag@strict.example": "bob+tag@strict.example",
    "bob-tag@dash.example": "bob@dash.example",
    "bob+tag@dash.example": "bob+tag@dash.example",
    "x@caught.example": "bob@all.example",
}


def test_owners(backend: Backend) -> None:
    """Plus-addresses, aliases, alias domains and catch-alls, alone and all in one message; and settings of the owners."""
    aliases, directory = backend.services.aliases, backend.services.directory
    for listed, mailbox in (
        ("info@example.org", "bob@example.org"),
        ("c++@example.org", "c++@example.org"),
        ("sales@alias.example", "eve@example.org"),
        ("bob@all.example", "bob@all.example"),
        ("kept@all.example", "kept@all.example"),
    ):
        aliases.put(alias(listed, mailbox))
    for chosen in (
        AliasDomain("alias.example", same_as="example.org"),
        AliasDomain("all.example", catch_all=BOB),
        AliasDomain("strict.example", separators=""),
        AliasDomain("dash.example", separators="-"),
        AliasDomain("caught.example", same_as="dash.example", catch_all=BOB),
        AliasDomain("dash.example", separators="-", catch_all=parse_address("bob@all.example")),
    ):
        aliases.put_domain(chosen)
    wanted = {parse_address(a): parse_address(o) for a, o in OWNERS.items()}
    wanted |= {parse_address(f"bob{x}tag@dash.example"): parse_address("bob@all.example") for x in "+-"}
    for each in (recipient_scope(owner) for owner in set(wanted.values())):
        directory.put_policy(each, Policy(retention_days=3))
    directory.put_policy(domain_scope("alias.example"), Policy(retention_days=4))
    for recipient, owner in wanted.items():
        view = directory.look_up([recipient], [], aliases=True)
        assert view.owner(recipient) == owner
        assert set(view.policies) == {recipient_scope(owner)}
        assert directory.look_up([recipient], []).owner(recipient) == recipient
    view = directory.look_up(list(wanted), [], aliases=True)
    assert {asked: view.owner(asked) for asked in wanted} == wanted
    assert view.owners == {asked: found for asked, found in wanted.items() if asked != found}
