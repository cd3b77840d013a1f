"""Undo of what people do: everything that can be taken back is, twice is once, and what moved on says so."""

from __future__ import annotations

from dataclasses import replace

import pytest
from pratique.domain.action import MOST_DEEDS
from pratique.domain.actor import Actor
from pratique.domain.address import parse_address
from pratique.domain.alias import Alias, AliasDomain
from pratique.domain.errors import Conflict, NotFound
from pratique.domain.lesson import Label
from pratique.domain.lifecycle import State
from pratique.domain.listentry import ListEntry, ListKind
from pratique.domain.message import Copy
from pratique.domain.policy import Policy
from pratique.domain.scope import GLOBAL, parse_scope
from pratique.domain.settings_file import ScopeSettings
from pratique.usecases.act_in_bulk import BulkAction, Verb, act_in_bulk
from pratique.usecases.change_aliases import (
    delete_alias,
    get_domain,
    put_alias,
    put_domain,
    show_owner,
)
from pratique.usecases.change_lists import delete_entry, put_entry
from pratique.usecases.change_policy import put_policy
from pratique.usecases.change_routes import delete_route, put_route
from pratique.usecases.exchange_lists import import_entries
from pratique.usecases.exchange_settings import export_settings, import_settings
from pratique.usecases.expire_messages import expire_messages
from pratique.usecases.release_message import release_message
from pratique.usecases.remove_message import remove_message
from pratique.usecases.restore_message import restore_message
from pratique.usecases.train_message import train_message
from pratique.usecases.undo_action import Outcome, undo_action

from tests import builders, fakes
from tests.path import SPAMMER, arrive, held, opened, work_off

BOB = builders.actor("bob@example.org")
ANN = builders.actor("ann@example.org")
BOBS = parse_scope("bob@example.org")


def now_of(world: fakes.World, copy: Copy) -> Copy:
    found = world.index.get_copy(copy.id, now=world.clock.now_ms() // 1000)
    assert found is not None
    return found


def last(world: fakes.World) -> str:
    """The id of the action that was begun last."""
    return list(world.actions.known)[-1]


def outcomes(world: fakes.World, actor: Actor, action: str) -> list[Outcome]:
    return [part.outcome for part in undo_action(world.services, actor, action).parts]


def test_remove_is_taken_back_once() -> None:
    """Held again, with both in its history; undone twice it stays held."""
    world = opened()
    copy = held(world)
    moved = remove_message(world.services, BOB, copy.id)
    assert moved.decided is not None
    action = moved.decided.action
    assert outcomes(world, BOB, action) == [Outcome.UNDONE]
    assert now_of(world, copy).state is State.HELD
    remove_message(world.services, BOB, copy.id)
    assert undo_action(world.services, BOB, action).parts == ()
    assert now_of(world, copy).state is State.REMOVED, "the second removal is another action"
    assert [entry.action for entry in reversed(world.audit.entries(BOBS, limit=9))] == [
        "message.remove",
        "action.undo",
        "message.remove",
    ]


def test_blacklist_and_remove_takes_its_entry_back_too() -> None:
    """The list is as it was: without the entry, or with the one that was there before."""
    world = opened()
    copy = held(world)
    before = ListEntry(BOBS, ListKind.ALLOW, SPAMMER, author="me", created_ms=5)
    world.directory.put_entry(before)
    remove_message(world.services, BOB, copy.id, block="recipient")
    assert outcomes(world, BOB, last(world)) == [Outcome.UNDONE, Outcome.UNDONE]
    assert world.directory.get_entry(BOBS, SPAMMER) == before
    assert now_of(world, copy).state is State.HELD


def test_release_and_whitelist_takes_back_the_entry_and_says_that_the_delivery_stays() -> None:
    """What is with its recipient is with its recipient."""
    world = opened()
    copy = held(world)
    release_message(world.services, BOB, copy.id, allow="recipient")
    work_off(world)
    assert outcomes(world, BOB, last(world)) == [Outcome.UNDONE, Outcome.STAYS]
    assert world.directory.get_entry(BOBS, SPAMMER) is None
    assert now_of(world, copy).state is State.RELEASED


def test_a_release_alone_cannot_be_taken_back() -> None:
    """It says why."""
    world = opened()
    copy = held(world)
    release_message(world.services, BOB, copy.id)
    with pytest.raises(Conflict, match="a delivery cannot be taken back"):
        undo_action(world.services, BOB, last(world))


def test_list_changes() -> None:
    """Added, replaced, deleted: each leaves what was there before."""
    world = opened()
    entry = ListEntry(BOBS, ListKind.BLOCK, "shop.example")
    put_entry(world.services, BOB, entry)
    added = last(world)
    world.clock.advance(seconds=1)
    put_entry(world.services, BOB, replace(entry, kind=ListKind.ALLOW))
    replaced = last(world)
    with pytest.raises(Conflict, match="changed since"):
        undo_action(world.services, BOB, added)
    assert outcomes(world, BOB, replaced) == [Outcome.UNDONE]
    now = world.directory.get_entry(BOBS, "shop.example")
    assert now is not None
    assert now.kind is ListKind.BLOCK
    delete_entry(world.services, BOB, BOBS, "shop.example")
    assert outcomes(world, BOB, last(world)) != []
    assert world.directory.get_entry(BOBS, "shop.example") is not None
    assert outcomes(world, BOB, added) == [Outcome.UNDONE]
    assert world.directory.get_entry(BOBS, "shop.example") is None


def test_policy_changes() -> None:
    """The version before holds again, as a new one; not where somebody chose anew since."""
    world = opened()
    org = parse_scope("example.org")
    admin = builders.actor("example.org")
    put_policy(world.services, admin, org, Policy(spam_at=0.8))
    first = last(world)
    put_policy(world.services, admin, org, Policy(spam_at=0.7, retention_days=7))
    second = last(world)
    with pytest.raises(Conflict):
        undo_action(world.services, admin, first)
    assert outcomes(world, admin, second) == [Outcome.UNDONE]
    assert world.directory.get_policy(org) == Policy(spam_at=0.8)


def test_a_lesson_goes_and_the_one_before_it_comes_back() -> None:
    """In the layer of whoever gave it."""
    world = opened()
    copy = held(world)
    train_message(world.services, BOB, copy.id, Label.SPAM)
    train_message(world.services, BOB, copy.id, Label.HAM)
    turned = last(world)
    assert outcomes(world, BOB, turned) == [Outcome.UNDONE]
    assert now_of(world, copy).lesson == "spam"
    other = train_message(world.services, BOB, copy.id, None)
    assert other.lesson == ""
    assert outcomes(world, BOB, last(world)) == [Outcome.UNDONE]
    assert now_of(world, copy).lesson == "spam"


def test_many_at_once_are_one_action() -> None:
    """Each part says what became of it; one audit entry."""
    world = opened()
    copies = [held(world, f"message-{n}") for n in range(4)]
    act_in_bulk(world.services, BOB, BulkAction(Verb.REMOVE), [str(copy.id) for copy in copies])
    bulk = last(world)
    undo_action(world.services, BOB, bulk)
    assert {now_of(world, copy).state for copy in copies} == {State.HELD}
    act_in_bulk(world.services, BOB, BulkAction(Verb.REMOVE), [str(copy.id) for copy in copies])
    again = last(world)
    restore_message(world.services, BOB, copies[0].id)
    release_message(world.services, BOB, copies[0].id)
    found = undo_action(world.services, BOB, again)
    assert sorted(part.outcome for part in found.parts) == [Outcome.MOVED_ON, *[Outcome.UNDONE] * 3]
    assert [entry.action for entry in world.audit.log].count("bulk.remove") == 2


def test_two_tabs_release_the_same_message() -> None:
    """The second is harmless: one delivery, one action, one audit entry."""
    world = opened()
    copy = held(world)
    first = release_message(world.services, BOB, copy.id)
    second = release_message(world.services, BOB, copy.id)
    work_off(world)
    assert first.decided == second.decided
    assert len(world.courier.parcels) == 1
    assert [entry.action for entry in world.audit.log] == ["message.release"]
    assert len(world.actions.known) == 1


def test_a_removed_message_that_is_acted_on_later() -> None:
    """An old list still shows it: release is a conflict with its state, and its undo after a restore by hand says what moved on."""
    world = opened()
    copy = held(world)
    remove_message(world.services, BOB, copy.id)
    removal = last(world)
    with pytest.raises(Conflict, match="removed, not held"):
        release_message(world.services, BOB, copy.id)
    assert list(world.actions.known) == [removal], "nothing was done, so there is no action"
    restore_message(world.services, BOB, copy.id)
    release_message(world.services, BOB, copy.id)
    with pytest.raises(Conflict, match="the message is releasing now"):
        undo_action(world.services, BOB, removal)


def test_release_and_undo_after_expiry() -> None:
    """What is gone is not found, before the sweep and after it; an action about it cannot be taken back."""
    world = opened()
    world.directory.put_policy(parse_scope("global"), Policy(retention_days=1))
    copy = held(world)
    remove_message(world.services, BOB, copy.id)
    removal = last(world)
    world.clock.advance(days=1)
    for _ in range(2):
        with pytest.raises(NotFound):
            release_message(world.services, BOB, copy.id)
        with pytest.raises(Conflict, match="its time is up"):
            undo_action(world.services, BOB, removal)
        expire_messages(world.services, until_ms=world.clock.now_ms() + 1000)


def test_after_three_days_it_is_too_late() -> None:
    """It says so, instead of that there was none."""
    world = opened()
    put_entry(world.services, BOB, ListEntry(BOBS, ListKind.BLOCK, "shop.example"))
    world.clock.advance(days=3)
    with pytest.raises(Conflict, match="72 hours"):
        undo_action(world.services, BOB, last(world))


def test_others_actions_look_like_none() -> None:
    """Hidden and missing look the same; an administrator may take back what a recipient did, not the other way round."""
    world = opened()
    copy = held(world)
    remove_message(world.services, BOB, copy.id)
    for actor, action in ((ANN, last(world)), (BOB, "01OTHER")):
        with pytest.raises(NotFound):
            undo_action(world.services, actor, action)
    remove_message(world.services, builders.actor("example.org"), held(world, "message-2").id, block="domain")
    mixed = last(world)
    assert outcomes(world, builders.actor("example.org"), mixed) == [Outcome.UNDONE, Outcome.UNDONE]
    put_entry(world.services, builders.actor(), ListEntry(GLOBAL, ListKind.BLOCK, "shop.example"))
    with pytest.raises(NotFound):
        undo_action(world.services, builders.actor("example.org"), last(world))


def test_the_same_call_again_is_the_same_action() -> None:
    """With an Idempotency-Key the edge gives the same id: the audit tells of it once."""
    world = opened()
    (copy,) = (held(world),)
    asked = replace(BOB, action="01ACTION")
    remove_message(world.services, asked, copy.id)
    remove_message(world.services, asked, copy.id)
    arrive(world, builders.receipt("message-9"))
    assert [entry.action_id for entry in world.audit.log] == ["01ACTION"]
    assert [deed.kind.value for deed in world.actions.known["01ACTION"].deeds] == ["remove"]


ORG = parse_scope("example.org")
ADMIN, OPERATOR = builders.actor("example.org"), builders.actor("global")


def test_routes() -> None:
    """Set, changed, deleted: each leaves what was there before; what somebody changed since stays; the same again is no action."""
    world = fakes.world()
    first = replace(builders.route("example.org"), host="one.example.org")
    put_route(world.services, ADMIN, first)
    made = last(world)
    put_route(world.services, ADMIN, first)
    assert last(world) == made
    world.clock.advance(seconds=1)
    put_route(world.services, ADMIN, replace(first, host="two.example.org", port=2525))
    changed = last(world)
    with pytest.raises(Conflict, match="was changed since"):
        undo_action(world.services, ADMIN, made)
    assert outcomes(world, ADMIN, changed) == [Outcome.UNDONE]
    assert world.directory.get_route("example.org") == first
    world.clock.advance(seconds=1)
    delete_route(world.services, ADMIN, "example.org")
    assert outcomes(world, ADMIN, last(world)) == [Outcome.UNDONE]
    assert world.directory.get_route("example.org") == first
    assert outcomes(world, ADMIN, made) == [Outcome.UNDONE]
    assert world.directory.get_route("example.org") is None
    told = [entry.action for entry in world.audit.log]
    assert (told.count("route.put"), told.count("route.delete"), told.count("action.undo")) == (4, 2, 3)


def test_a_route_of_the_operators_comes_back_by_the_operator_alone() -> None:
    """A domain's administrator may not lead into the inner network, by an undo neither."""
    world = fakes.world()
    inner = replace(builders.route("example.org"), host="10.0.0.5")
    put_route(world.services, OPERATOR, inner)
    world.clock.advance(seconds=1)
    delete_route(world.services, ADMIN, "example.org")
    with pytest.raises(Conflict, match="only the operator"):
        undo_action(world.services, ADMIN, last(world))
    assert outcomes(world, OPERATOR, last(world)) == [Outcome.UNDONE]
    assert world.directory.get_route("example.org") == inner


def test_aliases_and_what_a_domain_chose() -> None:
    world = fakes.world()
    info, bob, ann = (parse_address(f"{name}@example.org") for name in ("info", "bob", "ann"))
    put_alias(world.services, ADMIN, info, bob)
    made = last(world)
    world.clock.advance(seconds=1)
    put_alias(world.services, ADMIN, info, ann)
    changed = last(world)
    with pytest.raises(Conflict, match="was changed since"):
        undo_action(world.services, ADMIN, made)
    assert outcomes(world, ADMIN, changed) == [Outcome.UNDONE]
    assert show_owner(world.services, ADMIN, info) == bob
    delete_alias(world.services, ADMIN, info)
    assert outcomes(world, ADMIN, last(world)) == [Outcome.UNDONE]
    assert show_owner(world.services, ADMIN, info) == bob
    assert outcomes(world, ADMIN, made) == [Outcome.UNDONE]
    assert show_owner(world.services, ADMIN, info) == info
    put_domain(world.services, ADMIN, AliasDomain("example.org", "-", catch_all=ann))
    chosen = last(world)
    world.clock.advance(seconds=1)
    put_domain(world.services, ADMIN, AliasDomain("example.org", "+-"))
    with pytest.raises(Conflict, match="was changed since"):
        undo_action(world.services, ADMIN, chosen)
    assert outcomes(world, ADMIN, last(world)) == [Outcome.UNDONE]
    assert get_domain(world.services, ADMIN, "example.org") == AliasDomain("example.org", "-", "", ann)
    assert outcomes(world, ADMIN, chosen) == [Outcome.UNDONE]
    assert get_domain(world.services, ADMIN, "example.org") == AliasDomain("example.org")


def settings_of(world: fakes.World) -> ScopeSettings:
    found = export_settings(world.services, ADMIN, ORG)
    plain = [replace(each, author="", created_ms=0, reason="") for each in found.entries or ()]
    aliases = tuple(alias[:2] for alias in found.aliases or () if not alias.is_mailbox)
    return replace(found, entries=tuple(plain), aliases=aliases)  # type: ignore[arg-type]  # compared only


def test_an_import_of_settings_is_one_action() -> None:
    """Policy, route, lists and aliases are as they were before; its parts are in the audit one by one."""
    world = fakes.world()
    put_policy(world.services, ADMIN, ORG, Policy(retention_days=9))
    put_route(world.services, ADMIN, builders.route("example.org"))
    put_entry(world.services, ADMIN, ListEntry(ORG, ListKind.BLOCK, "old@shop.example"))
    put_entry(world.services, ADMIN, ListEntry(ORG, ListKind.BLOCK, "both@shop.example"))
    put_alias(world.services, ADMIN, parse_address("info@example.org"), parse_address("bob@example.org"))
    world.clock.advance(seconds=1)
    before = settings_of(world)
    bob, now_ms = parse_address("bob@example.org"), world.clock.now_ms()
    wanted = ScopeSettings(
        policy=Policy(retention_days=30, quarantine=True),
        entries=(
            ListEntry(ORG, ListKind.ALLOW, "new@shop.example", created_ms=now_ms),
            ListEntry(ORG, ListKind.ALLOW, "both@shop.example", created_ms=now_ms),
        ),
        no_route=True,
        domain=AliasDomain("example.org", "-"),
        aliases=(Alias(parse_address("sales@example.org"), bob),),
    )
    assert len(import_settings(world.services, ADMIN, ORG, wanted)) >= 6
    assert settings_of(world) != before
    imported = last(world)
    assert set(outcomes(world, ADMIN, imported)) == {Outcome.UNDONE}
    assert settings_of(world) == before
    told = [entry.action for entry in world.audit.log if entry.action_id == imported]
    assert {"policy.put", "route.delete", "alias.put", "alias.delete", "alias.domain"} < set(told)
    assert told[-1] == "settings.import"


def test_an_import_of_a_list_is_one_action() -> None:
    world = fakes.world()
    put_entry(world.services, ADMIN, ListEntry(ORG, ListKind.BLOCK, "old@shop.example"))
    world.clock.advance(seconds=1)
    text = "pattern,kind\nold@shop.example,remove\nnew@shop.example,allow\n"
    assert import_entries(world.services, ADMIN, ORG, text).removed == 1
    assert outcomes(world, ADMIN, last(world)) == [Outcome.UNDONE, Outcome.UNDONE]
    (left,) = export_settings(world.services, ADMIN, ORG).entries or ()
    assert (left.pattern, left.kind) == ("old@shop.example", ListKind.BLOCK)


def test_an_import_of_very_many_is_no_action_that_can_be_taken_back() -> None:
    """It is in the audit all the same, once."""
    world = fakes.world()
    lines = "".join(f"user{number}@shop.example,block\n" for number in range(MOST_DEEDS + 1))
    assert import_entries(world.services, ADMIN, ORG, "pattern,kind\n" + lines).added == MOST_DEEDS + 1
    assert list(world.actions.known) == []
    assert [entry.action for entry in world.audit.log] == ["entry.import"]
