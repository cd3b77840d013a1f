"""Signatures of real keys: what passes, what does not, and what hostile ones cost."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from pratique.ports.resolver import RecordKind

from gateway.authentication.dkim import MOST_TRIED, DkimResult, Signature, check_dkim
from gateway.authentication.dkim_keys import Key, read_key
from gateway.authentication.lookups import Lookups
from gateway.authentication.octets import read_octets
from tests.fake_zone import FakeZone
from tests.gateway.authentication.signer import MAIL, ed25519_record, rsa_key, rsa_record, sign, zone


def check(raw: bytes, published: FakeZone | None = None, *, prefer: str = "example.org") -> list[Signature]:
    return check_dkim(read_octets(raw), Lookups(published or zone(), seconds=5), prefer=prefer)


def only(raw: bytes, published: FakeZone | None = None) -> tuple[str, str]:
    (found,) = check(raw, published)
    assert found.domain in ("example.org", "")
    return found.result.value, found.reason


@pytest.mark.parametrize("header", [b"simple", b"relaxed"])
@pytest.mark.parametrize("body", [b"simple", b"relaxed"])
def test_a_good_signature_passes(header: bytes, body: bytes) -> None:
    assert only(sign(MAIL, canonicalize=(header, body))) == ("pass", "")


def test_ed25519_passes() -> None:
    """RFC 8463."""
    assert only(sign(MAIL, selector="e1", signature_algorithm=b"ed25519-sha256")) == ("pass", "")


def test_a_signature_of_the_other_kind_of_key_fails() -> None:
    published = zone()
    published.put("s1._domainkey.example.org", "TXT", ed25519_record())
    assert only(sign(MAIL), published) == ("fail", "key of another kind")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ((b"One line", b"One lime"), "body changed"),
        ((b"Subject:  hello", b"Subject:  hullo"), "signature wrong"),
        ((b"From: Alice", b"From: Eve <eve@evil.example>\r\nFrom: Alice"), "signature wrong"),
        ((b"; bh=", b"; bh=!"), "bh= unreadable"),
        ((b"; h=", b"; hx="), "signature incomplete"),
        ((b"v=1;", b"v=2;"), "v= value is not 1"),
        ((b"a=rsa-sha256", b"a=rsa-sha1"), "algorithm not accepted"),
        ((b"s=s1;", b"s=..;"), "no selector"),
        ((b"d=example.org;", b"d=exa mple.org;"), "no domain or selector"),
    ],
)
def test_what_was_changed_fails(change: tuple[bytes, bytes], reason: str) -> None:
    changed = sign(MAIL).replace(*change, 1)
    assert changed != sign(MAIL)
    result, why = only(changed)
    assert (result, why[: len(reason)]) == ("fail", reason)


def test_sha1_fails_however_good_it_is() -> None:
    """RFC 8301, 3.1."""
    assert only(sign(MAIL, signature_algorithm=b"rsa-sha1")) == ("fail", "algorithm not accepted")


def test_a_signature_without_from_fails() -> None:
    """RFC 6376, 5.4; the signer's own library refuses to make one, so the field's name is changed in a good one."""
    raw = sign(MAIL).replace(b"h=from :", b"h=form :", 1)
    assert only(raw) == ("fail", "From not signed")


def test_a_body_signed_in_part_fails() -> None:
    """RFC 6376, 8.2: what comes after the signed part is anybody's."""
    assert only(sign(MAIL, length=True)) == ("pass", "")
    assert only(sign(MAIL, length=True) + b"Buy now.\r\n") == ("fail", "only part of the body signed")


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        ("", ("fail", "no key")),
        ("v=DKIM1; p=", ("fail", "key revoked")),
        ("v=DKIM2; p=AAAA", ("fail", "no key")),
        ("not a record", ("fail", "no key")),
        ("v=DKIM1; k=rsa; p=####", ("fail", "key unreadable")),
        ("v=DKIM1; k=rsa; p=AAAA", ("fail", "key unreadable")),
        ("v=DKIM1; k=dsa; p=AAAA", ("fail", "key of an unknown kind")),
        (rsa_record(tags="h=sha1; "), ("fail", "key not for sha256")),
        (rsa_record(tags="s=tlsrpt; "), ("fail", "key not for mail")),
        (rsa_record(tags="h=sha1:sha256; s=email; t=s; "), ("pass", "")),
        (rsa_record(tags="t=y; "), ("neutral", "key for testing")),
        (rsa_record(rsa_key(1)), ("fail", "signature wrong")),
    ],
)
def test_the_key_decides(record: str, expected: tuple[str, str]) -> None:
    """RFC 6376, 3.6.1."""
    assert only(sign(MAIL), FakeZone({"s1._domainkey.example.org": {"TXT": record}})) == expected


def _der(tag: int, content: bytes) -> bytes:
    return bytes([tag, 0x83]) + len(content).to_bytes(3, "big") + content


def _rsa(bits: int, exponent: int = 65537) -> str:
    """An RSAPublicKey (RFC 8017, A.1.1) whose modulus is just a number of that length."""
    numbers = ((1 << (bits - 1)) + 1, exponent)
    body = b"".join(_der(0x02, n.to_bytes(n.bit_length() // 8 + 1, "big")) for n in numbers)
    return "p=" + base64.b64encode(_der(0x30, body)).decode()


def test_keys_are_bounded() -> None:
    """RFC 8301, 3.2: from 1,024 bits; far longer ones, and huge exponents, only cost time."""
    assert read_key((_rsa(1023),)) == "key too short"
    assert isinstance(read_key((_rsa(1024),)), Key)
    assert read_key((_rsa(16_384),)) == "key too long"
    assert read_key((_rsa(2048, (1 << 2000) + 1),)) == "key too long"


def test_a_strict_key_wants_i_to_be_d() -> None:
    published = FakeZone({"s1._domainkey.example.org": {"TXT": rsa_record(tags="t=s; ")}})
    assert only(sign(MAIL, identity=b"a@news.example.org"), published) == ("fail", "i= is not d=")


def test_no_answer_is_neither_pass_nor_fail() -> None:
    published = zone()
    published.down = True
    assert only(sign(MAIL), published) == ("temperror", "no answer from the DNS")


def test_a_changed_body_asks_nothing() -> None:
    published = zone()
    only(sign(MAIL) + b"more\r\n", published)
    assert published.asked == []


def test_many_signatures_are_five_and_the_authors_own_come_first() -> None:
    raw = sign(MAIL)
    other = b"".join(sign(MAIL, domain=f"d{n}.example").removesuffix(MAIL) for n in range(3)) * 100
    published = zone()
    found = check(other + raw, published)
    assert len(found) == MOST_TRIED
    assert (found[0].domain, found[0].result) == ("example.org", DkimResult.PASS)
    assert len(published.asked) <= MOST_TRIED


def test_unsigned_mail_has_no_signatures() -> None:
    assert check(MAIL) == []


HOSTILE: list[tuple[str, Any]] = [
    ("empty", b""),
    ("colons", b"v=1; a=rsa-sha256; d=example.org; s=s1; bh=; b=; h=" + b"from:" * 1_500),
    ("blanks", b"v=1; b=" + b" \r\n " * 2_000 + b"!"),
    ("blanks in b", b"v=1; a=rsa-sha256; d=example.org; s=s1; h=from; bh=AA; b=" + b" " * 8_000 + b"!"),
    ("huge", b"v=1; a=" + b"x" * 200_000),
    ("tags", b"a=;" * 3_000),
    ("nul", b"v=1;\0a=\xff; d=\xff\xfe; s=s; h=from; b=A; bh=A"),
    (
        "time",
        b"v=1; a=rsa-sha256; d=example.org; s=s1; h=from; bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=; b=AA==; t="
        + b"9" * 7_000,
    ),
]


@pytest.mark.parametrize("value", [v for _, v in HOSTILE], ids=[n for n, _ in HOSTILE])
def test_hostile_signatures_fail_and_nothing_raises(value: bytes) -> None:
    raw = b"DKIM-Signature: " + value + b"\r\n" + MAIL.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"
    found = check(raw)
    assert [each.result for each in found] == [DkimResult.FAIL]


def test_the_question_for_a_key_names_selector_and_domain() -> None:
    published = zone()
    check(sign(MAIL), published)
    assert published.asked == [("s1._domainkey.example.org", RecordKind.TXT)]
