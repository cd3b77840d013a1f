"""When digests are due, what may be chosen, and the links in them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pratique.domain.digest import (
    LinkAction,
    Plan,
    Sheet,
    SheetItem,
    latest_slot,
    next_slot,
    plan_of,
    zone_named,
)
from pratique.domain.digest_link import is_genuine, make_link, read_link, sheet_id
from pratique.domain.errors import InvalidInput
from pratique.domain.policy import DEFAULTS, Policy, check_policy, resolve
from pratique.domain.scope import parse_scope

from tests.builders import NOW, NOW_MS, copy_id

KEY = b"k" * 32


def plan(**chosen: object) -> Plan:
    return plan_of(resolve([Policy(digest=True, **chosen)]))  # type: ignore[arg-type]  # a test's own words


def at(text: str, zone: str = "UTC") -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=zone_named(zone)).timestamp())


def when(slot: int, zone: str = "UTC") -> str:
    return datetime.fromtimestamp(slot, zone_named(zone)).strftime("%Y-%m-%d %H:%M")


def test_a_daily_slot_is_at_its_hour_of_the_wall_clock() -> None:
    tokyo = plan(digest_hours="7", digest_zone="Asia/Tokyo")
    first = next_slot(tokyo, at("2026-09-21 06:59", "Asia/Tokyo"))
    assert when(first, "Asia/Tokyo") == "2026-09-21 07:00"
    assert when(first) == "2026-09-20 22:00"
    assert when(next_slot(tokyo, first), "Asia/Tokyo") == "2026-09-22 07:00"
    assert latest_slot(tokyo, first) == first
    assert latest_slot(tokyo, first - 1) == first - 86_400


def test_the_day_is_the_zones_and_not_utcs() -> None:
    """A Monday's digest in Auckland falls on a Sunday of UTC."""
    auckland = plan(
        digest_frequency="weekly", digest_days="mon", digest_hours="8", digest_zone="Pacific/Auckland"
    )
    slot = next_slot(auckland, at("2026-09-16 00:00"))
    assert when(slot, "Pacific/Auckland") == "2026-09-21 08:00"
    assert when(slot) == "2026-09-20 20:00"


def test_several_hours_a_day_and_several_days_a_week() -> None:
    often = plan(
        digest_frequency="weekly", digest_days="thu,mon", digest_hours="17, 7", digest_zone="Europe/Vienna"
    )
    slots, last = [], at("2026-09-19 12:00", "Europe/Vienna")
    for _ in range(5):
        last = next_slot(often, last)
        slots.append(when(last, "Europe/Vienna"))
    assert slots == [
        "2026-09-21 07:00",
        "2026-09-21 17:00",
        "2026-09-24 07:00",
        "2026-09-24 17:00",
        "2026-09-28 07:00",
    ]


@pytest.mark.parametrize(
    ("hour", "day", "served"),
    [("2", "2027-03-28", "03:00"), ("2", "2027-10-31", "02:00"), ("7", "2027-03-28", "07:00")],
)
def test_a_change_of_clocks_neither_drops_nor_doubles_a_digest(hour: str, day: str, served: str) -> None:
    """In Vienna, 02:00 is skipped in March, and comes twice in October."""
    vienna = plan(digest_hours=hour, digest_zone="Europe/Vienna")
    slot = next_slot(vienna, at(f"{day} 00:30", "Europe/Vienna"))
    assert when(slot, "Europe/Vienna") == f"{day} {served}"
    following = next_slot(vienna, slot)
    assert when(following, "Europe/Vienna").endswith(f"{int(hour):02}:00")
    assert 22 * 3_600 <= following - slot <= 25 * 3_600


def test_hourly_is_at_the_full_hour_of_zones_with_odd_offsets() -> None:
    for zone in ("UTC", "Asia/Kathmandu", "Australia/Eucla", "America/St_Johns"):
        hourly = plan(digest_frequency="hourly", digest_zone=zone)
        slot = next_slot(hourly, NOW)
        assert NOW < slot <= NOW + 3_600
        assert when(slot, zone).endswith(":00")
        assert latest_slot(hourly, slot + 3_599) == slot


@given(
    st.sampled_from(["UTC", "Europe/Vienna", "America/New_York", "Asia/Kathmandu", "Pacific/Apia"]),
    st.sampled_from(["hourly", "daily", "weekly"]),
    st.lists(st.integers(0, 23), min_size=1, max_size=4),
    st.integers(at("2025-01-01 00:00"), at("2030-01-01 00:00")),
)
def test_slots_follow_one_another(zone: str, frequency: str, hours: list[int], moment: int) -> None:
    """The latest is never after, the next always after, and nothing lies between."""
    some = plan(digest_frequency=frequency, digest_hours=",".join(map(str, hours)), digest_zone=zone)
    latest, following = latest_slot(some, moment), next_slot(some, moment)
    assert latest <= moment < following
    assert next_slot(some, latest) == following
    assert following - latest <= 8 * 86_400


@pytest.mark.parametrize(
    "chosen",
    [
        {"digest_frequency": "often"},
        {"digest_hours": "24"},
        {"digest_hours": ""},
        {"digest_days": "monday"},
        {"digest_zone": "Mars/Olympus"},
        {"digest_zone": "../../etc/passwd"},
        {"digest_language": "tlh"},
        {"digest_actions": "format_disk"},
        {"digest_max": 0},
        {"digest_ceiling": 1.1},
        {"digest_to": "nobody"},
        {"digest_admins": "ann@example.org, x"},
        {"digest_phrase": "a\nb"},
        {"digest_phrase": "x" * 61},
    ],
)
def test_what_cannot_be_is_refused_by_name(chosen: dict[str, object]) -> None:
    with pytest.raises(InvalidInput, match=next(iter(chosen))):
        check_policy(Policy(**chosen))  # type: ignore[arg-type]  # as above


def test_the_defaults_are_a_plan() -> None:
    found = plan_of(DEFAULTS)
    assert not found.on
    assert (found.hours, found.zone, found.to, found.admins) == ((7,), "UTC", None, ())
    assert found.actions == (LinkAction.RELEASE, LinkAction.RELEASE_ALLOW, LinkAction.BLOCK_REMOVE)
    assert plan_of(replace(DEFAULTS, digest_actions="")).actions == ()


def sheet(**changes: object) -> Sheet:
    values: dict[str, object] = {
        "id": sheet_id(KEY, parse_scope("bob@example.org"), "bob@example.org", NOW, "digest"),
        "scope": parse_scope("bob@example.org"),
        "who": copy_id().recipient,
        "language": "de",
        "zone": "Europe/Vienna",
        "made_ms": NOW_MS,
        "items": (SheetItem((copy_id(1),), NOW + 10), SheetItem((copy_id(2), copy_id(3)), NOW + 20)),
    }
    return Sheet(**(values | changes))  # type: ignore[arg-type]  # as above


def test_a_link_survives_its_text_and_a_change_of_case() -> None:
    link = make_link(KEY, sheet(), 2, LinkAction.RELEASE)
    assert len(f"act+{link}") <= 64
    assert read_link(str(link)) == read_link(str(link).upper()) == link
    assert is_genuine([KEY], sheet(), link)


def test_a_link_is_bound_to_everything_it_is_about() -> None:
    link = make_link(KEY, sheet(), 1, LinkAction.RELEASE)
    other_line = replace(link, line=2)
    other_action = replace(link, action=LinkAction.REMOVE)
    assert not is_genuine([KEY], sheet(), other_line)
    assert not is_genuine([KEY], sheet(), other_action)
    assert not is_genuine([KEY], sheet(), replace(link, line=3))
    assert not is_genuine([b"x" * 32], sheet(), link)
    for change in (
        {"scope": parse_scope("ann@example.org")},
        {"who": copy_id(1, "ann@example.org").recipient},
        {"items": (SheetItem((copy_id(9),), NOW + 10),)},
        {"items": (SheetItem((copy_id(1),), NOW + 11),)},
        {"id": "a" * 16},
    ):
        assert not is_genuine([KEY], sheet(**change), link), change


def test_an_older_key_is_honoured_as_long_as_it_is_kept() -> None:
    link = make_link(KEY, sheet(), 1, LinkAction.RELEASE)
    assert is_genuine([b"n" * 32, KEY], sheet(), link)
    assert not is_genuine([b"n" * 32], sheet(), link)


@given(st.text(max_size=80))
def test_any_text_is_a_link_or_none(text: str) -> None:
    found = read_link(text)
    assert found is None or str(found) == text.lower()


@pytest.mark.parametrize("change", ["0.r", "1.u", "1.k", "01.r", "1000.r", "-1.r"])
def test_what_was_never_made_is_no_link(change: str) -> None:
    assert read_link(f"{'a' * 16}.{change}.{'b' * 26}") is None


def test_a_sheets_id_is_the_same_again_and_not_to_be_guessed() -> None:
    scope = parse_scope("bob@example.org")
    one = sheet_id(KEY, scope, "bob@example.org", NOW, "digest")
    assert one == sheet_id(KEY, scope, "bob@example.org", NOW, "digest")
    assert len(one) == 16
    others = {
        sheet_id(b"x" * 32, scope, "bob@example.org", NOW, "digest"),
        sheet_id(KEY, scope, "bob@example.org", NOW + 1, "digest"),
        sheet_id(KEY, scope, "bob@example.org", NOW, "call"),
        sheet_id(KEY, scope, "ann@example.org", NOW, "digest"),
    }
    assert len(others | {one}) == 5
    assert datetime.fromtimestamp(NOW, UTC).year == 2026
