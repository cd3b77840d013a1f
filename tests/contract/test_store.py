"""MessageStore: bytes go in once and come out the same."""

from __future__ import annotations

import email.message
from urllib.parse import parse_qs, urlsplit

import pytest
from pratique.adapters.aws.store import attachment
from pratique.domain.errors import NotFound, PermanentFailure

from tests.contract.backends import Backend, stored


def test_bytes_come_out_as_they_went_in(backend: Backend) -> None:
    """Every octet, and none more."""
    data = bytes(range(256)) * 300 + b"\r\n.\r\n\n\r"
    backend.services.store.put("raw/one", data)
    assert backend.services.store.get("raw/one") == data
    assert backend.services.store.size("raw/one") == len(data)


def test_empty_object(backend: Backend) -> None:
    """No octets are octets too: an empty object is there."""
    backend.services.store.put("raw/empty", b"")
    assert backend.services.store.get("raw/empty") == b""
    assert backend.services.store.size("raw/empty") == 0


def test_missing(backend: Backend) -> None:
    """A key that is not there is NotFound, has no size, and can be deleted."""
    store = backend.services.store
    with pytest.raises(NotFound):
        store.get("raw/none")
    assert store.size("raw/none") is None
    store.delete("raw/none")


def test_delete(backend: Backend) -> None:
    """Deleted is gone; deleting twice is fine."""
    store = backend.services.store
    store.put("raw/one", b"x")
    store.delete("raw/one")
    store.delete("raw/one")
    assert store.size("raw/one") is None


def test_put_twice(backend: Backend) -> None:
    """A second run with the same bytes changes nothing."""
    store = backend.services.store
    store.put("raw/one", b"x")
    store.put("raw/one", b"x")
    assert store.get("raw/one") == b"x"


def test_presigned_url_has_the_bytes_name_and_time(backend: Backend) -> None:
    """A URL is good for 300 seconds at most, whatever was asked for, and saves as an attachment."""
    backend.services.store.put("raw/one", b"x")
    url = backend.services.store.presigned_url("raw/one", filename="mail.eml", seconds=86_400)
    parts = urlsplit(url)
    assert parts.path.endswith("/raw/one")
    if backend.name != "fake":
        query = parse_qs(parts.query)
        assert query["X-Amz-Expires"] == ["300"]
        assert query["response-content-disposition"] == [attachment("mail.eml")]
        assert query["X-Amz-Algorithm"] == ["AWS4-HMAC-SHA256"]


@pytest.mark.parametrize(
    ("name", "plain", "full"),
    [
        ("mail.eml", "mail.eml", "mail.eml"),
        ('a"b\r\nX-Evil: 1.eml', "a_b_X-Evil_ 1.eml", "a_b_X-Evil_ 1.eml"),
        ("../../etc/passwd", "_.._etc_passwd", "_.._etc_passwd"),
        ("Grüße 日本.eml", "Gr__e __.eml", "Grüße 日本.eml"),
        ("\udc80.eml", "_.eml", "_.eml"),
        ("", "message.eml", "message.eml"),
        (" . ", "message.eml", "message.eml"),
        ("x" * 300, "x" * 100, "x" * 100),
    ],
)
def test_attachment_names_are_clean(name: str, plain: str, full: str) -> None:
    """A file name from a stranger ends no header, leaves no folder, and reads the same in both forms of RFC 6266."""
    header = attachment(name)
    assert header.isascii()
    assert f'filename="{plain}"' in header
    parsed = email.message.Message()
    parsed["Content-Disposition"] = header.replace(f'filename="{plain}"; ', "")
    assert parsed.get_filename() == full


@stored
def test_missing_bucket_is_no_missing_message(backend: Backend) -> None:
    """A wrong bucket is a permanent failure: it must never look as if the mail were gone."""
    assert backend.settings is not None
    backend.client("s3").delete_bucket(Bucket=backend.settings.bucket)
    for call in (backend.services.store.get, backend.services.store.size):
        with pytest.raises(PermanentFailure):
            call("raw/one")


def test_objects_are_listed_in_order(backend: Backend) -> None:
    """By prefix, from a key on, up to a limit; with their size, and the moment to the second."""
    store = backend.services.store
    for name in ("raw/b", "raw/a", "raw/c", "envelope/a"):
        store.put(name, b"xx")
    found = store.list_objects("raw/")
    assert [each.key for each in found] == ["raw/a", "raw/b", "raw/c"]
    assert {each.size for each in found} == {2}
    assert all(each.stored_ms > 0 for each in found)
    assert all(each.stored_ms % 1000 == 0 for each in found)
    assert [each.key for each in store.list_objects("raw/", after="raw/a", limit=1)] == ["raw/b"]
    assert store.list_objects("none/") == []
