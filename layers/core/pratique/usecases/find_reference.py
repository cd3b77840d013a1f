"""What a refused sender quotes leads to the message: the reference is the message's own id, so this is two key reads."""

from __future__ import annotations

from pratique.domain.actor import Actor
from pratique.domain.ids import is_ulid
from pratique.domain.message import Copy
from pratique.ports.services import Services

_READ = str.maketrans({"O": "0", "I": "1", "L": "1", " ": "", "-": "", ".": "", "\t": ""})
"""As people read it out (https://www.crockford.com/base32.html)."""


def find_reference(services: Services, actor: Actor, reference: str) -> list[Copy]:
    """The copies of the message that lie in the actor's scope, in the order of the envelope. None where there are none, for whatever reason:
    a reference of somebody else's message looks like one of no message.
    """
    message = reference.strip().upper().translate(_READ)
    facts = services.index.get_facts(message) if is_ulid(message) else None
    if facts is None:
        return []
    seen = [each for each in facts.copy_ids if actor.scope.covers(each.owner)]
    found = services.index.get_copies(seen, now=services.clock.now_ms() // 1000)
    return [found[each] for each in seen if each in found]
