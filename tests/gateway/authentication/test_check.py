"""All checks of a message together: what the event says."""

from __future__ import annotations

import pytest

from gateway.authentication.check import SenderCheck, read_author
from gateway.authentication.dmarc import find_policy, organisational
from gateway.authentication.lookups import MOST_QUESTIONS, Lookups
from gateway.authentication.verdicts import Arrival, Status, Verdicts
from tests.fake_zone import FakeZone
from tests.gateway.authentication.signer import FROM_ALICE, MAIL, REST, seal, sign, zone

PASS, FAIL, GRAY = Status.PASS, Status.FAIL, Status.GRAY
FAILED, DISABLED = Status.PROCESSING_FAILED, Status.DISABLED
OURS, ELSEWHERE = "8.8.4.4", "9.9.9.9"
"""Addresses that are routed: those for documentation count as private."""


def run(
    published: FakeZone,
    data: bytes,
    *,
    sender: str = "alice@example.org",
    ip: str = OURS,
    helo: str = "h.example",
) -> Verdicts:
    check = SenderCheck(published)
    try:
        return check(Arrival(data, sender, ip, helo))
    finally:
        check.close()


def mail_from(author: str) -> bytes:
    return b"From: " + author.encode() + b"\r\n" + REST + b"\r\nHello.\r\n"


@pytest.fixture
def published() -> FakeZone:
    """example.org publishes everything; other.example signs what it likes and has no policy."""
    made = zone("example.org", "mail.example.org", "other.example")
    made.put("_dmarc.example.org", "TXT", "v=DMARC1; p=reject; sp=quarantine; pct=0")
    for name in ("example.org", "bounce.example.org", "other.example"):
        made.put(name, "TXT", f"v=spf1 ip4:{OURS} -all")
    return made


def test_aligned_dkim_passes_where_spf_fails(published: FakeZone) -> None:
    """A forwarder."""
    assert run(published, sign(MAIL), ip=ELSEWHERE) == Verdicts(FAIL, PASS, PASS, "", "none", "")


def test_aligned_spf_passes_where_nothing_is_signed(published: FakeZone) -> None:
    assert run(published, MAIL) == Verdicts(PASS, GRAY, PASS, "", "none", "")


def test_a_forged_author_fails_with_the_policy(published: FakeZone) -> None:
    """pct= is not looked at: the policy is what its owner says of forgeries, not a share of them."""
    found = run(published, sign(MAIL, domain="other.example"), sender="eve@other.example")
    assert found == Verdicts(PASS, GRAY, FAIL, "reject", "none", "")


def test_nothing_at_all_fails(published: FakeZone) -> None:
    assert run(published, MAIL, ip=ELSEWHERE) == Verdicts(FAIL, GRAY, FAIL, "reject", "none", "")


def test_a_broken_signature_is_a_dkim_fail(published: FakeZone) -> None:
    assert run(published, sign(MAIL) + b"more\r\n", ip=ELSEWHERE).dkim is FAIL


def test_a_subdomain_has_the_policy_of_sp(published: FakeZone) -> None:
    found = run(published, mail_from("a@deep.news.example.org"), ip=ELSEWHERE)
    assert (found.dmarc, found.policy) == (FAIL, "quarantine")


def test_relaxed_and_strict_alignment(published: FakeZone) -> None:
    """RFC 7489, 3.1: a subdomain stands for its organisation unless adkim or aspf say `s`."""
    signed = sign(MAIL, domain="mail.example.org")
    assert run(published, signed, ip=ELSEWHERE).dmarc is PASS
    assert run(published, MAIL, sender="x@bounce.example.org").dmarc is PASS
    published.put("_dmarc.example.org", "TXT", "v=DMARC1; p=none; adkim=s; aspf=s")
    assert run(published, signed, ip=ELSEWHERE).dmarc is FAIL
    assert run(published, MAIL, sender="x@bounce.example.org").dmarc is FAIL
    assert run(published, sign(MAIL), ip=ELSEWHERE).dmarc is PASS


def test_without_a_policy_it_is_gray(published: FakeZone) -> None:
    found = run(published, mail_from("a@other.example"), sender="a@other.example")
    assert found == Verdicts(PASS, GRAY, GRAY, "", "none", "")


def test_the_null_sender_counts_by_its_helo(published: FakeZone) -> None:
    published.put("mail.example.org", "TXT", f"v=spf1 ip4:{OURS} -all")
    assert run(published, MAIL, sender="", helo="mail.example.org").dmarc is PASS


@pytest.mark.parametrize(
    "top",
    [
        b"From: a@example.org, b@example.org\r\n",
        b"From: a@other.example\r\nFrom: a@example.org\r\n",
        b"From: a@example.org\r\nFrom: a@example.org\r\n",
    ],
)
def test_several_authors_never_pass(published: FakeZone, top: bytes) -> None:
    """And the strictest of their policies holds."""
    found = run(published, sign(top + REST + b"\r\nHello.\r\n"))
    assert (found.dmarc, found.policy) == (FAIL, "reject")


@pytest.mark.parametrize("data", [b"", b"\r\n\r\n", REST + b"\r\n", b"From: nobody\r\n\r\n", b"\xff" * 1_000])
def test_mail_without_an_author_is_gray(published: FakeZone, data: bytes) -> None:
    found = run(published, data)
    assert (found.dkim, found.dmarc) == (GRAY, GRAY)


def test_without_dns_nothing_fails() -> None:
    down = zone()
    down.down = True
    assert run(down, sign(MAIL)) == Verdicts(FAILED, FAILED, FAILED, "", "none")
    assert run(down, MAIL) == Verdicts(FAILED, GRAY, FAILED, "", "none")


def test_a_key_that_does_not_answer_is_no_dmarc_fail(published: FakeZone) -> None:
    published.failing.add("s1._domainkey.example.org")
    found = run(published, sign(MAIL), ip=ELSEWHERE)
    assert (found.dkim, found.dmarc) == (FAILED, FAILED)


def test_a_relay_of_our_own_is_no_sender(published: FakeZone) -> None:
    """SPF cannot speak of a private address, so its absence is no fail; a signature still passes."""
    assert run(published, MAIL, ip="127.0.0.1") == Verdicts(DISABLED, GRAY, DISABLED, "", "none")
    assert run(published, sign(MAIL), ip="10.1.2.3") == Verdicts(DISABLED, PASS, PASS, "", "none")


def test_a_check_that_breaks_fails_nobody() -> None:
    class Broken(FakeZone):
        def resolve(self, *_: object, **__: object) -> object:  # type: ignore[override]  # it is broken
            raise RuntimeError("bug")

    assert run(Broken(), MAIL) == Verdicts(FAILED, FAILED, FAILED)


def test_questions_of_one_message_are_bounded(published: FakeZone) -> None:
    """An SPF record and hundreds of signatures that ask for as much as they may."""
    for n in range(12):
        published.put(f"n{n}.example", "TXT", "v=spf1 mx include:n" + str(n + 1) + ".example -all")
        published.put(f"n{n}.example", "MX", *(f"10 m{m}.n{n}.example" for m in range(10)))
        for m in range(10):
            published.put(f"m{m}.n{n}.example", "A", "192.0.2.1")
    published.put("example.org", "TXT", "v=spf1 include:n0.example -all")
    found = run(published, sign(MAIL).removesuffix(MAIL) * 400 + MAIL, ip=ELSEWHERE)
    assert found.dmarc is PASS
    assert len(published.asked) <= MOST_QUESTIONS


@pytest.mark.parametrize("body", [b" " * 10_000_000, b"a\r\n" * 3_000_000])
def test_ten_megabytes_are_checked(published: FakeZone, body: bytes) -> None:
    found = run(published, sign(FROM_ALICE + REST + b"\r\nHello.\r\n") + body, ip=ELSEWHERE)
    assert (found.dkim, found.dmarc) == (FAIL, FAIL)


def test_the_author_is_the_one_that_ingest_reads() -> None:
    """A display name that looks like an address does not deceive it."""
    assert read_author(b'From: "bank@bank.example" <eve@evil.example>\r\n\r\n').domain == "evil.example"
    assert read_author(b"from: <A@EXAMPLE.ORG>\r\n\r\nFrom: b@body.example\r\n").domain == "example.org"


def test_organisational_domains_need_no_network() -> None:
    """By the public suffix list that the package brings."""
    assert organisational("a.b.example.co.uk") == "example.co.uk"
    assert organisational("example.org") == "example.org"
    assert organisational("co.uk") == "co.uk"


@pytest.mark.parametrize(
    ("records", "action"),
    [
        (["v=DMARC1; p=reject"], "reject"),
        (["v=DMARC1;p=Quarantine;"], "quarantine"),
        (["v=DMARC1; p=bad; rua=mailto:x@example.org"], "none"),
        (["v=DMARC1; p=bad"], None),
        (["v=DMARC1; sp=none"], None),
        (["v=dmarc1; p=reject"], None),
        (["p=reject; v=DMARC1"], None),
        (["v=DMARC1; p=reject", "v=DMARC1; p=none"], None),
        (["hello", "v=DMARC1; p=reject"], "reject"),
        (["v=DMARC1; p=reject; t=y"], "quarantine"),
        (["v=DMARC1; p=none; t=y"], "none"),
        (["v=DMARC1" + "; x=y" * 20_000 + "; p=reject"], None),
    ],
)
def test_policies(records: list[str], action: str | None) -> None:
    """RFC 7489, 6.6.3."""
    asked = Lookups(FakeZone({"_dmarc.example.org": {"TXT": records}}), seconds=5)
    found = find_policy(asked, "example.org")
    assert (found.action if found else None) == action


def test_sealed_mail_says_so(published: FakeZone) -> None:
    """ARC (RFC 8617): a chain of one, made by a forwarder; then the same with a changed body."""
    sealed = seal(MAIL)
    assert run(published, sealed, ip=ELSEWHERE).arc == "pass"
    assert run(published, sealed + b"more\r\n", ip=ELSEWHERE).arc == "fail"
    assert run(published, b"ARC-Seal: i=1\r\n" * 3_000 + MAIL).arc == "none"
