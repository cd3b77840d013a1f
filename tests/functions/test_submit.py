"""The submit function: its event, its answers, and what it is not."""

from __future__ import annotations

import pytest
from pratique import bootstrap
from pratique.domain.errors import InvalidInput, TemporaryFailure
from pratique.usecases.submission_event import read_submission, submission_event

from functions.submit.app import handler
from tests import fakes
from tests.unit.submission.sending import BOB, EVE, SPAM, login, submission, world


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> fakes.World:
    made = world(outgoing_per_minute=2)
    monkeypatch.setattr(bootstrap, "services", lambda: made.services)
    return made


def test_an_event_goes_there_and_back(here: fakes.World) -> None:
    made = submission(here)
    actor, again = read_submission(submission_event(login(), made))
    assert (again, actor) == (made, login())


def test_it_answers_what_became_of_the_message(here: fakes.World) -> None:
    """Sent, held, or refused with a reason and whether later helps; asked again it says the same."""
    event = submission_event(login(), submission(here))
    sent = handler(event, None)
    assert (sent["refused"], sent["copies"][0]["recipient"], sent["copies"][0]["state"]) == (
        False,
        EVE,
        "queued",
    )
    assert handler(event, None) == sent
    held = handler(submission_event(login(), submission(here, SPAM, source_id="s2")), None)
    assert (held["refused"], held["copies"][0]["state"]) == (True, "held")
    over = handler(submission_event(login(), submission(here, source_id="s3")), None)
    assert over == {
        "error": "limit_reached",
        "detail": "2 recipients a minute are the limit of this sender",
        "later": True,
    }
    foreign = handler(submission_event(login(), submission(here, sender="x@y.example", source_id="s4")), None)
    assert (foreign["error"], foreign["later"]) == ("forbidden", False)
    assert "out/s4" not in here.store.objects


def test_what_is_no_refusal_goes_up(here: fakes.World) -> None:
    """The gateway then says: try again."""
    event = submission_event(login(), submission(here))
    here.store.objects.clear()
    with pytest.raises(TemporaryFailure):
        handler(event, None)


@pytest.mark.parametrize(
    "event",
    [
        {},
        {"Records": [{"ses": {}}]},
        {"submission": []},
        {"submission": {"id": "x", "received_ms": "1", "recipients": []}},
        {"submission": {"id": "x", "received_ms": 1, "recipients": ["nonsense"], "actor": {"scope": BOB}}},
        {"submission": {"id": "x", "received_ms": 1, "recipients": [EVE], "actor": {}}},
    ],
)
def test_an_event_of_another_form_is_no_submission(here: fakes.World, event: dict[str, object]) -> None:
    """An SES event above all: who may send mail to us may not send as us."""
    with pytest.raises(InvalidInput):
        handler(event, None)
