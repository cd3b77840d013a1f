"""Events of any shape: read, or refused as no event, never another error."""

from __future__ import annotations

import contextlib
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from pratique.domain.envelope import Receipt
from pratique.domain.errors import InvalidInput
from pratique.usecases.receipts import read_receipts

JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=10,
)
MAIL = st.fixed_dictionaries(
    {"messageId": st.just("abc123")},
    optional={"source": JSON, "timestamp": JSON, "destination": JSON, "headers": JSON, "commonHeaders": JSON},
)
RECEIPT = st.fixed_dictionaries(
    {"recipients": JSON | st.lists(st.emails(), max_size=3)},
    optional={
        "spfVerdict": JSON,
        "dkimVerdict": JSON | st.fixed_dictionaries({"status": JSON}),
        "dmarcPolicy": JSON | st.fixed_dictionaries({"policy": JSON}),
        "virusVerdict": JSON,
        "timestamp": JSON,
        "pratique": JSON,
    },
)


@given(JSON)
def test_any_json_is_an_event_or_is_refused(event: object) -> None:
    with contextlib.suppress(InvalidInput):
        assert all(isinstance(found, Receipt) for found in read_receipts(event))


@given(MAIL, RECEIPT)
def test_any_mail_and_receipt_under_a_valid_id_are_read(
    mail: dict[str, Any], receipt: dict[str, Any]
) -> None:
    """Only the id has to be right; every recipient text is either an address or kept as refused."""
    (found,) = read_receipts({"Records": [{"ses": {"mail": mail, "receipt": receipt}}]})
    assert found.source_id == "abc123"
    assert found.received_ms >= 0
    listed = receipt["recipients"]
    if isinstance(listed, list) and listed:
        texts = {text for text in listed if isinstance(text, str)}
        assert len(found.envelope.recipients) + len(found.refused) <= len(listed)
        assert bool(texts) == bool(found.envelope.recipients or found.refused)
