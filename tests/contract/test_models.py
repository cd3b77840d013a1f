"""ModelStore: conditional writes only."""

from __future__ import annotations

import pytest
from pratique.domain.errors import ConcurrentChange
from pratique.domain.scope import GLOBAL, domain_scope, recipient_scope
from pratique.ports.models import ModelStore, Part, StoredModel

from tests.contract.backends import Backend, stored

SCOPES = [
    GLOBAL,
    domain_scope("global"),
    domain_scope("example.org"),
    recipient_scope("a/b%2f..#?ü@example.org"),
]


@pytest.fixture
def models(backend: Backend) -> ModelStore:
    return backend.services.models


@pytest.mark.parametrize("scope", SCOPES, ids=str)
def test_save_and_load(models: ModelStore, scope: object) -> None:
    """Each scope has its own bytes."""
    for number, each in enumerate(SCOPES):
        assert models.load(each) is None
        data = bytes([number]) * 1_000
        tag = models.save(each, data, expected_tag=None)
        assert models.load(each) == StoredModel(data, tag)
    for number, each in enumerate(SCOPES):
        found = models.load(each)
        assert found is not None
        assert found.data == bytes([number]) * 1_000


def test_a_writer_who_was_late_is_told(models: ModelStore) -> None:
    """Whatever it believed: that there was nothing, another version, or something where there is nothing."""
    with pytest.raises(ConcurrentChange):
        models.save(GLOBAL, b"x", expected_tag='"0123456789abcdef0123456789abcdef"')
    first = models.save(GLOBAL, b"one", expected_tag=None)
    with pytest.raises(ConcurrentChange):
        models.save(GLOBAL, b"x", expected_tag=None)
    second = models.save(GLOBAL, b"two", expected_tag=first)
    with pytest.raises(ConcurrentChange):
        models.save(GLOBAL, b"x", expected_tag=first)
    assert models.load(GLOBAL) == StoredModel(b"two", second)


def test_the_parts_of_a_scope_are_apart(models: ModelStore) -> None:
    """The base and a rebuild under way are objects of their own."""
    tags = {part: models.save(GLOBAL, part.value.encode(), expected_tag=None, part=part) for part in Part}
    for part, tag in tags.items():
        assert models.load(GLOBAL, part) == StoredModel(part.value.encode(), tag)
    with pytest.raises(ConcurrentChange):
        models.save(GLOBAL, b"x", expected_tag=tags[Part.MODEL], part=Part.BASE)
    assert models.load(domain_scope("example.org"), Part.BASE) is None


@stored
def test_model_keys_stay_in_their_folder(backend: Backend) -> None:
    """An address is quoted: it can name no other object of the bucket."""
    assert backend.settings is not None
    for scope in SCOPES:
        backend.services.models.save(scope, b"x", expected_tag=None)
    backend.services.models.save(GLOBAL, b"x", expected_tag=None, part=Part.BASE)
    listed = backend.client("s3").list_objects_v2(Bucket=backend.settings.bucket)
    assert sorted(each["Key"] for each in listed["Contents"]) == [
        "models/%2A",
        "models/%2A/base",
        "models/a%2Fb%252f..%23%3F%C3%BC@example.org",
        "models/example.org",
        "models/global",
    ]
