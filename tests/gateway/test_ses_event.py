"""The event an edge makes is one that ingest reads, whatever the mail is."""

from __future__ import annotations

import json

import pytest
from pratique.domain.address import parse_address
from pratique.usecases.receipts import read_receipts

from gateway.authentication.verdicts import UNCHECKED, Verdicts
from gateway.recall import Intake, Recall, fingerprint
from gateway.ses_event import MAX_HEADERS, read_headers, ses_event


def event_of(data: bytes, *, helo: str = "h", verdicts: Verdicts = UNCHECKED) -> dict[str, object]:
    return ses_event(
        source_id="a1b2",
        received_ms=1_790_000_000_123,
        mail_from="s@example.net",
        recipients=["r@example.org"],
        data=data,
        client_ip="192.0.2.1",
        helo=helo,
        verdicts=verdicts,
    )


@pytest.mark.parametrize(
    "data", [b"", b"\r\n", b"\xff\xff", b"Subject\r\n\r\n", b": x\r\n", b"A: b\r\n c\r\n\r\nd"]
)
def test_ingest_reads_back_what_the_edge_knows(data: bytes) -> None:
    (receipt,) = read_receipts(json.loads(json.dumps(event_of(data))))
    assert receipt.source_id == "a1b2"
    assert receipt.received_ms == 1_790_000_000_123
    assert receipt.source == "edge"
    assert receipt.envelope.mail_from == "s@example.net"
    assert receipt.envelope.recipients == (parse_address("r@example.org"),)
    assert (receipt.envelope.client_ip, receipt.envelope.helo) == ("192.0.2.1", "h")
    assert receipt.envelope.client_name is None


@pytest.mark.parametrize(("name", "read"), [(None, None), ("", ""), ("Out.example.net", "out.example.net")])
def test_a_client_without_a_name_is_another_than_one_nobody_asked_after(
    name: str | None, read: str | None
) -> None:
    event = json.loads(json.dumps(event_of(b"", verdicts=Verdicts(client_name=name))))
    (receipt,) = read_receipts(event)
    assert receipt.envelope.client_name == read


def test_a_helo_that_is_no_text_can_be_sent_as_json() -> None:
    json.dumps(event_of(b"", helo="\udcff"), ensure_ascii=False).encode()


def test_headers_are_unfolded_and_end_at_the_blank_line() -> None:
    fields, truncated = read_headers(b"A: one\r\n two\r\nb:\tthree\nSubject: \r\n\r\nC: body\r\n")
    assert fields == [
        {"name": "A", "value": "one two"},
        {"name": "b", "value": "three"},
        {"name": "Subject", "value": ""},
    ]
    assert not truncated


def test_a_message_that_begins_with_its_body_has_no_headers() -> None:
    assert read_headers(b"\r\nA: b\r\n") == ([], False)


def test_headers_are_cut_where_ses_cuts_them() -> None:
    data = b"".join(b"X-%06d: %s\r\n" % (n, b"v" * 50) for n in range(2000)) + b"\r\nbody"
    fields, truncated = read_headers(data)
    assert truncated
    assert sum(len(f["name"]) + len(f["value"]) for f in fields) <= MAX_HEADERS
    assert all(field["value"] == "v" * 50 for field in fields)


def test_common_headers_hold_the_first_of_each() -> None:
    event = event_of(b"Subject: a\r\nSubject: b\r\nTo: x\r\nTo: y\r\n\r\n")
    common = event["Records"][0]["ses"]["mail"]["commonHeaders"]  # type: ignore[index]  # the shape is this test's subject
    assert common == {"returnPath": "s@example.net", "subject": "a", "to": ["x", "y"]}


def test_recall_forgets_the_oldest_and_the_old() -> None:
    recall = Recall(most=2, keep_ms=1000)
    keys = [fingerprint("", ["r"], bytes([n])) for n in range(3)]
    for n, key in enumerate(keys):
        recall.keep(key, Intake(str(n), n * 100))
    assert recall.find(keys[0], 300) is None
    assert recall.find(keys[1], 1100) is None
    kept = recall.find(keys[2], 1100)
    assert kept is not None
    assert kept.source_id == "2"
    recall.forget(keys[2])
    assert len(recall) == 0


def test_a_fingerprint_keeps_envelope_and_bytes_apart() -> None:
    assert (
        len(
            {
                fingerprint(s, r, d)
                for s, r, d in [
                    ("a", ["b"], b"c"),
                    ("", ["a", "b"], b"c"),
                    ("a", [], b"b\0c"),
                    ("a", ["b", ""], b"c"),
                ]
            }
        )
        == 4
    )
