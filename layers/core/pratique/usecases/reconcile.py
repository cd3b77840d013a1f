"""Reconcile: what the store, the table and the queues say is compared, and what a lost invocation left behind is done.

Two walks, in turns: over the stored messages (reconcile_objects), and over the copies. Each run goes on where the last one ended.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from pratique.domain.action import Action, Deed, DeedKind
from pratique.domain.direction import Direction
from pratique.domain.errors import NotFound
from pratique.domain.gap import Gap, GapKind
from pratique.domain.ids import parse_copy_id
from pratique.domain.lifecycle import LIVE, State
from pratique.domain.message import Copy
from pratique.domain.scope import GLOBAL
from pratique.domain.tally import counted
from pratique.observability import gauge, log_event
from pratique.ports.ledger import Place
from pratique.ports.services import Services
from pratique.usecases.acting import finish_action
from pratique.usecases.reconcile_objects import GRACE_MS, Mended, reconcile_objects

PAGE = 100
OBJECTS, SENT = "objects", "sent"
PHASES = tuple(
    f"{direction} {state}" for direction in Direction for state in State if state is not State.EXPIRED
)
"""The lists of copies, one after the other."""
NEED_BYTES = LIVE | {State.HELD, State.FAILED}
STUCK_SECONDS = 3600
"""A copy that is on its way and that nobody looked after for so long: neither a worker nor the sweep came."""
MOST_GAPS = 1000


@dataclass(frozen=True, slots=True)
class Reconciled:
    """What one run did. `open_gaps` and `stuck` are what is wrong now; `whole` says that a whole pass ended with this run."""

    seen: int
    recovered: int
    completed: int
    purged: int
    abandoned: int
    waiting: int
    failed: int
    recounted: int
    audited: int
    open_gaps: int
    stuck: int
    whole: bool


def reconcile(services: Services, *, until_ms: int, grace_ms: int = GRACE_MS) -> Reconciled:
    """Go on with the walk until the clock reaches `until_ms` or one pass is whole; then say what is open. What is younger than `grace_ms` is left
    alone; less than usual does no harm either, and finds sooner what a crash left behind. Repeatable, and two at once do no harm: the
    place moves under a condition. Raises TemporaryFailure (the next run goes on).
    """
    audited = _finish_actions(services, grace_ms)
    mended, recounted, whole = Mended(), 0, False
    while services.clock.now_ms() < until_ms and not whole:
        place = services.ledger.place()
        if place.phase in ("", OBJECTS, SENT):
            following = _objects(services, place, mended, grace_ms)
        else:
            following, number = _copies(services, place, mended, grace_ms)
            recounted += number
        whole = following.phase == ""
        if not services.ledger.put_place(following):
            break  # another run is at it
    gaps = _gaps(services)
    now = services.clock.now_ms() // 1000
    stuck = len(services.index.overdue(now=now - STUCK_SECONDS, limit=PAGE))
    gauge("unaccounted", gaps)
    gauge("stuck", stuck)
    done = Reconciled(
        mended.seen,
        mended.recovered,
        mended.completed,
        mended.purged,
        mended.abandoned,
        mended.waiting,
        mended.failed,
        recounted,
        audited,
        gaps,
        stuck,
        whole,
    )
    log_event(
        "reconciled", seen=done.seen, recovered=done.recovered, completed=done.completed, open_gaps=gaps
    )
    return done


def _objects(services: Services, place: Place, mended: Mended, grace_ms: int) -> Place:
    """One page of stored messages: those that came in, then those that people sent."""
    began = place.began_ms if place.phase else services.clock.now_ms()
    phase = place.phase or OBJECTS
    prefix = services.options.raw_prefix if phase == OBJECTS else services.options.out_prefix
    objects = services.store.list_objects(prefix, after=place.after, limit=PAGE)
    reconcile_objects(services, objects, mended, prefix=prefix, grace_ms=grace_ms)
    if len(objects) == PAGE:
        return replace(place, phase=phase, after=objects[-1].key, began_ms=began)
    return replace(place, phase=SENT if phase == OBJECTS else PHASES[0], after="", began_ms=began)


def _copies(services: Services, place: Place, mended: Mended, grace_ms: int) -> tuple[Place, int]:
    """One page of the copies in one state: they are counted where they are, and their bytes are there."""
    direction, state = Direction(place.phase.split()[0]), State(place.phase.split()[1])
    page = services.index.list_copies(
        GLOBAL, states=[state], limit=PAGE, now=0, cursor=place.after or None, direction=direction
    )
    late = services.clock.now_ms() - grace_ms
    resting = [copy for copy in page.copies if copy.last_move is None or copy.last_move.at_ms <= late]
    number = services.ledger.count([counted(copy) for copy in resting])
    if state in NEED_BYTES:
        _look_for_bytes(services, resting, mended)
    if page.cursor is not None:
        return replace(place, after=page.cursor), number
    following = PHASES.index(place.phase) + 1
    if following < len(PHASES):
        return replace(place, phase=PHASES[following], after=""), number
    return Place(whole_ms=services.clock.now_ms(), tag=place.tag), number


def _look_for_bytes(services: Services, copies: list[Copy], mended: Mended) -> None:
    with ThreadPoolExecutor(8) as pool:
        sizes = list(pool.map(lambda copy: services.store.size(copy.raw_key), copies))
    for copy, size in zip(copies, sizes, strict=True):
        if size is None:
            now_ms = services.clock.now_ms()
            gap = Gap(str(copy.id), GapKind.NO_BYTES, now_ms, copy.size, copy.received_ms)
            mended.gaps += services.ledger.note_gap(gap)


def _gaps(services: Services) -> int:
    """Close what is mended; how many are open (a thousand at most are looked at)."""
    found = services.ledger.gaps(limit=MOST_GAPS)
    return len(
        [gap for gap in found if not (_is_mended(services, gap) and services.ledger.close_gap(gap.id))]
    )


def _is_mended(services: Services, gap: Gap) -> bool:
    if gap.kind is GapKind.NO_BYTES:
        try:
            copy = services.index.get_copy(parse_copy_id(gap.id), now=services.clock.now_ms() // 1000)
        except NotFound:
            return True
        return copy is None or copy.state not in NEED_BYTES or services.store.size(copy.raw_key) is not None
    message = services.index.messages_of([gap.id]).get(gap.id)
    if message is None:
        return services.store.size(services.options.raw_prefix + gap.id) is None
    facts = services.index.get_facts(message)
    return gap.kind is GapKind.NO_ENVELOPE or facts is None or len(facts.recipients) > 1


def _finish_actions(services: Services, grace_ms: int) -> int:
    """Tell the audit of what people did when whoever served them died on the way; forget what was begun and never done."""
    found = services.actions.unfinished(before_ms=services.clock.now_ms() - grace_ms, limit=PAGE)
    told = 0
    for action in found:
        done = [deed for deed in action.deeds if _happened(services, action, deed)]
        if done:
            finish_action(services, replace(action, deeds=tuple(done)))
            told += 1
        else:
            services.actions.drop(action.id)
    return told


def _happened(services: Services, action: Action, deed: Deed) -> bool:
    """Whether the copy's own history, which is written with the move itself, knows of the action. A setting has none: better told than not."""
    if deed.kind in (DeedKind.ENTRY, DeedKind.POLICY):
        return True
    try:
        history = services.index.history(parse_copy_id(deed.target), now=services.clock.now_ms() // 1000)
    except NotFound:
        return False
    return history is not None and any(event.action == action.id for event in history.events)
