"""Who may do what: level x verb x resource. Hidden and missing look the same."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from pratique.api.table import ENDPOINTS
from pratique.domain.address import parse_address
from pratique.domain.gap import Gap, GapKind
from pratique.domain.grant import Grant
from pratique.domain.lesson import LessonRef, LessonState
from pratique.domain.outgoing import Identity, Standing, Window
from pratique.domain.scope import GLOBAL, parse_scope
from pratique.domain.user import User
from pratique.ports.journal import Outcome
from pratique.usecases.make_link import make_link
from pratique.usecases.open_session import Visit
from pratique.usecases.run_job import run_job
from pratique.usecases.sign_in import sign_in_by_link

from tests import builders, fakes
from tests.unit.api.calling import call, of, stocked

MESSAGE = {
    "mail_from": "bob@example.org",
    "recipients": ["eve@else.example"],
    "raw": base64.b64encode(builders.raw_message(sender="bob@example.org")).decode(),
}
LESSON = {"name": "a", "label": "spam", "raw": base64.b64encode(builders.raw_message()).decode()}
IN, OUT = "bob@example.org", "ann@example.net"

# What each kind of actor gets: the operator, the domain's administrator, the recipient, a neighbour, and another domain's administrator.
ACTORS = ("global", "example.org", "bob@example.org", "carol@example.org", "example.net")
OPEN, DOMAIN_ONLY, ADMIN, OPERATOR = "open", "domain", "admin", "operator"
PRIVATE, SENDERS, MINE, OWNER = "private", "senders", "mine", "owner"
EXPECTED = {
    OPEN: (True, True, True, 404, 404),
    DOMAIN_ONLY: (True, True, 404, 404, 404),
    ADMIN: (True, True, 403, 404, 404),
    OPERATOR: (True, 404, 404, 404, 404),
    PRIVATE: (403, 403, True, 404, 404),
    SENDERS: (True, True, True, 403, 403),
    MINE: (True, True, True, True, True),
    OWNER: (404, 404, True, 404, 404),
}
_HOOK: dict[str, Any] = {"url": "https://desk.example.net/in", "scope": "example.org"}
_ORDER: dict[str, Any] = {"action": "remove"}
_SAVED: dict[str, Any] = {"name": "mine", "search": {"q": "order"}}
CSV = {"csv": "pattern,kind\nx.example,block\n"}
ALIAS = "info@example.org"
LIST_CASES: list[tuple[str, str, str, dict[str, Any], str]] = [
    ("exportEntries", "GET", "/v1/lists/bob@example.org/export", {}, OPEN),
    ("exportEntries", "GET", "/v1/lists/example.org/export", {}, DOMAIN_ONLY),
    ("importEntries", "POST", "/v1/lists/bob@example.org/import", {"body": CSV}, OPEN),
    ("importEntries", "POST", "/v1/lists/global/import", {"body": CSV}, OPERATOR),
    ("listAliases", "GET", "/v1/aliases/example.org", {}, DOMAIN_ONLY),
    ("chooseAliases", "PUT", "/v1/aliases/example.org", {"body": {}}, DOMAIN_ONLY),
    ("chooseAliases", "PUT", "/v1/aliases/example.org", {"body": {"same_as": "example.net"}}, OPERATOR),
    ("chooseAliases", "PUT", "/v1/aliases/example.org", {"body": {"catch_all": OUT}}, OPERATOR),
    ("putAlias", "PUT", "/v1/aliases/example.org/entries", {"body": {"address": "a@example.org", "owner": IN}}, DOMAIN_ONLY),
    ("putAlias", "PUT", "/v1/aliases/example.org/entries", {"body": {"address": "a@example.org", "owner": OUT}}, OPERATOR),
    ("deleteAlias", "DELETE", "/v1/aliases/example.org/entries", {"query": {"address": ALIAS}}, DOMAIN_ONLY),
    ("showOwner", "GET", "/v1/aliases/example.org/owner", {"query": {"address": ALIAS}}, DOMAIN_ONLY),
]  # fmt: skip
CASES: list[tuple[str, str, str, dict[str, Any], str]] = [
    ("listMessages", "GET", "/v1/messages", {"query": {"scope": IN}}, OPEN),
    ("listMessages", "GET", "/v1/messages", {"query": {"scope": "example.org"}}, DOMAIN_ONLY),
    ("listMessages", "GET", "/v1/messages", {"query": {"scope": "global"}}, OPERATOR),
    ("readMessage", "GET", "{copy}", {}, OPEN),
    ("explainMessage", "GET", "{copy}/why", {}, OPEN),
    ("listSiblings", "GET", "{copy}/siblings", {}, OPEN),
    ("whatIf", "POST", "/v1/what-if", {"body": {"scope": "bob@example.org"}}, OPEN),
    ("whatIf", "POST", "/v1/what-if", {"body": {"scope": "example.org"}}, DOMAIN_ONLY),
    ("whatIf", "POST", "/v1/what-if", {"body": {"scope": "global"}}, OPERATOR),
    ("linkRaw", "GET", "{copy}/raw", {}, PRIVATE),
    ("openMessage", "POST", "{copy}/open", {"body": {"reason": "asked on the phone"}}, OPEN),
    ("listDisclosures", "GET", "/v1/disclosures", {"query": {"scope": IN}}, OPEN),
    ("listDisclosures", "GET", "/v1/disclosures", {"query": {"scope": "example.org"}}, DOMAIN_ONLY),
    ("listUsers", "GET", "/v1/users", {"query": {"scope": "example.org"}}, DOMAIN_ONLY),
    ("listUsers", "GET", "/v1/users", {"query": {"scope": "global"}}, OPERATOR),
    ("createUser", "POST", "/v1/users", {"body": {"login": "new@example.org"}}, DOMAIN_ONLY),
    ("createUser", "POST", "/v1/users", {"body": {"login": IN}}, ADMIN),
    ("createUser", "POST", "/v1/users", {"body": {"login": IN, "scope": "global"}}, OPERATOR),
    ("createUser", "POST", "/v1/users", {"body": {"login": OUT, "scope": "example.org"}}, OPERATOR),
    ("getUser", "GET", "/v1/users/dora@example.org", {}, DOMAIN_ONLY),
    ("getUser", "GET", "/v1/users/ops@example.org", {}, OPERATOR),
    ("changeUser", "PATCH", "/v1/users/dora@example.org", {"body": {"name": "x"}}, DOMAIN_ONLY),
    ("changeUser", "PATCH", "/v1/users/dora@example.org", {"body": {"scope": "global"}}, OPERATOR),
    ("changeUser", "PATCH", "/v1/users/ops@example.org", {"body": {"disabled": True}}, OPERATOR),
    ("resetUser", "POST", "/v1/resets/dora@example.org", {}, DOMAIN_ONLY),
    ("resetUser", "POST", "/v1/resets/ops@example.org", {}, OPERATOR),
    ("deleteUser", "DELETE", "/v1/users/dora@example.org", {}, DOMAIN_ONLY),
    ("deleteUser", "DELETE", "/v1/users/ops@example.org", {}, OPERATOR),
    ("listSessions", "GET", "/v1/sessions", {"query": {"login": "dora@example.org"}}, DOMAIN_ONLY),
    ("listSessions", "GET", "/v1/sessions", {"query": {"login": "ops@example.org"}}, OPERATOR),
    ("revokeSessions", "DELETE", "/v1/sessions", {"query": {"login": "dora@example.org"}}, DOMAIN_ONLY),
    ("revokeSession", "DELETE", "/v1/sessions/{session}", {}, DOMAIN_ONLY),
    ("listDelegates", "GET", "/v1/delegates/bob@example.org", {}, OPEN),
    ("putDelegate", "PUT", "/v1/delegates/bob@example.org", {"body": {"login": "fay@example.org"}}, OPEN),
    (
        "deleteDelegate",
        "DELETE",
        "/v1/delegates/bob@example.org",
        {"query": {"login": "dora@example.org"}},
        OPEN,
    ),
    ("showDigest", "GET", "/v1/digests/bob@example.org", {}, OPEN),
    ("showDigest", "GET", "/v1/digests/example.org", {}, DOMAIN_ONLY),
    ("requestDigest", "POST", "/v1/digests/bob@example.org", {}, OPEN),
    ("readHistory", "GET", "{copy}/history", {}, OPEN),
    ("previewMessage", "GET", "{copy}/preview", {}, PRIVATE),
    ("showSource", "GET", "{copy}/source", {}, PRIVATE),
    ("readAction", "GET", "/v1/actions/{action}", {}, OPEN),
    ("undoAction", "POST", "/v1/actions/{action}/undo", {}, OPEN),
    ("listAudit", "GET", "/v1/audit", {"query": {"scope": IN}}, OPEN),
    ("listAudit", "GET", "/v1/audit", {"query": {"scope": "example.org"}}, DOMAIN_ONLY),
    ("listAudit", "GET", "/v1/audit", {"query": {"scope": "global"}}, OPERATOR),
    ("showCounts", "GET", "/v1/ledger", {"query": {"scope": "example.org"}}, DOMAIN_ONLY),
    ("showCounts", "GET", "/v1/ledger", {"query": {"scope": "global"}}, OPERATOR),
    ("verifyLedger", "GET", "/v1/ledger/verify", {"query": {"scope": IN}}, OPEN),
    ("verifyLedger", "GET", "/v1/ledger/verify", {"query": {"scope": "global"}}, OPERATOR),
    ("listGaps", "GET", "/v1/ledger/gaps", {}, OPERATOR),
    ("recoverMessage", "POST", "/v1/ledger/gaps/gone/recover", {"body": {"recipients": [IN]}}, OPERATOR),
    ("closeGap", "DELETE", "/v1/ledger/gaps/known", {}, OPERATOR),
    ("releaseMessage", "POST", "{copy}/release", {}, OPEN),
    ("releaseMessage", "POST", "{copy}/release", {"body": {"allow": "domain"}}, DOMAIN_ONLY),
    ("removeMessage", "POST", "{copy}/remove", {}, OPEN),
    ("removeMessage", "POST", "{copy}/remove", {"body": {"block": "domain"}}, DOMAIN_ONLY),
    ("restoreMessage", "POST", "{copy}/restore", {}, OPEN),
    ("trainMessage", "POST", "{copy}/train", {"body": {"label": "ham"}}, OPEN),
    ("untrainMessage", "POST", "{copy}/untrain", {}, OPEN),
    ("listLessons", "GET", "/v1/lessons", {"query": {"scope": IN}}, OPEN),
    ("listLessons", "GET", "/v1/lessons", {"query": {"scope": "example.org"}}, DOMAIN_ONLY),
    ("listLessons", "GET", "/v1/lessons", {"query": {"scope": "global"}}, OPERATOR),
    ("readLesson", "GET", "/v1/lessons/{lesson}", {}, OPEN),
    ("undoLesson", "POST", "/v1/lessons/{lesson}/undo", {}, OPEN),
    ("undoAuthor", "POST", "/v1/lessons/undo", {"body": {"author": IN, "scope": IN}}, ADMIN),
    ("undoAuthor", "POST", "/v1/lessons/undo", {"body": {"author": IN, "scope": "global"}}, OPERATOR),
    ("acceptLesson", "POST", "/v1/lessons/{parked}/accept", {}, ADMIN),
    ("dropLesson", "POST", "/v1/lessons/{parked}/drop", {}, ADMIN),
    ("acceptParked", "POST", "/v1/lessons/accept", {"body": {"scope": IN}}, ADMIN),
    ("dropParked", "POST", "/v1/lessons/drop", {"body": {"scope": IN}}, ADMIN),
    ("dropParked", "POST", "/v1/lessons/drop", {"body": {"scope": "example.org"}}, DOMAIN_ONLY),
    (
        "uploadLessons",
        "POST",
        "/v1/lessons",
        {"body": {"messages": [LESSON], "scope": "bob@example.org"}},
        ADMIN,
    ),
    ("uploadLessons", "POST", "/v1/lessons", {"body": {"messages": [LESSON], "scope": "global"}}, OPERATOR),
    (
        "noteSent",
        "POST",
        "/v1/sent",
        {"body": {"message_id": "<1@example.org>", "sender": IN, "recipients": [OUT]}},
        DOMAIN_ONLY,
    ),
    ("listEntries", "GET", "/v1/lists/bob@example.org/entries", {}, OPEN),
    (
        "putEntry",
        "PUT",
        "/v1/lists/bob@example.org/entries",
        {"body": {"kind": "block", "pattern": "x.example"}},
        OPEN,
    ),
    (
        "putEntry",
        "PUT",
        "/v1/lists/example.org/entries",
        {"body": {"kind": "block", "pattern": "x.example"}},
        DOMAIN_ONLY,
    ),
    (
        "putEntry",
        "PUT",
        "/v1/lists/global/entries",
        {"body": {"kind": "block", "pattern": "x.example"}},
        OPERATOR,
    ),
    (
        "deleteEntry",
        "DELETE",
        "/v1/lists/bob@example.org/entries",
        {"query": {"pattern": "listed.example"}},
        OPEN,
    ),
    *LIST_CASES,
    ("getPolicy", "GET", "/v1/policies/bob@example.org", {}, OPEN),
    ("getPolicy", "GET", "/v1/policies/example.org", {}, DOMAIN_ONLY),
    ("putPolicy", "PUT", "/v1/policies/bob@example.org", {"body": {}}, OPEN),
    ("putPolicy", "PUT", "/v1/policies/global", {"body": {}}, OPERATOR),
    ("listTraining", "GET", "/v1/training", {"query": {"scope": IN}}, OPEN),
    ("listTraining", "GET", "/v1/training", {"query": {"scope": "example.org"}}, DOMAIN_ONLY),
    ("listRequests", "GET", "/v1/requests", {"query": {"scope": IN}}, OPEN),
    ("listRequests", "GET", "/v1/requests", {"query": {"scope": "example.org"}}, DOMAIN_ONLY),
    ("approveRequest", "POST", "{asked}/approve", {}, ADMIN),
    ("denyRequest", "POST", "{asked}/deny", {}, ADMIN),
    ("listPolicyVersions", "GET", "/v1/policies/bob@example.org/versions", {}, OPEN),
    ("listPolicyVersions", "GET", "/v1/policies/global/versions", {}, OPERATOR),
    ("restorePolicy", "POST", "/v1/policies/bob@example.org/versions/0/restore", {}, OPEN),
    ("restorePolicy", "POST", "/v1/policies/example.org/versions/0/restore", {}, DOMAIN_ONLY),
    ("exportSettings", "GET", "/v1/settings/bob@example.org", {}, OPEN),
    ("exportSettings", "GET", "/v1/settings/example.org", {}, DOMAIN_ONLY),
    ("importSettings", "PUT", "/v1/settings/bob@example.org", {"body": {"format": 1, "scope": IN}}, OPEN),
    ("importSettings", "PUT", "/v1/settings/global", {"body": {"format": 1, "scope": "global"}}, OPERATOR),
    ("getRoute", "GET", "/v1/routes/example.org", {}, DOMAIN_ONLY),
    ("getRoute", "GET", "/v1/routes/*", {}, OPERATOR),
    (
        "putRoute",
        "PUT",
        "/v1/routes/example.org",
        {"body": {"kind": "smtp", "host": "mx.example.org"}},
        DOMAIN_ONLY,
    ),
    ("putRoute", "PUT", "/v1/routes/*", {"body": {"kind": "smtp", "host": "mx.example.org"}}, OPERATOR),
    ("deleteRoute", "DELETE", "/v1/routes/example.org", {}, DOMAIN_ONLY),
    ("listTokens", "GET", "/v1/tokens", {"query": {"scope": "bob@example.org"}}, OPEN),
    ("createToken", "POST", "/v1/tokens", {"body": {"name": "x", "scope": "bob@example.org"}}, OPEN),
    ("createToken", "POST", "/v1/tokens", {"body": {"name": "x", "scope": "global"}}, OPERATOR),
    ("revokeToken", "DELETE", "/v1/tokens/{token}", {}, OPEN),
    ("listPasswords", "GET", "/v1/passwords/bob@example.org", {}, OPEN),
    ("listPasswords", "GET", "/v1/passwords/example.org", {}, DOMAIN_ONLY),
    ("createPassword", "POST", "/v1/passwords/bob@example.org", {"body": {"label": "phone"}}, OPEN),
    ("checkSetup", "GET", "/v1/setup/example.org", {}, DOMAIN_ONLY),
    ("createHook", "POST", "/v1/hooks", {"body": _HOOK}, DOMAIN_ONLY),
    ("createHook", "POST", "/v1/hooks", {"body": _HOOK | {"scope": "global"}}, OPERATOR),
    ("pingHook", "POST", "/v1/hooks/{hook}/ping", {}, DOMAIN_ONLY),
    ("deleteHook", "DELETE", "/v1/hooks/{hook}", {}, DOMAIN_ONLY),
    ("createPassword", "POST", "/v1/passwords/example.org", {"body": {"label": "phone"}}, DOMAIN_ONLY),
    ("createPassword", "POST", "/v1/passwords/global", {"body": {"label": "phone"}}, OPERATOR),
    ("revokePassword", "DELETE", "/v1/passwords/bob@example.org?id={password}", {}, OPEN),
    ("redrive", "POST", "/v1/queues/learn/redrive", {}, OPERATOR),
    ("sendMessage", "POST", "/v1/outgoing", {"body": MESSAGE}, SENDERS),
    ("listIdentities", "GET", "/v1/identities", {"query": {"scope": IN}}, OPEN),
    ("listIdentities", "GET", "/v1/identities", {"query": {"scope": "example.org"}}, DOMAIN_ONLY),
    ("listIdentities", "GET", "/v1/identities", {"query": {"scope": "global", "locked": "true"}}, OPERATOR),
    ("lockIdentity", "POST", "/v1/identities/lock", {"body": {"user": IN, "sender": IN}}, DOMAIN_ONLY),
    (
        "lockIdentity",
        "POST",
        "/v1/identities/lock",
        {"body": {"user": "global", "sender": IN}},
        OPERATOR,
    ),
    ("unlockIdentity", "POST", "/v1/identities/unlock", {"body": {"user": IN, "sender": IN}}, DOMAIN_ONLY),
    ("orderJob", "POST", "/v1/jobs", {"body": _ORDER | {"search": {"scope": "bob@example.org"}}}, OPEN),
    ("orderJob", "POST", "/v1/jobs", {"body": _ORDER | {"search": {"scope": "global"}}}, OPERATOR),
    ("readJob", "GET", "/v1/jobs/{job}", {}, OPEN),
    ("readJobResults", "GET", "/v1/jobs/{job}/results", {}, OPEN),
    ("stopJob", "POST", "/v1/jobs/{job}/stop", {}, OPEN),
    ("undoJob", "POST", "/v1/jobs/{job}/undo", {}, OPEN),
    ("listSearches", "GET", "/v1/me/searches", {}, MINE),
    ("putSearch", "PUT", "/v1/me/searches/new", {"body": _SAVED}, MINE),
    ("putSearch", "PUT", "/v1/me/searches/new", {"body": {"name": "x", "search": {"scope": IN}}}, OPEN),
    (
        "putSearch",
        "PUT",
        "/v1/me/searches/new",
        {"body": {"name": "x", "search": {"scope": "global"}}},
        OPERATOR,
    ),
    ("deleteSearch", "DELETE", "/v1/me/searches/{saved}", {}, OWNER),
]
READS = {"whatIf", "openMessage"}
"""A POST because of its body: it changes nothing."""
OWN = {"putSearch", "deleteSearch"}
"""What a person keeps for itself, also one who may only read mail. A read-only token does not."""
FOR_EVERYBODY = {
    "searchMessages",
    "showStatistics",
    "listJobs",
    "listHooks",
    "exportMessages",
    "requestRelease",
    "showStatus",
    "showMe",
    "health",
    "describe",
    "listRoutes",
    "actInBulk",
    "requestLink",
    "signIn",
    "proveSession",
    "askPasskey",
    "askIssuer",
    "listMethods",
    "showSession",
    "signOut",
    "showPage",
    "changeMe",
    "setPassword",
    "dropPassword",
    "startTotp",
    "finishTotp",
    "dropTotp",
    "newRecoveryCodes",
    "listPasskeys",
    "startPasskey",
    "finishPasskey",
    "dropPasskey",
    "logInAs",
    "logInAsOneself",
}
"""These answer with what the actor may see; their own tests look at it."""


def prepared(path: str, options: dict[str, Any]) -> tuple[fakes.World, str, dict[str, Any]]:
    """A world with one of everything, and the path and options of a case in it."""
    world, (copy,) = stocked()
    world.directory.put_route(builders.route("example.org"))
    world.identities.count(
        Standing(Identity(IN, IN)), {Window.MINUTE: 1}, most={}, now=world.clock.now_ms() // 1000
    )
    entry = {"kind": "block", "pattern": "listed.example"}
    assert call(world, "PUT", "/v1/lists/bob@example.org/entries", body=entry).status == 200
    alias = {"address": ALIAS, "owner": IN}
    assert call(world, "PUT", "/v1/aliases/example.org/entries", body=alias).status == 200
    made = call(world, "POST", "/v1/tokens", body={"name": "x", "scope": "bob@example.org"}).body
    dora = parse_scope("dora@example.org")
    world.users.add(User(dora, dora, parse_address("dora@example.org")))
    world.users.add(User(parse_scope("ops@example.org"), GLOBAL, parse_address("ops@example.org")))
    world.grants.put(Grant(dora, parse_scope(IN), True, builders.NOW_MS, IN))
    path = path.replace("{copy}", of(copy)).replace("{token}", made["token"]["id"])
    if "{session}" in path:
        token = make_link(world.services, dora).rpartition("/")[2]
        path = path.replace("{session}", sign_in_by_link(world.services, token, Visit()).session.id)
    if "{lesson}" in path or "{parked}" in path:
        path = path.replace("{lesson}", _lesson(world)).replace("{parked}", _lesson(world, parked=True))
    if "{action}" in path:
        removed = call(world, "POST", of(copy, "remove"), scope="bob@example.org")
        path = path.replace("{action}", removed.headers["pratique-action"])
    if "/v1/ledger/gaps/" in path:
        world.ledger.note_gap(Gap("known", GapKind.NO_ENVELOPE, builders.NOW_MS))
        world.store.put("raw/gone", builders.raw_message())
    if "{job}" in path:
        made = call(world, "POST", "/v1/jobs", body=_ORDER | {"search": {"scope": "bob@example.org"}}).body
        run_job(world.services, made["id"], until_ms=world.clock.now_ms() + 60_000)
        path = path.replace("{job}", made["id"])
    if "{saved}" in path:
        path = path.replace("{saved}", "bobs")
        assert call(world, "PUT", path, body=_SAVED, scope="bob@example.org").status == 200
    if "{hook}" in path:
        path = path.replace("{hook}", call(world, "POST", "/v1/hooks", body=_HOOK).body["hook"]["id"])
    if "{asked}" in path:
        chosen = {"rights_spam": "request"}
        assert call(world, "PUT", "/v1/policies/bob@example.org", body=chosen).status == 200
        assert call(world, "POST", of(copy, "request"), scope="bob@example.org").status == 200
        path = path.replace("{asked}", of(copy))
    if "{password}" in path:
        made = call(world, "POST", "/v1/passwords/bob@example.org", body={"label": "x"}).body
        path, options = path.partition("?")[0], {"query": {"id": made["password"]["id"]}}
    return world, path, options


def _run(scope: str, method: str, path: str, options: dict[str, Any], *, may_write: bool = True) -> int:
    world, path, options = prepared(path, options)
    return call(world, method, path, scope=scope, may_write=may_write, **options).status


def _lesson(world: fakes.World, *, parked: bool = False) -> str:
    """A lesson of bob's own layer that the operator gave."""
    bob = parse_scope("bob@example.org")
    given = builders.lesson(2 if parked else 1, bob)
    world.journal.add([given])
    if parked:
        (waiting,) = [each for each in world.journal.pending(bob, limit=5) if each.lesson.id == given.id]
        world.journal.settle(
            bob, [Outcome(waiting, LessonState.PARKED)], now_ms=builders.NOW_MS, until=builders.NOW + 99
        )
    return str(LessonRef(bob, given.id))


def test_no_endpoint_is_left_out() -> None:
    """Each row of the table is in the matrix, or says why not."""
    assert {case[0] for case in CASES} | FOR_EVERYBODY == {e.name for e in ENDPOINTS}


@pytest.mark.parametrize(("name", "method", "path", "options", "kind"), CASES)
def test_each_level_gets_what_is_its_own(
    name: str, method: str, path: str, options: dict[str, Any], kind: str
) -> None:
    """Success, 403 for what may be seen but not done, 404 for everything else."""
    for scope, expected in zip(ACTORS, EXPECTED[kind], strict=True):
        status = _run(scope, method, path, options)
        assert (200 <= status < 300) if expected is True else status == expected, (
            f"{name} as {scope}: {status}"
        )


@pytest.mark.parametrize(
    ("name", "method", "path", "options", "_kind"), [c for c in CASES if c[1] != "GET" and c[0] not in READS]
)
def test_a_read_only_token_changes_nothing(
    name: str, method: str, path: str, options: dict[str, Any], _kind: str
) -> None:
    """403 for each write, also the operator's."""
    assert _run("global", method, path, options, may_write=False) == 403, name


def test_a_read_only_token_may_ask_what_if() -> None:
    """It writes nothing."""
    assert _run("example.org", "POST", "/v1/what-if", {"body": {}}, may_write=False) == 200


@pytest.mark.parametrize(
    "action", [("GET", ""), ("GET", "why"), ("GET", "raw"), ("POST", "release"), ("POST", "remove")]
)
def test_hidden_and_missing_answer_the_same_words(action: tuple[str, str]) -> None:
    """Byte for byte: nobody learns that a message exists."""
    world, (copy,) = stocked()
    method, verb = action
    missing = builders.a_copy(77, "bob@example.org")
    hidden = call(world, method, of(copy, verb), scope="carol@example.org")
    absent = call(world, method, of(missing, verb), scope="bob@example.org")
    assert hidden.status == absent.status == 404
    assert hidden.body["code"] == absent.body["code"]
    assert hidden.body["title"] == absent.body["title"]


def test_bulk_as_a_neighbour_and_as_a_reader() -> None:
    """Each id says so."""
    world, (copy,) = stocked()
    body = {"action": "remove", "ids": [str(copy.id)]}
    for options, code in (({"scope": "carol@example.org"}, "not_found"), ({"may_write": False}, "forbidden")):
        (answer,) = call(world, "POST", "/v1/messages/bulk", body=body, **options).body["answers"]
        assert (answer["ok"], answer["code"]) == (False, code)


def test_routes_are_listed_as_far_as_one_may_see() -> None:
    """All, the own one, none."""
    world, _ = stocked()
    for domain in ("example.org", "example.net"):
        world.directory.put_route(builders.route(domain))
    seen = {
        scope: [r["domain"] for r in call(world, "GET", "/v1/routes", scope=scope).body["routes"]]
        for scope in ("global", "example.org", "bob@example.org")
    }
    assert seen == {
        "global": ["*", "example.net", "example.org"],
        "example.org": ["example.org"],
        "bob@example.org": [],
    }
