"""Policies as rows: the one that holds, and its latest versions beside it. Both are written in one transaction."""

from __future__ import annotations

import json
from dataclasses import asdict

from pynamodb.expressions.operand import Path

from pratique.domain.errors import ConcurrentChange, Outdated
from pratique.domain.policy import Policy
from pratique.domain.policy_history import KEPT_VERSIONS, By, PolicyVersion
from pratique.domain.scope import Scope

from .setting_rows import policy_key, policy_of
from .table import ABSENT, Key, Row, Table, number, text, whole, words

TRIES = 5
_version = Path("version")


def version_key(scope: Scope, version: int) -> Key:
    """One version of it."""
    return f"PV#{scope.key}", f"{version:012d}"


def version_in(scope: Scope, row: Row) -> PolicyVersion:
    """The version in a row of either kind."""
    by = By(words(row, "author"), words(row, "channel"), whole(row, "at"), words(row, "note"))
    return PolicyVersion(scope, whole(row, "version"), policy_of(row), by)


def put_policy(table: Table, scope: Scope, policy: Policy, by: By, expected: int | None) -> PolicyVersion:
    """See Directory. Without `expected`, what another writer put meanwhile is one more version before this one."""
    for _ in range(TRIES):
        row = table.get(policy_key(scope))
        known = 0 if row is None else whole(row, "version")
        if expected is not None and known != expected:
            raise Outdated(f"this policy has version {known} now")
        made = PolicyVersion(scope, known + 1, policy, by)
        stands = _version == number(known) if known else _version.does_not_exist()
        old = made.version - KEPT_VERSIONS
        if table.write_together(
            put=[
                (_row(policy_key(scope), made), stands),
                (_row(version_key(scope, made.version), made), ABSENT),
            ],
            delete=[(version_key(scope, old), None)] if old > 0 else [],
        ):
            return made
    raise ConcurrentChange("this policy is being changed by others")


def list_versions(table: Table, scope: Scope, limit: int) -> list[PolicyVersion]:
    """See Directory."""
    part = table.query(version_key(scope, 0)[0], limit=limit, newest_first=True, consistent=True)
    return [version_in(scope, row) for row in part.rows]


def _row(key: Key, made: PolicyVersion) -> Row:
    chosen = {name: value for name, value in asdict(made.policy).items() if value is not None}
    return {
        "pk": text(key[0]),
        "sk": text(key[1]),
        "version": number(made.version),
        "chosen": text(json.dumps(chosen)),
        "author": text(made.by.author),
        "channel": text(made.by.channel),
        "at": number(made.by.at_ms),
        "note": text(made.by.note),
    }
