"""At ingest: whether the sender of a message that is held will be told, and if so, the item for the queue that does it.

The edge answers 550 in the dialogue where every copy is held, so nothing is left to do there. Senders of our own are told where they submit
their mail. Never fails, and never keeps mail waiting.
"""

from __future__ import annotations

from collections.abc import Sequence

from pratique.domain.errors import PratiqueError
from pratique.domain.lifecycle import State
from pratique.domain.message import Copy
from pratique.domain.policy import resolve
from pratique.domain.scope import scope_chain
from pratique.domain.triage import DANGEROUS, marks_of
from pratique.domain.verdict import Verdict
from pratique.filtering.answerable import answerable_sender
from pratique.observability import log_event
from pratique.ports.directory import View
from pratique.ports.queue import QueueName
from pratique.ports.services import Services
from pratique.usecases.judge_message import Seen

MOST_TOLD = 50
"""Recipients named in one notice."""


def offer_notice(services: Services, seen: Seen, view: View, copies: Sequence[Copy]) -> frozenset[str]:
    """Queue the notice, if the sender may have one. Returns the ids of held copies of which no sender is told, by policy, in the dialogue
    neither.
    """
    held = [copy for copy in copies if copy.state is State.HELD and not copy.id.is_outgoing]
    quiet = frozenset(str(copy.id) for copy in held if not _tells(view, copy))
    told = [copy for copy in held if str(copy.id) not in quiet]
    if seen.receipt.source == "edge":
        if len(told) == len(copies):
            return quiet  # the edge says so itself
    elif not services.options.notice_from:
        return quiet
    about = [copy for copy in told if copy.verdict is Verdict.SPAM and DANGEROUS not in marks_of(copy.triage)]
    if not about or seen.hops or answerable_sender(seen.examined.parsed, seen.receipt) is None:
        return quiet
    names = "\n".join(str(copy.id.recipient) for copy in about[:MOST_TOLD])
    try:
        services.queue.send(QueueName.NOTIFY, [{"message": about[0].id.message, "recipients": names}])
    except PratiqueError as error:
        log_event("notice_not_queued", id=about[0].id.message, code=error.code)
    return quiet


def _tells(view: View, copy: Copy) -> bool:
    return resolve(view.policies.get(scope) for scope in scope_chain(copy.id.owner)).notify_sender
