"""A stranger's page made harmless to look at: nothing in it runs, is asked for over the network, can be sent or followed.

nh3 (ammonia, html5ever) reads it as a browser does and writes it anew from an allow-list; what is shown says where links would have led.
Whoever shows it puts it in a frame without any rights, under a policy that allows inline styles and pictures in data: URLs only.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass

from .organisation import related
from .patterns import pattern
from .wordlist import words

MAX_PAGE = 256 * 1024
"""Characters of a page that are read; HTML readers have quadratic cases."""
MAX_NESTING = 1_000
"""Elements within elements; beyond, the page is shown as its text."""
MAX_TARGET = 2_000
MAX_INLINED = 3_500_000
"""Characters of pictures put into a page: one picture may be named a thousand times."""

_TAGS = words("""a abbr acronym address article aside b bdi bdo big blockquote br caption center cite code col colgroup dd del dfn div dl dt em
    figcaption figure font footer h1 h2 h3 h4 h5 h6 header hr i img ins kbd li main mark ol p pre q rp rt ruby s samp section small span
    strike strong sub sup table tbody td tfoot th thead time tr tt u ul var wbr""")
_GONE = words("""script style title template noscript textarea select option object embed iframe frameset svg math audio video canvas xmp noembed
    noframes plaintext head""")
"""Elements that go with all that is in them."""
_EVERYWHERE = frozenset({"align", "bgcolor", "dir", "height", "lang", "style", "title", "valign", "width"})
_ATTRIBUTES = {
    "*": set(_EVERYWHERE),
    "a": {"href"},
    "font": {"color", "face", "size"},
    "img": {"alt", "border", "src"},
    "li": {"value"},
    "ol": {"start", "type"},
    "table": {"border", "cellpadding", "cellspacing"},
    "td": {"colspan", "nowrap", "rowspan"},
    "th": {"colspan", "nowrap", "rowspan", "scope"},
    "ul": {"type"},
}
_STYLES = words("""background background-color border border-bottom border-bottom-color border-bottom-style border-bottom-width border-collapse
    border-color border-left border-left-color border-left-style border-left-width border-radius border-right border-right-color
    border-right-style border-right-width border-spacing border-style border-top border-top-color border-top-style border-top-width
    border-width clear color direction display float font font-family font-size font-style font-variant font-weight height
    letter-spacing line-height list-style list-style-type margin margin-bottom margin-left margin-right margin-top max-width min-width
    padding padding-bottom padding-left padding-right padding-top table-layout text-align text-decoration text-indent text-transform
    vertical-align white-space width word-break word-spacing word-wrap""")
_FETCHES = pattern(r"url|\\|image|expression|behaviou?r|binding|@|/\*", re.IGNORECASE)
_PICTURE = pattern(r"data:image/(?:png|jpe?g|gif|webp);base64,[A-Za-z0-9+/=\s]*", re.IGNORECASE)
_SCHEMES = frozenset({"http", "https", "mailto", "tel", "ftp", "cid", "data"})
_LINK = pattern(r"<a((?:\s[^<>\s=]+=\"[^\"]*\")*)\s*>|</a>")
_ATTRIBUTE = pattern(r"\s([^<>\s=]+)=\"([^\"]*)\"")
_TAG = pattern(r"<[^<>]*>")
_PROMISE = pattern(
    r"(?:https?://)?(?:www\.)?((?:[a-z0-9-]{1,63}\.){1,5}[a-z]{2,18})(?:[/:?#]\S*)?$", re.IGNORECASE
)
_HOST = pattern(r"(?:https?|ftp)://(?:[^/@?#]{0,300}@)?([^/:?#]{1,255})", re.IGNORECASE)
_OPENING = pattern(r"<(/?)([a-z][a-z0-9]*)", re.IGNORECASE)
_VOID = words(
    "area base br col embed frame hr img input link meta param source track wbr p li dd dt option td th tr tbody thead tfoot"
)


@dataclass(frozen=True, slots=True)
class SafePage:
    """`markup` is safe to put into a page's body; `blocked` says that pictures from elsewhere were left out."""

    markup: str
    blocked: bool


def misleads(target: str, shown: str) -> bool:
    """Whether a link shows the address of one place and leads to another's."""
    promised, real = _PROMISE.match(shown.strip()), _HOST.match(target)
    return bool(promised and real and not related(promised[1].lower(), real[1].lower()))


def make_safe(page: str, pictures: Mapping[str, str], *, remote: bool = False) -> SafePage:
    """Clean a page. `pictures` are data: URLs by the Content-ID that the page names them by; with `remote` pictures that lie elsewhere stay
    (by https). Never raises, and takes bounded time.
    """
    page = page[:MAX_PAGE]
    if _nesting(page) > MAX_NESTING:
        return SafePage(f"<pre>{html.escape(_TAG.sub(' ', page))}</pre>", blocked=False)
    filtered = _Filter(pictures, remote=remote)
    import nh3  # noqa: PLC0415 - only whoever looks at a message pays for it

    markup = nh3.clean(
        page,
        tags=set(_TAGS),
        clean_content_tags=set(_GONE),
        attributes=_ATTRIBUTES,
        attribute_filter=filtered,
        link_rel=None,
        url_schemes=set(_SCHEMES),
        filter_style_properties=set(_STYLES),
        url_relative="deny",
    )
    return SafePage(_without_links(markup), blocked=filtered.blocked)


class _Filter:
    """What nh3 asks about each attribute that is allowed: its new value, None to leave it out."""

    def __init__(self, pictures: Mapping[str, str], *, remote: bool) -> None:
        self._pictures, self._remote = pictures, remote
        self._left = MAX_INLINED
        self.blocked = False

    def __call__(self, tag: str, name: str, value: str) -> str | None:
        if name == "style":
            return ";".join(part for part in value.split(";") if not _FETCHES.search(part))
        if tag == "img" and name == "src":
            return self._picture(value.strip())
        if tag == "a" and name == "href":
            return None if value.strip()[:5].lower() == "data:" else value.strip()[:MAX_TARGET]
        return value

    def _picture(self, source: str) -> str | None:
        kind = source.partition(":")[0].lower()
        if kind == "cid":
            found = self._pictures.get(source[4:].strip().strip("<>"), "")
            self._left -= len(found)
            return found if found and self._left >= 0 else None
        if kind == "data":
            return source if _PICTURE.fullmatch(source) else None
        if self._remote and kind in ("http", "https"):
            return "https" + source[len(kind) :]
        self.blocked = True
        return None


def _nesting(page: str) -> int:
    """How deep elements may lie within elements, at most: opened ones that nobody closed, whatever their names."""
    deep = most = 0
    for closes, name in _OPENING.findall(page):
        if name.lower() in _VOID:
            continue
        deep += -1 if closes else 1
        deep = max(deep, 0)
        most = max(most, deep)
    return most


def _without_links(markup: str) -> str:
    """Each link as plain text with its target in its title; where it misleads, with the true host beside it.

    `markup` is nh3's own: names are lower case, values quoted, quotes in them escaped, and a link never lies within a link.
    """
    out: list[str] = []
    place, target, inside = 0, "", 0
    for found in _LINK.finditer(markup):
        out.append(markup[place : found.start()])
        place = found.end()
        if found[0] != "</a>":
            given = dict(_ATTRIBUTE.findall(found[1]))
            target = html.unescape(given.get("href", ""))
            inside = len(out)
            kept = "".join(f' {name}="{given[name]}"' for name in ("style", "dir", "lang") if name in given)
            out.append(f'<span class="pq-link" title="{html.escape(target, quote=True)}"{kept}>')
            continue
        out.append("</span>")
        shown = html.unescape(_TAG.sub("", "".join(out[inside:])))
        if target and misleads(target, shown):
            host = _HOST.match(target)
            out.append(f'<b class="pq-true">→ {html.escape(host[1] if host else target)}</b>')
        target = ""
    out.append(markup[place:])
    return "".join(out)
