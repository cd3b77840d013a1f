"""What a fresh installation gets."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from pratique.domain.actor import Channel
from pratique.domain.ids import ulid
from pratique.domain.scope import GLOBAL, parse_scope
from pratique.usecases.check_password import check_password

from local.mail_clients import logins
from local.seed import seed
from tests import fakes
from tests.builders import NOW_MS


def test_the_logins_work_and_stay_as_they_are(tmp_path: Path) -> None:
    """Done twice it changes nothing; one that was revoked is not made again."""
    world = fakes.world()
    made = logins(tmp_path / "imap-logins")
    for _ in range(2):
        seed(
            world.services,
            token_id=ulid(NOW_MS, bytes(10)),
            secret="s" * 43,
            sink=2526,
            logins=[asdict(each) for each in made],
        )
    for each in made:
        checked = check_password(
            world.services, each.login, each.password, address="127.0.0.1", channel=Channel.IMAP
        )
        assert checked.actor is not None
        assert checked.actor.scope == parse_scope(each.login)
    world.app_passwords.delete_password(parse_scope(made[0].login), made[0].id)
    seed(
        world.services,
        token_id=ulid(NOW_MS, bytes(10)),
        secret="s" * 43,
        sink=2526,
        logins=[asdict(each) for each in made],
    )
    assert world.app_passwords.passwords(parse_scope(made[0].login)) == []
    (administrator,) = world.users.rows.values()
    assert (str(administrator.login), administrator.scope) == ("admin@example.org", GLOBAL)
