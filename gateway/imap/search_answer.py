"""What SEARCH answers: RFC 3501, 7.2.5; ESEARCH: RFC 4731, 3; MODSEQ: RFC 7162, 3.1.5 and 3.1.10."""

from __future__ import annotations

from .search_program import Search
from .searching import Places, Run
from .sequences import write_sequence
from .session import Session


async def run_search(session: Session, search: Search) -> None:
    """Run it and write the answer."""
    view = session.open
    if search.modseq:
        session.enable_condstore()
    run = Run(view, session.pause)
    places = await run.narrow(search.key, run.places)
    values = run.uids if session.by_uid else run.numbers
    numbers = [values[at] for at in places]
    if search.returns is None:
        text = " ".join(["", *map(str, numbers)])
        if search.modseq and places:
            text += f" (MODSEQ {max(run.modseqs[at] for at in places)})"
        await session.wire.send(f"* SEARCH{text}\r\n".encode("ascii"))
        return
    words = [f'ESEARCH (TAG "{session.tag}")']
    if session.by_uid:
        words.append("UID")
    words += _results(search.returns, numbers)
    if search.modseq and places:
        words.append(f"MODSEQ {_modseq(search.returns, run, places)}")
    await session.wire.send(f"* {' '.join(words)}\r\n".encode("ascii"))


def _results(returns: frozenset[str], numbers: list[int]) -> list[str]:
    words = []
    if numbers:
        words += [f"MIN {numbers[0]}"] if "MIN" in returns else []
        words += [f"MAX {numbers[-1]}"] if "MAX" in returns else []
        words += [f"ALL {write_sequence(numbers)}"] if "ALL" in returns else []
    if "COUNT" in returns:
        words.append(f"COUNT {len(numbers)}")
    return words


def _modseq(returns: frozenset[str], run: Run, places: Places) -> int:
    """RFC 7162, 3.1.10: of the messages that the answer names."""
    if not returns & {"ALL", "COUNT"}:
        ends = ([places[0]] if "MIN" in returns else []) + ([places[-1]] if "MAX" in returns else [])
        return max(run.modseqs[at] for at in ends)
    return max(run.modseqs[at] for at in places)
