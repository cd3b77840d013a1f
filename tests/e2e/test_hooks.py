"""A webhook is told of what happens to a message, signed; and the set-up check on a laptop."""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.server
import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.e2e.installation import Installation, mail
from tests.serving import serving

pytestmark = pytest.mark.emulator

WHERE, SENDER = "hooks.example", "eve@hooks-shop.example"


class _Desk(http.server.BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.got.append((body, {k.lower(): v for k, v in self.headers.items()}))  # type: ignore[attr-defined]  # ours
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def desk() -> Iterator[Any]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Desk)
    server.got = []  # type: ignore[attr-defined]  # what it is told
    with serving(server):
        yield server


def test_a_message_is_held_released_and_delivered_and_the_desk_hears_of_it(
    installation: Installation, desk: Any
) -> None:
    """Each change once at least, signed with the secret that was shown, without a word of the mail."""
    installation.block(SENDER, scope=WHERE)
    url = f"http://127.0.0.1:{desk.server_port}/in"
    made = installation.do("POST", "/v1/hooks", {"url": url, "scope": WHERE})
    assert (
        installation.send(mail("very private words", sender=SENDER), to=f"bob@{WHERE}", sender=SENDER)[0]
        == 550
    )
    copy = installation.only_held(WHERE)
    installation.do("POST", f"/v1/messages/{copy['id']}/release", {})

    def told() -> list[str]:
        return [json.loads(body)["data"]["state"] for body, _ in desk.got]

    assert installation.wait_for(told, lambda states: {"held", "releasing", "released"} <= set(states))
    key = base64.b64decode(made["secret"].removeprefix("whsec_"))
    for body, headers in desk.got:
        signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
        wanted = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
        assert headers["webhook-signature"] == f"v1,{wanted}"
        assert b"private" not in body
    assert {json.loads(body)["data"]["id"] for body, _ in desk.got} == {copy["id"]}
    installation.do("DELETE", f"/v1/hooks/{made['hook']['id']}")


def test_the_set_up_of_a_laptop(installation: Installation) -> None:
    """The next hop is the sink; what a laptop has no part in is unknown or a hint, and nothing crashes."""
    assert installation.send(mail("hello"), to="ann@setup.example")[0] == 250
    installation.delivered("ann@setup.example")
    found = installation.do("GET", "/v1/setup/setup.example")
    standing = {point["name"]: point["standing"] for point in found["points"]}
    assert (standing["route"], standing["next-hop"], standing["arriving"], standing["delivering"]) == (
        "ok",
    ) * 4
    assert len(standing) == 9
