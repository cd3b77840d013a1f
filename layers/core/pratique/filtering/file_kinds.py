"""What a file is by its first octets, and which extensions go with it."""

from __future__ import annotations

import re

from .wordlist import words

HEAD = 1_024
"""Octets that `kind_of` looks at."""

_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"MZ", "pe"),
    (b"\x7fELF", "elf"),
    (b"\xca\xfe\xba\xbe", "java-class"),
    (b"\xcf\xfa\xed\xfe", "mach-o"),
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),
    (b"Rar!\x1a\x07", "rar"),
    (b"7z\xbc\xaf\x27\x1c", "7z"),
    (b"\x1f\x8b", "gzip"),
    (b"BZh", "bzip2"),
    (b"\xfd7zXZ\x00", "xz"),
    (b"MSCF", "cab"),
    (b"%PDF-", "pdf"),
    (b"{\\rtf", "rtf"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "ole"),
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"\xff\xd8\xff", "jpeg"),
    (b"GIF8", "gif"),
    (b"BM", "bmp"),
    (b"\x4c\x00\x00\x00\x01\x14\x02\x00", "lnk"),
    (b"\x78\x9f\x3e\x22", "tnef"),
    (b"ITSF", "chm"),
    (b"\xe4\x52\x5c\x7b\x8c\xd8\xa7\x4d", "onenote"),
    (b"#!", "script"),
    (b"%!PS", "ps"),
    (b"II*\x00", "tiff"),
    (b"MM\x00*", "tiff"),
    (b"ID3", "mp3"),
    (b"OggS", "ogg"),
    (b"RIFF", "riff"),
)
_HTML = re.compile(rb"(?i)\s*(?:\xef\xbb\xbf)?\s*<(?:!doctype html|html|head|body|script)")

EXTENSIONS: dict[str, frozenset[str]] = {
    kind: words(text)
    for kind, text in {
        "pe": "exe dll scr com cpl sys ocx pif msi mui drv efi",
        "elf": "so o bin run elf",
        "zip": "zip docx xlsx pptx docm xlsm pptm dotx xltx potx ppsx odt ods odp odg jar war apk ipa epub kmz xpi vsdx key pages numbers"
        " whl oxt cbz",
        "rar": "rar cbr",
        "7z": "7z",
        "gzip": "gz tgz svgz z emz wmz",
        "bzip2": "bz2 tbz tbz2",
        "xz": "xz txz",
        "cab": "cab",
        "pdf": "pdf ai",
        "rtf": "rtf doc",
        "ole": "doc xls ppt msg dot pps xlt pot msi vsd pub mpp db wps",
        "png": "png",
        "jpeg": "jpg jpeg jpe jfif",
        "gif": "gif",
        "tnef": "dat tnef",
        "lnk": "lnk",
        "onenote": "one onetoc2",
        "html": "html htm shtml xhtml xht mht",
    }.items()
}
"""Usual extensions of a kind; a file that carries one of another kind pretends."""

KIND_OF_EXTENSION: dict[str, frozenset[str]] = {}
for _kind, _words in EXTENSIONS.items():
    for _word in _words:
        KIND_OF_EXTENSION[_word] = KIND_OF_EXTENSION.get(_word, frozenset()) | {_kind}


def kind_of(head: bytes) -> str:
    """The kind of a file by its first octets ('' unknown)."""
    for magic, kind in _MAGIC:
        if head.startswith(magic):
            return kind
    return "html" if _HTML.match(head[:200]) else ""


def first_member(head: bytes) -> str:
    """The first member's name in a zip's local header (APPNOTE 4.3.7), '' if there is none to be read."""
    if len(head) < 31 or not head.startswith(b"PK\x03\x04"):  # noqa: PLR2004 - the fixed part of the local header is 30 octets
        return ""
    length = int.from_bytes(head[26:28], "little")
    return head[30 : 30 + min(length, 255)].decode("utf-8", "replace")
