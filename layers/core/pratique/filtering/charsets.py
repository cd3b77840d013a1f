"""Character sets by an allow-list, and text made safe to show.

A sender names the codec. Python's registry holds codecs that raise from `decode(..., "replace")` (`undefined`, `idna`), take seconds
(`punycode`) or are no character sets at all (`zip`), so names are looked up here and never there.
"""

from __future__ import annotations

import base64
import binascii
import quopri
import re
from functools import lru_cache

_NATIVE = """
utf-8 utf-7 utf-16 utf-16-le utf-16-be utf-32 utf-32-le utf-32-be cp1252 iso8859-2 iso8859-3 iso8859-4 iso8859-5 iso8859-6 iso8859-7
iso8859-8 iso8859-9 iso8859-10 iso8859-11 iso8859-13 iso8859-14 iso8859-15 iso8859-16 cp1250 cp1251 cp1253 cp1254 cp1255 cp1256 cp1257
cp1258 cp437 cp737 cp775 cp850 cp852 cp855 cp857 cp858 cp860 cp861 cp862 cp863 cp864 cp865 cp866 cp869 cp874 koi8-r koi8-u koi8-t
kz1048 gb2312 gbk gb18030 hz big5 big5hkscs cp950 shift_jis cp932 euc_jp iso2022_jp iso2022_jp_1 iso2022_jp_2 iso2022_jp_3
iso2022_jp_ext euc_kr cp949 johab iso2022_kr tis-620 mac-roman mac-cyrillic mac-greek mac-latin2 mac-turkish ptcp154
"""
# Labels as mail really carries them; a Latin-1 or ASCII label means Windows-1252, as in every mail reader (WHATWG Encoding, 4.2).
_ALIASES = """
ascii=cp1252 usascii=cp1252 us=cp1252 ansix341968=cp1252 iso646us=cp1252 latin1=cp1252 l1=cp1252 iso88591=cp1252 isolatin1=cp1252
iso885911987=cp1252 windows1252=cp1252 win1252=cp1252 ansi=cp1252 8bit=cp1252 7bit=cp1252 unknown8bit=cp1252 xunknown=cp1252
utf8=utf-8 utf8mb4=utf-8 utf8mb3=utf-8 unicode11utf8=utf-8 unicode=utf-16 ucs2=utf-16 iso10646ucs2=utf-16-be unicode11utf7=utf-7
latin2=iso8859-2 latin3=iso8859-3 latin4=iso8859-4 latin5=iso8859-9 latin6=iso8859-10 latin9=iso8859-15 latin10=iso8859-16
cyrillic=iso8859-5 arabic=iso8859-6 greek=iso8859-7 hebrew=iso8859-8 iso88598i=iso8859-8 iso88598e=iso8859-8 logical=iso8859-8
iso88596i=iso8859-6 iso88596e=iso8859-6 visual=iso8859-8 thai=cp874 windows874=cp874 iso885911=cp874 tis620=cp874 dos874=cp874
ibm437=cp437 ibm850=cp850 ibm852=cp852 ibm855=cp855 ibm862=cp862 ibm866=cp866 koi=koi8-r koi8=koi8-r koi8ru=koi8-u xkoi8r=koi8-r
xcp1250=cp1250 xcp1251=cp1251 xcp1252=cp1252 win=cp1251 xmacroman=mac-roman macintosh=mac-roman mac=mac-roman xmaccyrillic=mac-cyrillic
xmacce=mac-latin2 macce=mac-latin2 chinese=gb18030 csgb2312=gb18030 gb2312=gb18030 gb231280=gb18030 xgbk=gb18030 gbk=gb18030 gb=gb18030
euccn=gb18030 hzgb2312=hz cnbig5=big5hkscs big5=big5hkscs xxbig5=big5hkscs sjis=cp932 xsjis=cp932 shiftjis=cp932 mskanji=cp932
windows31j=cp932 eucjp=euc_jp xeucjp=euc_jp euckr=cp949 ksc5601=cp949 ksc56011987=cp949 kscsc56011987=cp949 korean=cp949 windows949=cp949
iso2022jp=iso2022_jp_ext csiso2022jp=iso2022_jp_ext iso2022kr=iso2022_kr
"""
_SQUEEZE = re.compile(r"[^a-z0-9]+")


def _squeeze(name: str) -> str:
    return _SQUEEZE.sub("", name[:60].lower())


def _table() -> dict[str, str]:
    table = {}
    for codec in _NATIVE.split():
        word = _squeeze(codec)
        table[word] = codec
        if word.startswith("cp"):
            table["windows" + word[2:]] = codec
            table["ibm" + word[2:]] = codec
        if word.startswith("iso8859"):
            table["iso8859" + word[7:]] = codec
    for pair in _ALIASES.split():
        label, _, codec = pair.partition("=")
        table[label] = codec
    return table


_CODECS = _table()


@lru_cache(maxsize=512)
def codec_of(name: str) -> str:
    """The Python codec of a charset label, '' for a label that is unknown or not fit for hostile text."""
    return _CODECS.get(_squeeze(name), "")


def decode_text(data: bytes, charset: str) -> tuple[str, bool]:
    """(text, whether the label was right). Never raises; what cannot be decoded becomes U+FFFD."""
    if data.isascii() and b"\x1b" not in data and codec_of(charset) in {"", "utf-8", "cp1252"}:
        return data.decode("ascii"), not charset or bool(codec_of(charset))
    codec = codec_of(charset)
    for candidate in ("utf-8", codec) if codec in {"", "cp1252"} else (codec, "utf-8"):
        if not candidate:
            continue
        try:
            text = data.decode(candidate)
            if not text.isascii():
                text.encode("utf-8")  # UTF-7 and UTF-16 can give lone surrogates, which are no text
        except (UnicodeError, ValueError):
            continue
        return text, not charset or candidate == codec
    text = data.decode(codec or "cp1252", "replace")
    return text.encode("utf-8", "replace").decode("utf-8"), False


_BREAKS = re.compile(r"[\t\r\n\x0b\x0c\x85\u2028\u2029]+")
# C0 and C1 controls, bidirectional controls and isolates, zero-width space and BOM, soft hyphen, tags, lone surrogates, noncharacters.
_UNSEEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u061c\u115f\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ud800-\udfff\ufeff\ufff9-\ufffb\ufffe\uffff\U000e0000-\U000e0fff]"
)


def clean(text: str) -> str:
    """One line fit to show: line ends become spaces, control, bidirectional and invisible characters go."""
    if text.isascii() and text.isprintable():
        return text.strip()
    return _UNSEEN.sub("", _BREAKS.sub(" ", text)).strip()


def hides(text: str) -> bool:
    """Whether `clean` would take anything out but line ends and outer space."""
    return not (text.isascii() and text.isprintable()) and _UNSEEN.search(_BREAKS.sub(" ", text)) is not None


_NOT_IN_TEXT = re.compile("[\x00-\x08\x0e-\x1f\x7f]")


def clean_text(text: str) -> str:
    """Body text without NUL and other controls (line ends, tabs and form feeds stay)."""
    return _NOT_IN_TEXT.sub("", text) if _NOT_IN_TEXT.search(text) else text


# Bounded repeats: an encoded word that never ends costs no more than its bound.
_WORD = re.compile(r"=\?([^?\s]{1,60})\?([bBqQ])\?([^?\r\n]{0,2000})\?=")
_BETWEEN = re.compile(r"(\?=)\s+(?==\?[^?\s]{1,60}\?[bBqQ]\?)")
_OPENING = re.compile(r"=\?([^?\s]{1,60})\?([bBqQ])\?")


def canonical_words(text: str) -> str:
    """The same text with the charset labels of its encoded words replaced by codecs of the allow-list."""
    if "=?" not in text:
        return text
    return _OPENING.sub(lambda m: f"=?{codec_of(m[1].partition('*')[0]) or 'utf-8'}?{m[2]}?", text)


def decode_words(text: str) -> str:
    """Decode RFC 2047 encoded words, leniently: joined words of one charset are decoded together, broken ones stay as they are."""
    if "=?" not in text:
        return text
    joined = _BETWEEN.sub(r"\1", text)
    out: list[str] = []
    pending: list[bytes] = []
    charset, end = "", 0

    def flush() -> None:
        if pending:
            out.append(decode_text(b"".join(pending), charset)[0])
            pending.clear()

    for found in _WORD.finditer(joined):
        label = found[1].partition("*")[0]
        if found.start() != end or label.lower() != charset.lower():
            flush()
        out.append(joined[end : found.start()])
        pending.append(_word_octets(found[2], found[3]))
        charset, end = label, found.end()
    flush()
    return "".join(out) + joined[end:]


def _word_octets(encoding: str, text: str) -> bytes:
    octets = text.encode("utf-8", "replace")
    if encoding in "qQ":
        return quopri.decodestring(octets, header=True)
    return lenient_base64(octets)


_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/]+")


def lenient_base64(octets: bytes) -> bytes:
    """Decode base64 whatever stands between, before or after its characters."""
    bare = _NOT_BASE64.sub(b"", octets)
    bare = bare[: len(bare) - 1] if len(bare) % 4 == 1 else bare
    try:
        return base64.b64decode(bare + b"=" * (-len(bare) % 4))
    except (binascii.Error, ValueError):
        return b""
