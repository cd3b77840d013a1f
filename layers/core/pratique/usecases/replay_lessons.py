"""Making a model again from its lessons: without those that were taken back, and with those that are too old to be, in the base for good.

The model of a scope is always its base plus its kept lessons in their order, each with the rate and the layers' word of the first time.
So it can be made again, octet by octet, with or without any of them (docs/decisions/0004-lessons-can-be-undone.md).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from pratique.domain.errors import ConcurrentChange, InvalidInput
from pratique.domain.lesson import LESSON_DAYS, Label
from pratique.domain.policy import DAY
from pratique.domain.scope import Scope
from pratique.filtering.classifier.features import Features, features
from pratique.filtering.classifier.model import Model
from pratique.observability import log_event
from pratique.ports.journal import Keeping, Kept
from pratique.ports.models import Part
from pratique.ports.services import Services

KEEP_MOST = 20_000
"""Lessons of a scope that can be taken back; the oldest beyond are folded into the base before their time."""
PAGE = 400
"""Kept lessons read, or folded, at a time."""
WINDOW_MS = LESSON_DAYS * DAY * 1000


def learn_again(model: Model, lessons: Iterable[Kept], *, without: Collection[str] = ()) -> None:
    """Take kept lessons in their order."""
    for kept in lessons:
        if kept.id in without:
            continue
        try:
            found = features(kept.sample)
        except InvalidInput:
            log_event("sample_unreadable", lesson=kept.id)
            continue
        learn_one(model, found, kept.label, kept.base, kept.rate)


def learn_one(model: Model, found: Features, label: Label, base: tuple[float, ...], rate: float) -> bool:
    """One lesson, the first time and each time again. `base` is empty where no layer is above. True if a weight changed."""
    is_spam = label is Label.SPAM
    if base:
        return model.learn(found, is_spam=is_spam, base=base, rate=rate)
    return model.learn(found, is_spam=is_spam, rate=rate)


def rebuild(
    services: Services, scope: Scope, *, last: int, rebuilds: int, without: frozenset[str], until_ms: int
) -> Model | None:
    """The model as it is without these lessons, up to the place `last`; None where the time was up: the next call goes on from there.

    Raises ConcurrentChange where the base changed meanwhile.
    """
    base = services.models.load(scope, Part.BASE)
    model = Model.loads(base.data) if base else Model.empty()
    mark = f"{rebuilds}"
    under_way = services.models.load(scope, Part.REBUILD)
    if under_way is not None:
        known = Model.loads(under_way.data)
        if _still_good(services, scope, known, model.version, mark, without):
            model = known
    at = model.version
    while at < last:
        page = services.journal.kept(scope, after=at, limit=PAGE)
        learn_again(model, (kept for kept in page if kept.seq <= last), without=without)
        at = min(last, page[-1].seq) if len(page) == PAGE else last
        if at < last and services.clock.now_ms() >= until_ms:
            model.version, model.applied = at, frozenset({mark, *without})
            tag = under_way.tag if under_way else None
            services.models.save(scope, model.dumps(), expected_tag=tag, part=Part.REBUILD)
            return None
    now = services.models.load(scope, Part.BASE)
    if (now.tag if now else None) != (base.tag if base else None):
        raise ConcurrentChange("lessons were folded meanwhile")
    return model


def _still_good(
    services: Services, scope: Scope, known: Model, folded: int, mark: str, without: frozenset[str]
) -> bool:
    """Whether a rebuild under way may go on: of the same generation, not behind the base, and with nothing in it that is not wanted."""
    if mark not in known.applied or known.version < folded:
        return False
    records = services.journal.get(scope, without - known.applied)
    return all(record.seq > known.version for record in records.values())


def fold_old(services: Services, scope: Scope, *, last: int) -> bool:
    """Put lessons whose time is over into the base, a page at most; whether there may be more.

    They are marked before what was taken back is read: a lesson is either refused to be taken back, or left out of the base.
    Raises ConcurrentChange.
    """
    now_ms = services.clock.now_ms()
    keeping = services.journal.keeping(scope)
    if keeping is None or (now_ms < keeping.due_ms and last - keeping.folded <= KEEP_MOST):
        return False
    stored = services.models.load(scope, Part.BASE)
    base = Model.loads(stored.data) if stored else Model.empty()
    page = services.journal.kept(scope, after=0, limit=PAGE)
    ripe = [k for k in page if k.seq > base.version and _is_over(k, last, now_ms)]
    done = [kept.seq for kept in page if kept.seq <= base.version]
    if ripe:
        folded = services.journal.fold(scope, [kept.id for kept in ripe])
        taken_back = {undo.lesson_id for undo in services.journal.undos(scope)}
        learn_again(base, (k for k in ripe if k.id in folded and k.id not in taken_back))
        base.version = ripe[-1].seq
        services.models.save(scope, base.dumps(), expected_tag=stored.tag if stored else None, part=Part.BASE)
        done += [kept.seq for kept in ripe]
    services.journal.forget(scope, done)
    left = [kept for kept in page if kept.seq > base.version]
    more = len(page) == PAGE and not left
    if ripe:
        log_event("folded", level=scope.level.value, lessons=len(ripe))
    if more or left:
        due_ms = left[0].kept_ms + WINDOW_MS if left else now_ms
        services.journal.set_keeping(scope, Keeping(base.version, due_ms))
    else:
        services.journal.set_keeping(scope, None)
    return more


def _is_over(kept: Kept, last: int, now_ms: int) -> bool:
    return kept.kept_ms + WINDOW_MS <= now_ms or last - kept.seq >= KEEP_MOST


def note_kept(services: Services, scope: Scope, kept_ms: int) -> None:
    """See that somebody looks after a scope's lessons when the first of them is old enough."""
    if services.journal.keeping(scope) is None:
        services.journal.set_keeping(scope, Keeping(0, kept_ms + WINDOW_MS))
