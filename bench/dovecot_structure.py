"""ENVELOPE, BODY, BODYSTRUCTURE, sizes, every section, partials and SEARCH beside Debian's dovecot-imapd, on the same mail.
`python -m bench.dovecot_structure [--every N] [--show]`

The mail is the SpamAssassin corpus and the fixtures of other mail parsers, each with CRLF. Strings are compared by what they say (quoted or
literal is the server's choice). Ours is asked twice: from the message, and from what make_structure stores of it.
"""

from __future__ import annotations

import argparse
import random
import re
from collections import Counter
from collections.abc import Callable, Iterator

from pratique.filtering.mime import (
    HEADER,
    TEXT,
    WHOLE,
    Section,
    Structure,
    header_fields,
    make_structure,
    open_structure,
    parse_section,
    read_structure,
)
from pratique.filtering.mime.parts import Kind, Part, read_parts
from pratique.filtering.mime.search import body_contains, field_contains, fold, sent_date, text_contains

from bench.dovecot_pipe import IMAP, Dovecot, Item, read_items
from tests.corpora import find_corpus

NAMES = (b"From", b"Subject", b"X-Nothing", b"received", b"Content-Type")
MAX_OCTETS = 3_000_000
PARTIALS = ((0, 10), (5, 100), (1, 1_000_000), (100_000_000, 5))


def with_crlf(raw: bytes) -> bytes:
    """The message as SMTP carries it."""
    return re.sub(rb"\r?\n", b"\r\n", raw)


def corpus_mail(every: int = 1) -> list[tuple[str, bytes]]:
    """(name, message) of all mail there is to compare on, or of every so manieth."""
    paths = []
    for name in ("spamassassin", "mime-fixtures"):
        folder = find_corpus(name)
        if folder is not None:
            files = [
                path for path in sorted(folder.rglob("*")) if path.is_file() and path.name != "index.tsv"
            ]
            paths += [(str(path.relative_to(folder.parent)), path) for path in files]
    return [
        (name, with_crlf(path.read_bytes()))
        for name, path in paths[::every]
        if 0 < path.stat().st_size < MAX_OCTETS
    ]


def sections(root: Part) -> Iterator[tuple[bytes, Section, tuple[int, int] | None]]:
    """Every section of a message by its name, some that it has not, and partials."""
    paths = list(_paths(root, (), 0))
    for part in paths[:40]:
        name = b".".join(b"%d" % number for number in part)
        for kind in (b"", b".MIME", b".HEADER", b".TEXT"):
            section = parse_section(name + kind)
            if section is not None:
                yield name + kind, section, None
        yield name + b".HEADER.FIELDS (SUBJECT TO)", header_fields((b"Subject", b"To"), part), None
    for name, section in ((b"", WHOLE), (b"HEADER", HEADER), (b"TEXT", TEXT)):
        yield name, section, None
        for partial in PARTIALS:
            yield name, section, partial
    listed = b" ".join(NAMES).upper()
    yield b"HEADER.FIELDS (%s)" % listed, header_fields(NAMES), None
    yield b"HEADER.FIELDS (%s)" % listed, header_fields(NAMES), (7, 40)
    yield b"HEADER.FIELDS.NOT (%s)" % listed, header_fields(NAMES, without=True), None


def _paths(part: Part, path: tuple[int, ...], depth: int) -> Iterator[tuple[int, ...]]:
    if depth > 12:
        return
    if part.kind is Kind.MULTIPART:
        for number, child in enumerate(part.children, 1):
            yield (*path, number)
            if child.kind is Kind.MESSAGE:
                yield from _paths(child.children[0], (*path, number), depth + 1)
            elif child.kind is Kind.MULTIPART:
                yield from _paths(child, (*path, number), depth + 1)
        yield (*path, len(part.children) + 1)
    else:
        yield (*path, 1)
        if part.kind is Kind.MESSAGE:
            yield from _paths(part.children[0], (*path, 1), depth + 1)
        yield (*path, 2)


def served(raw: bytes, structure: Structure, section: Section, partial: tuple[int, int] | None) -> bytes:
    """What a server of ours sends of a section; nothing where there is none, as dovecot does."""
    held = structure.held(section, partial)
    if held is not None:
        return held
    place = structure.place(section, partial)
    return place.served(raw[place.start : place.end]) if place is not None else b""


def compare(dovecot: Dovecot, number: int, raw: bytes) -> list[tuple[str, object, object]]:
    """(what, dovecot's, ours) of everything that differs for a message."""
    ours = read_structure(raw)
    stored = open_structure(make_structure(raw))
    answers = dovecot.fetch(number, (b"RFC822.SIZE", b"ENVELOPE", b"BODY", b"BODYSTRUCTURE"))
    found: list[tuple[str, object, object]] = []

    def check(what: str, theirs: Item, mine: Item) -> None:
        if theirs != mine:
            found.append((what, theirs, mine))

    check("RFC822.SIZE", answers[b"RFC822.SIZE"], b"%d" % ours.size)
    for structure in (ours,) if stored.is_cut else (ours, stored):
        check("ENVELOPE", answers[b"ENVELOPE"], read_items(structure.envelope)[0])
        check("BODY", answers[b"BODY"], read_items(structure.body)[0])
        check("BODYSTRUCTURE", answers[b"BODYSTRUCTURE"], read_items(structure.bodystructure)[0])
    asked = {
        name + (b"" if partial is None else b"<%d>" % partial[0]): (section, partial)
        for name, section, partial in sections(ours.root)
    }
    wanted = [
        b"BODY.PEEK[%s]%s" % (name.partition(b"<")[0], b"" if partial is None else b"<%d.%d>" % partial)
        for name, (_, partial) in asked.items()
    ]
    answers = dovecot.fetch(number, wanted)
    for name, (section, partial) in asked.items():
        bare, less, origin = name.partition(b"<")
        theirs = answers.get(b"BODY[%s]%s" % (bare, less + origin))
        for structure in (ours,) if stored.is_cut else (ours, stored):
            check(f"BODY[{name.decode()}]", theirs, served(raw, structure, section, partial))
    return found


EXCUSES = {
    "RFC 2046, 5.1.1": "the line end before an outer boundary line is that boundary's, not the inner multipart's whose last line it follows",
    "RFC 2045, 5.2": "with an invalid Content-Type the default is assumed, text/plain; charset=us-ascii, not a type of empty strings",
}
"""Why ours is right where dovecot differs."""


def excuse(theirs: object, mine: object) -> set[str] | None:
    """The reasons (of EXCUSES) that explain a difference wholly; None where something is left."""
    if theirs == mine:
        return set()
    if isinstance(theirs, list) and isinstance(mine, list):
        if theirs[1:2] == [b""] and mine[:2] == [b"text", b"plain"]:  # no lines and no charset without a type
            lines = mine if len(mine) == len(theirs) else mine[:7] + mine[8:]
            return {"RFC 2045, 5.2"} if lines[3:] == theirs[3:] else None
        found = [excuse(*pair) for pair in zip(theirs, mine, strict=False)]
        if len(theirs) != len(mine) or None in found:
            return None
        return {reason for one in found for reason in one or ()}
    if isinstance(theirs, bytes) and isinstance(mine, bytes):
        longer = theirs == mine + b"\r\n"
        counts = (
            theirs.isdigit() and mine.isdigit() and int(theirs) - int(mine) in (1, 2)
        )  # a line, two octets
        return {"RFC 2046, 5.1.1"} if longer or counts else None
    return None


def searches(mail: list[bytes]) -> Iterator[tuple[tuple[bytes, ...], Callable[[bytes], bool]]]:
    """(SEARCH key, ours) of text keys drawn from the mail itself, and of dates."""
    draw = random.Random(5)
    words = sorted({word for raw in mail for word in re.findall(rb"[A-Za-z]{4,12}", raw[:3000])})
    for name in (b"FROM", b"TO", b"CC", b"SUBJECT"):
        field = re.compile(rb"(?im)^%s:[^\n]*" % name)
        named = {
            word
            for raw in mail
            if (line := field.search(raw[:3000]))
            for word in re.findall(rb"[A-Za-z]{3,12}", line[0])
        }
        for word in draw.sample(sorted(named), min(10, len(named))):
            yield (name, word), _field(name, word)
    for word in draw.sample(words, 12):
        yield (b"BODY", word), _whole(word, body_contains)
        yield (b"TEXT", word), _whole(word, text_contains)
    for name, word in ((b"SUBJECT", "été".encode()), (b"SUBJECT", "ü".encode()), (b"FROM", "ö".encode())):
        yield (name, word), _field(name, word)
    for word in ("é", "für", "で"):
        yield (b"BODY", word.encode()), _whole(word.encode(), body_contains)
    for name, word in (
        (b"Received", b"localhost"),
        (b"X-Mailer", b"Microsoft"),
        (b"Message-ID", b"@"),
        (b"List-Id", b'""'),
    ):
        yield (b"HEADER", name, word), _field(name, word.strip(b'"'))
    for day in ("1-Sep-2002", "20-Dec-2003", "1-Jan-2005"):
        for key in ("SENTSINCE", "SENTBEFORE", "SENTON"):
            yield (key.encode(), day.encode()), _sent(key, day)


def _field(name: bytes, word: bytes) -> Callable[[bytes], bool]:
    key = fold(word.decode())
    return lambda raw: field_contains(read_structure(raw).header or b"", name, key)


def _whole(word: bytes, contains: Callable[[bytes, Part, str], bool]) -> Callable[[bytes], bool]:
    key = fold(word.decode())
    return lambda raw: contains(raw, read_parts(raw), key)


def _sent(key: str, day: str) -> Callable[[bytes], bool]:
    wanted = sent_date(f"Date: {day.replace('-', ' ')} 00:00 +0000\r\n".encode())

    def matches(raw: bytes) -> bool:
        sent = sent_date(read_structure(raw).header or b"")
        if sent is None or wanted is None:
            return False
        return {"SENTSINCE": sent >= wanted, "SENTBEFORE": sent < wanted, "SENTON": sent == wanted}[key]

    return matches


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    options.add_argument("--every", type=int, default=1, help="compare every so manieth message only")
    options.add_argument("--show", action="store_true", help="each difference")
    options.add_argument("--no-search", action="store_true")
    given = options.parse_args()
    mail = corpus_mail(given.every)
    if not mail or not IMAP.exists():
        raise SystemExit("dovecot-imapd or the corpora (PRATIQUE_CORPORA) are not here: nothing was compared")
    kinds: Counter[str] = Counter()
    excused: Counter[str] = Counter()
    differing = compared = 0
    with Dovecot(raw for _, raw in mail) as dovecot:
        for number, (name, raw) in enumerate(mail, 1):
            found = compare(dovecot, number, raw)
            compared += 1
            differing += bool(found)
            reasons = [excuse(theirs, mine) for _, theirs, mine in found]
            if found and None not in reasons:
                excused[", and ".join(sorted({reason for one in reasons for reason in one or ()}))] += 1
                continue
            kinds.update(
                {re.sub(r"[\d.]+", "n", what) if what.startswith("BODY[") else what for what, _, _ in found}
            )
            if given.show:
                for what, theirs, mine in found:
                    print(f"{name}: {what}\n  dovecot {str(theirs)[:600]}\n  ours    {str(mine)[:600]}")
        print(f"{compared} messages compared, {compared - differing} agree in everything")
        for reason, count in excused.most_common():
            print(f"{count:7d} differ by {reason} alone: {EXCUSES.get(reason, 'see there')}")
        print(f"{differing - excused.total():7d} differ otherwise")
        for what, count in kinds.most_common():
            print(f"{count:7d}   in {what}")
        if not given.no_search:
            _compare_searches(dovecot, mail, show=given.show)


def _compare_searches(dovecot: Dovecot, mail: list[tuple[str, bytes]], *, show: bool) -> None:
    """Dates apart from text: dovecot finds mail without a readable date sent before any day, where RFC 3501 has nothing to compare."""
    dated = {
        number for number, (_, raw) in enumerate(mail, 1) if sent_date(read_structure(raw).header or b"")
    }
    totals = {kind: [0, 0, 0] for kind in ("fields", "bodies", "dates")}
    for words, matches in searches([raw for _, raw in mail]):
        theirs = dovecot.search(*words)
        ours = {number for number, (_, raw) in enumerate(mail, 1) if matches(raw)}
        kind = (
            "dates"
            if words[0].startswith(b"SENT")
            else "bodies"
            if words[0] in (b"BODY", b"TEXT")
            else "fields"
        )
        if kind == "dates":
            theirs &= dated
        for place, count in enumerate((1, len(theirs | ours), len(theirs ^ ours))):
            totals[kind][place] += count
        if show or theirs != ours:
            key = b" ".join(words).decode()
            print(f"SEARCH {key}: dovecot {len(theirs)}, ours {len(ours)}, differing {len(theirs ^ ours)}")
            for number in sorted(theirs ^ ours)[:5]:
                print(f"    {'dovecot' if number in theirs else 'ours'} alone: {mail[number - 1][0]}")
    for kind, (keys, hits, wrong) in totals.items():
        print(f"SEARCH of {kind}: {keys} keys, {hits} matches by either, {wrong} by one alone")


if __name__ == "__main__":
    main()
