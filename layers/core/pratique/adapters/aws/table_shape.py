"""The keys and indexes of the one table, as DescribeTable words them."""

from __future__ import annotations

from typing import Any

KEYS = {"pk": "HASH", "sk": "RANGE"}
INDEXES = {
    "by_recipient": ("gr", "gs", "ALL"),
    "by_domain": ("gd", "gs", "ALL"),
    "by_global": ("gg", "gs", "ALL"),
    "by_expiry": ("ge", "gx", "KEYS_ONLY"),
}
"""Index name -> (hash key, range key, projection). All sparse, all keys are strings."""


def shape(name: str) -> dict[str, Any]:
    """The table as DescribeTable and CreateTable word it: so that no request has to ask, and tests can make one."""
    names = dict.fromkeys([*KEYS, *(key for index in INDEXES.values() for key in index[:2])])
    return {
        "TableName": name,
        "AttributeDefinitions": [{"AttributeName": key, "AttributeType": "S"} for key in names],
        "KeySchema": [{"AttributeName": key, "KeyType": kind} for key, kind in KEYS.items()],
        "GlobalSecondaryIndexes": [
            {
                "IndexName": index,
                "KeySchema": [
                    {"AttributeName": hash_key, "KeyType": "HASH"},
                    {"AttributeName": range_key, "KeyType": "RANGE"},
                ],
                "Projection": {"ProjectionType": projection},
            }
            for index, (hash_key, range_key, projection) in INDEXES.items()
        ],
    }
