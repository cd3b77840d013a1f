"""Header fields as they stand in the raw message: names and values in octets, nothing decoded (RFC 5322, 2.2)."""

from __future__ import annotations

import re

from .lexer import BAD, END, MORE, NUL_SHOWN, Lexer

Params = tuple[tuple[bytes, bytes], ...]
"""Parameters in order: name as written, value without quotes."""

MAX_PARAMS = 128
"""Parameters of one field that are read."""

_NEXT_FIELD = re.compile(rb"\n(?![ \t])")
_TYPE = re.compile(
    rb"[ \t\r\n]*([\w.!#$%&'*+^`{|}~\x80-\xff-]+)/([\w.!#$%&'*+^`{|}~\x80-\xff-]+)[ \t\r\n]*(?=;|\Z)"
)
# One parameter as nearly all are written, up to the next one.
_USUAL_PARAM = re.compile(
    rb';[ \t\r\n]*([\w.!#$%&\'+^`{|}~-]+)=(?:"([^"\\\r\n\0]*)"|([\w.!#$%&\'*+^`{|}~\x80-\xff-]+))[ \t\r\n]*(?=;|\Z)'
)
_CONTINUED = re.compile(rb"([^*]*)\*([0-9]{1,9})?(\*)?\Z")
_LINE_ENDS = re.compile(rb"[\r\n]+(?=([ \t]|\Z)?)")
_NAKED_WORD = re.compile(rb"=[^; \t\r\n]*")  # name==?utf-8?b?...?= is written by some
_SPACES = re.compile(rb"[ \t\r\n]+")
_EQUALS, _SEMICOLON, _COMMA, _SLASH, _QUOTE = b'=;,/"'


def split_fields(block: bytes) -> list[tuple[bytes, bytes]]:
    """(name in lower case, value with its folds) of each field in order; a line without a colon has the name b''."""
    fields = []
    for line in _NEXT_FIELD.split(block):
        name, colon, value = line.partition(b":")
        if not colon or b"\n" in name:
            if line not in (b"", b"\r"):
                fields.append((b"", line))
            continue
        fields.append((name.rstrip(b" \t").lower(), value))
    return fields


def value_of(value: bytes) -> bytes:
    """A field's value without the white space before it and the CRs of its folds and its end. NUL is shown as U+FFFD."""
    bare = value.lstrip(b" \t")
    if (
        not bare or bare[0] in b"\r\n"
    ):  # nothing but space on the first line: one belongs to the colon, the rest is the value
        bare = value[1:] if value[:1] in (b" ", b"\t") else value
    if bare.endswith(b"\r"):
        bare = bare[:-1]
    if b"\r" in bare:
        bare = bare.replace(b"\r\n", b"\n")
    return bare.replace(b"\0", NUL_SHOWN) if b"\0" in bare else bare


def one_line(value: bytes) -> bytes:
    """Unfolded (RFC 5322, 2.2.3); a line end that is no fold becomes a space."""
    if b"\n" in value or b"\r" in value:
        return _LINE_ENDS.sub(lambda found: b"" if found[1] is not None else b" ", value)
    return value


def one_space(value: bytes) -> bytes:
    """On one line with single spaces between words, for people to read."""
    if b"  " in value or b"\t" in value or b"\n" in value or b"\r" in value:
        value = _SPACES.sub(b" ", value)
    return value.strip(b" ")


def read_type(value: bytes) -> tuple[bytes, bytes, Params]:
    """(type, subtype, parameters) of a Content-Type; type b'' where the value is none by RFC 2045, 5.1."""
    usual = _TYPE.match(value)
    if usual is not None:
        return usual[1], usual[2], read_params(Lexer(value, usual.end()))
    lexer = Lexer(value)
    if lexer.space() != MORE:
        return b"", b"", ()
    state, major = lexer.token()
    if state != MORE or not major or not lexer.next_is(_SLASH):
        return b"", b"", ()
    lexer.at += 1
    if lexer.space() != MORE:
        return b"", b"", ()
    state, minor = lexer.token()
    if state == BAD or not minor or (lexer.at < lexer.end and not lexer.next_is(_SEMICOLON)):
        return b"", b"", ()
    return major, minor, read_params(lexer)


def read_params(lexer: Lexer) -> Params:
    """The parameters from where the lexer is. Broken ones are passed; continued ones joined (RFC 2231, 3, and 6 for IMAP)."""
    found: list[tuple[bytes, bytes]] = []
    pieces: dict[bytes, list[tuple[int, bool, bytes]]] = {}
    for _ in range(MAX_PARAMS):
        if lexer.at >= lexer.end:
            break
        usual = _USUAL_PARAM.match(lexer.data, lexer.at)
        if usual is not None:
            lexer.at = usual.end()
            found.append((usual[1], usual[2] if usual[3] is None else usual[3]))
            continue
        pair = _param(lexer)
        if pair is None:
            place = lexer.data.find(b";", lexer.at + 1)
            lexer.at = place if place >= 0 else lexer.end
            continue
        continued = _CONTINUED.match(pair[0])
        if continued is None:
            found.append(pair)
        else:
            name, index, encoded = continued.groups()
            pieces.setdefault(name, []).append((int(index or 0), bool(encoded or not index), pair[1]))
    return (*found, *_joined(pieces)) if pieces else tuple(found)


def _param(lexer: Lexer) -> tuple[bytes, bytes] | None:
    if not lexer.next_is(_SEMICOLON):
        return None
    lexer.at += 1
    if lexer.space() != MORE:
        return None
    state, name = lexer.token()
    if state != MORE or not lexer.next_is(_EQUALS):
        return None
    lexer.at += 1
    state, value = lexer.space(), b""
    if state == MORE:
        if lexer.next_is(_QUOTE):
            state, value = lexer.quoted()
        elif (word := _NAKED_WORD.match(lexer.data, lexer.at)) is not None:
            value, lexer.at = word[0], word.end()
        else:
            state, value = lexer.token()
    return None if state == BAD else (name, value)


def _joined(pieces: dict[bytes, list[tuple[int, bool, bytes]]]) -> Params:
    """Continued parameters in one piece each; where a piece is missing, each under its own name. The encoding stays for the client."""
    found: list[tuple[bytes, bytes]] = []
    for name, parts in sorted(pieces.items()):
        parts.sort(key=lambda part: part[0])
        encoded = any(part[1] for part in parts)
        if [part[0] for part in parts] != list(range(len(parts))):
            found += [(b"%s*%d%s" % (name, at, b"*" if star else b""), value) for at, star, value in parts]
        elif not encoded:
            found.append((name, b"".join(value for _, _, value in parts)))
        else:
            values = [value if star else value.replace(b"%", b"%25") for _, star, value in parts]
            found.append((name + b"*", (b"" if parts[0][1] else b"''") + b"".join(values)))
    return tuple(found)


def read_token(value: bytes) -> tuple[bytes, Params]:
    """A token and the parameters behind it (Content-Disposition; RFC 2183, 2); the token may be b''."""
    lexer = Lexer(value)
    lexer.space()
    state, token = lexer.token()
    return (token, read_params(lexer)) if state != BAD else (b"", ())


def read_encoding(value: bytes) -> bytes:
    """A Content-Transfer-Encoding, b'' where the value is none (RFC 2045, 6.1)."""
    lexer = Lexer(value)
    lexer.space()
    state, token = lexer.token()
    return token if state == END else b""


def read_languages(value: bytes) -> tuple[bytes, ...]:
    """The language tags of a Content-Language (RFC 3282)."""
    lexer = Lexer(value)
    lexer.space()
    found: list[bytes] = []
    while len(found) < MAX_PARAMS:
        state, tag = lexer.atom()
        if state == BAD:
            break
        found.append(tag)
        if not lexer.next_is(_COMMA):
            break
        lexer.at += 1
        lexer.space()
    return tuple(found)
