"""Aliases, plus-addresses, alias domains, catch-all: whose mail it is."""

from __future__ import annotations

import pytest
from pratique.domain.actor import Channel
from pratique.domain.address import parse_address
from pratique.domain.alias import Alias, AliasDomain, find_owner, without_tag
from pratique.domain.errors import ConcurrentChange, Conflict, Forbidden, InvalidInput, NotFound
from pratique.domain.lifecycle import State
from pratique.domain.listentry import ListEntry, ListKind
from pratique.domain.policy import Policy
from pratique.domain.scope import parse_scope
from pratique.ports.queue import QueueName
from pratique.usecases.change_aliases import (
    delete_alias,
    get_domain,
    list_aliases,
    put_alias,
    put_domain,
    show_owner,
)
from pratique.usecases.change_delegates import put_delegate
from pratique.usecases.change_passwords import create_password
from pratique.usecases.change_users import Wanted, create_user
from pratique.usecases.check_password import check_password
from pratique.usecases.ingest_message import ingest_message
from pratique.usecases.list_messages import list_messages
from pratique.usecases.owners import owner_of
from pratique.usecases.release_message import release_message

from tests import builders, fakes
from tests.path import arrive, block, opened, work_off

ADMIN = builders.actor("example.org")
OPERATOR = builders.actor()


def alias(world: fakes.World, address: str, owner: str) -> str:
    """Make an alias; whose it is in the end."""
    return str(put_alias(world.services, OPERATOR, parse_address(address), parse_address(owner)).owner)


def chosen(world: fakes.World, domain: str, **choices: str) -> AliasDomain:
    catch_all = choices.pop("catch_all", "")
    wanted = AliasDomain(domain, **choices, catch_all=parse_address(catch_all) if catch_all else None)
    return put_domain(world.services, OPERATOR, wanted)


def owner(world: fakes.World, address: str) -> str:
    return str(owner_of(world.services, parse_address(address)))


def seen(world: fakes.World, scope: str) -> list[str]:
    """Whom the copies go to that a scope's quarantine shows."""
    page = list_messages(
        world.services, builders.actor(scope), parse_scope(scope), states=(State.HELD,), limit=50
    )
    return sorted(str(copy.id.recipient) for copy in page.copies)


def test_alias_plus_address_and_plain_address_are_one_quarantine() -> None:
    """One message to all three: three copies, each goes where it was sent, all are one owner's."""
    world = opened()
    block(world)
    alias(world, "info@example.org", "bob@example.org")
    people = ("bob@example.org", "bob+news@example.org", "info@example.org", "ann@example.org")
    copies = arrive(world, builders.receipt(recipients=people)).copies
    assert [str(c.id.owner) for c in copies] == ["bob@example.org"] * 3 + ["ann@example.org"]
    assert seen(world, "bob@example.org") == sorted(people[:3])
    assert seen(world, "example.org") == sorted(people)
    assert seen(world, "info@example.org") == []
    bob = builders.actor("bob@example.org")
    for copy in copies[:3]:
        release_message(world.services, bob, copy.id)
    work_off(world)
    assert sorted(str(parcel.recipient) for parcel in world.courier.parcels) == sorted(people[:3])
    with pytest.raises(NotFound):
        release_message(world.services, bob, copies[3].id)
    with pytest.raises(NotFound):
        release_message(world.services, builders.actor("info@example.org"), copies[2].id)


def test_settings_are_the_owners() -> None:
    """Policy, lists and what is known of the sender: of the mailbox, not of the alias."""
    world = opened()
    alias(world, "info@example.org", "bob@example.org")
    world.directory.put_policy(parse_scope("bob@example.org"), Policy(retention_days=3))
    world.directory.put_policy(parse_scope("info@example.org"), Policy(retention_days=9))
    world.directory.put_entry(ListEntry(parse_scope("bob@example.org"), ListKind.BLOCK, "spam.example"))
    world.directory.put_entry(ListEntry(parse_scope("info@example.org"), ListKind.ALLOW, "eve@spam.example"))
    (copy,) = arrive(world, builders.receipt(recipients=("info@example.org",))).copies
    assert copy.state is State.HELD
    assert copy.expires_at == builders.NOW + 3 * builders.DAY


def test_an_alias_domain_has_the_other_domains_settings() -> None:
    """Its route is still its own: that is where its mail goes."""
    world = opened()
    chosen(world, "alias.example", same_as="example.org")
    world.directory.put_policy(parse_scope("example.org"), Policy(retention_days=3))
    block(world, "example.org")
    (copy,) = arrive(world, builders.receipt(recipients=("bob+x@alias.example",))).copies
    assert (copy.state, copy.expires_at) == (State.HELD, builders.NOW + 3 * builders.DAY)
    assert seen(world, "bob@example.org") == ["bob+x@alias.example"]
    assert seen(world, "alias.example") == []


def test_a_second_run_finds_the_owner_of_the_first() -> None:
    """An alias that is made between two runs of one event delivers nothing twice, and gives no copy a second owner."""
    world = opened()
    receipt = builders.receipt(recipients=("info@example.org", "bob@example.org"))
    first = arrive(world, receipt)
    alias(world, "info@example.org", "bob@example.org")
    world.queue.drain(QueueName.DELIVER)
    again = ingest_message(world.services, receipt)
    assert [c.id for c in again.copies] == [c.id for c in first.copies]
    work_off(world)
    assert sorted(str(parcel.recipient) for parcel in world.courier.parcels) == [
        "bob@example.org",
        "info@example.org",
    ]


def test_a_run_that_died_after_the_facts_is_finished_with_the_owner_of_then() -> None:
    """And by that owner's settings."""
    world = opened()
    block(world)
    world.directory.put_policy(parse_scope("info@example.org"), Policy(retention_days=3))
    receipt = builders.receipt(recipients=("info@example.org",))
    with pytest.raises(fakes.Killed):
        arrive(world, receipt, services=fakes.faulty(world.services, at=5, error=fakes.Killed()))
    assert world.index.get_facts(builders.copy_id().message) is not None
    alias(world, "info@example.org", "bob@example.org")
    (copy,) = ingest_message(world.services, receipt).copies
    assert str(copy.id.owner) == "info@example.org"
    assert copy.expires_at == builders.NOW + 3 * builders.DAY


def test_mail_that_came_before_stays_where_it_was() -> None:
    """With the owner it had, who may still act on it."""
    world = opened()
    block(world)
    (old,) = arrive(world, builders.receipt("old", ("info@example.org",))).copies
    alias(world, "info@example.org", "bob@example.org")
    (new,) = arrive(world, builders.receipt("new", ("info@example.org",))).copies
    assert seen(world, "info@example.org") == seen(world, "bob@example.org") == ["info@example.org"]
    assert (str(old.id.owner), str(new.id.owner)) == ("info@example.org", "bob@example.org")
    release_message(world.services, builders.actor("info@example.org"), old.id)
    release_message(world.services, builders.actor("bob@example.org"), new.id)
    work_off(world)
    assert [str(parcel.recipient) for parcel in world.courier.parcels] == ["info@example.org"] * 2


def test_a_chain_is_resolved_when_it_is_written() -> None:
    """What is stored names a mailbox."""
    world = fakes.world()
    assert alias(world, "info@example.org", "bob@example.org") == "bob@example.org"
    assert alias(world, "sales@example.org", "info@example.org") == "bob@example.org"
    assert alias(world, "shop@example.org", "sales+x@example.org") == "bob@example.org"
    chosen(world, "alias.example", same_as="example.org")
    assert alias(world, "x@other.example", "info@alias.example") == "bob@example.org"
    assert chosen(world, "third.example", same_as="alias.example").same_as == "example.org"
    assert str(chosen(world, "all.example", catch_all="info@example.org").catch_all) == "bob@example.org"
    for address in ("shop@example.org", "x@other.example", "info@third.example", "any@all.example"):
        assert owner(world, address) == "bob@example.org"


def test_circles_are_refused() -> None:
    """Of two, of a plus-address, of domains; clearly, and nothing is changed."""
    world = fakes.world()
    alias(world, "info@example.org", "bob@example.org")
    with pytest.raises(InvalidInput, match=r"info@example.org belongs to bob@example.org already.*circle"):
        alias(world, "bob@example.org", "info@example.org")
    with pytest.raises(InvalidInput, match="circle"):
        alias(world, "bob@example.org", "bob+x@example.org")
    chosen(world, "alias.example", same_as="example.org")
    with pytest.raises(InvalidInput, match=r"alias.example is the same as example.org already.*circle"):
        chosen(world, "example.org", same_as="alias.example")
    with pytest.raises(InvalidInput, match="circle"):
        chosen(world, "x.example", same_as="x.example")
    assert owner(world, "bob@example.org") == owner(world, "info@alias.example") == "bob@example.org"


def test_a_mailbox_that_others_belong_to_stays_one() -> None:
    """It cannot become an alias, nor be forgotten, until they are moved; addresses of other domains count."""
    world = fakes.world()
    for n in range(5):
        alias(world, f"a{n}@other.example", "bob@example.org")
    for act in (
        lambda: alias(world, "bob@example.org", "ann@example.org"),
        lambda: delete_alias(world.services, OPERATOR, parse_address("bob@example.org")),
    ):
        with pytest.raises(Conflict, match=r"a0@other.example, a1@other.example, a2@other.example, \.\.\."):
            act()
    for n in range(5):
        delete_alias(world.services, OPERATOR, parse_address(f"a{n}@other.example"))
    chosen(world, "all.example", catch_all="bob@example.org")
    with pytest.raises(Conflict, match=r"the catch-all of all.example"):
        alias(world, "bob@example.org", "ann@example.org")
    chosen(world, "all.example")
    assert alias(world, "bob@example.org", "ann@example.org") == "ann@example.org"
    chosen(world, "x.example", same_as="example.org")
    with pytest.raises(Conflict, match=r"x.example is the same as example.org"):
        chosen(world, "example.org", same_as="y.example")


def test_two_administrators_at_once_make_no_circle() -> None:
    """Each looked before the other wrote: the second is told to look again."""
    world = fakes.world()
    link = world.aliases.link

    bob, ann = parse_address("bob@example.org"), parse_address("ann@example.org")

    def late(alias: Alias, *, expected: Alias | None) -> bool:
        """Between the checks of the one and its write, the other writes."""
        world.aliases.link = link  # type: ignore[method-assign]  # once
        put_alias(world.services, ADMIN, ann, bob)
        return link(alias, expected=expected)

    world.aliases.link = late  # type: ignore[method-assign]  # see above
    with pytest.raises(ConcurrentChange):
        alias(world, "bob@example.org", "ann@example.org")
    assert owner(world, "ann@example.org") == owner(world, "bob@example.org") == "bob@example.org"


def test_a_catch_all_takes_what_is_not_listed() -> None:
    """Mailboxes, aliases and their plus-addresses keep their own; whoever an alias names is a mailbox."""
    world = fakes.world()
    alias(world, "bob@example.org", "bob@example.org")
    alias(world, "sales@example.org", "carol@example.org")
    chosen(world, "example.org", catch_all="office@example.org")
    found = {
        "bob@example.org": "bob@example.org",
        "bob+x@example.org": "bob@example.org",
        "sales@example.org": "carol@example.org",
        "carol@example.org": "carol@example.org",
        "office@example.org": "office@example.org",
        "ann@example.org": "office@example.org",
        "ann+x@example.org": "office@example.org",
    }
    assert {address: owner(world, address) for address in found} == found
    assert alias(world, "new@example.org", "dora@example.org") == "dora@example.org"
    assert owner(world, "dora@example.org") == "dora@example.org"
    delete_alias(world.services, OPERATOR, parse_address("bob@example.org"))
    assert owner(world, "bob@example.org") == "office@example.org"


def test_administrators_change_their_own_domains_only() -> None:
    """Both domains of an alias have to be theirs; recipients change nothing; others see nothing."""
    world = fakes.world()
    services = world.services
    bob, foreign = parse_address("bob@example.org"), parse_address("eve@other.example")
    put_alias(services, ADMIN, parse_address("info@example.org"), bob)
    with pytest.raises(NotFound):
        put_alias(services, ADMIN, bob, foreign)
    with pytest.raises(NotFound):
        put_alias(services, ADMIN, foreign, bob)
    for wanted in (
        AliasDomain("example.org", same_as="other.example"),
        AliasDomain("other.example", same_as="example.org"),
        AliasDomain("example.org", catch_all=foreign),
    ):
        with pytest.raises(NotFound):
            put_domain(services, ADMIN, wanted)
    with pytest.raises(NotFound):
        put_alias(services, builders.actor("bob@example.org"), parse_address("x@example.org"), bob)
    with pytest.raises(Forbidden):
        put_alias(
            services, builders.actor("example.org", may_write=False), parse_address("x@example.org"), bob
        )
    for act in (
        lambda: list_aliases(services, builders.actor("other.example"), "example.org", limit=5),
        lambda: get_domain(services, builders.actor("bob@example.org"), "example.org"),
        lambda: show_owner(services, builders.actor("other.example"), bob),
        lambda: delete_alias(services, builders.actor("other.example"), parse_address("info@example.org")),
    ):
        with pytest.raises(NotFound):
            act()
    assert [(e.action, e.subject) for e in world.audit.log] == [
        ("alias.put", "info@example.org bob@example.org")
    ]


def test_an_alias_is_no_login() -> None:
    """No password, account or delegate for it; one that was made before opens what came before, and no more."""
    world = opened()
    block(world)
    info, channel = parse_scope("info@example.org"), Channel.IMAP
    _, password = create_password(world.services, OPERATOR, label="phone", scope=info)
    arrive(world, builders.receipt("old", ("info@example.org",)))
    alias(world, "info@example.org", "bob@example.org")
    arrive(world, builders.receipt("new", ("info@example.org",)))
    for act in (
        lambda: create_password(world.services, OPERATOR, label="tablet", scope=info),
        lambda: create_user(world.services, OPERATOR, info, Wanted()),
        lambda: put_delegate(world.services, OPERATOR, info, parse_scope("ann@example.org")),
    ):
        with pytest.raises(
            InvalidInput, match=r"info@example.org is no mailbox of its own: it belongs to bob"
        ):
            act()
    opened_by = check_password(
        world.services, str(info), password, address="192.0.2.1", channel=channel
    ).actor
    assert opened_by is not None
    page = list_messages(world.services, opened_by, info, states=(State.HELD,), limit=9)
    assert [copy.raw_key for copy in page.copies] == ["raw/old"]
    plus = check_password(
        world.services, "info+x@example.org", password, address="192.0.2.1", channel=channel
    )
    assert plus.actor is None


def test_choices_that_cannot_be_are_refused() -> None:
    """A separator that is none, both kinds of a catch-all, no domain."""
    world = fakes.world()
    for choices in (
        {"separators": "+a"},
        {"separators": "."},
        {"same_as": "a.example", "catch_all": "bob@example.org"},
        {"same_as": "not a domain"},
    ):
        with pytest.raises(InvalidInput):
            chosen(world, "example.org", **choices)
    assert world.aliases.get_domain("example.org") is None


@pytest.mark.parametrize(
    ("address", "separators", "base"),
    [
        ("bob+a+b@x.example", "+", "bob"),
        ("bob-a+b@x.example", "+-", "bob"),
        ("bob-a+b@x.example", "+", "bob-a"),
        ("bob+a@x.example", "", "bob+a"),
        ("+a@x.example", "+", "+a"),
        ("++@x.example", "+", "++"),
        ("-bob-x@x.example", "-", "-bob-x"),
        ('"bob+a"@x.example', "+", '"bob+a"'),
        ("bob@x.example", "+", "bob"),
    ],
)
def test_tags(address: str, separators: str, base: str) -> None:
    """The first separator that does not begin the local part ends it."""
    assert str(without_tag(parse_address(address), separators)) == f"{base}@x.example"


def test_whatever_is_stored_an_owner_is_found() -> None:
    """Also where rows lead in a circle, which no use case writes."""
    domains = {
        "a.example": AliasDomain("a.example", same_as="b.example"),
        "b.example": AliasDomain("b.example", same_as="a.example"),
    }
    assert str(find_owner(parse_address("x+y@a.example"), {}, domains)) == "x@b.example"
