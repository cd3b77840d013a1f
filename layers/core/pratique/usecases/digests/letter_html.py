"""A letter as HTML for mail programs: tables and inline styles, which they all show; a style sheet only for what some can do besides (dark, phone).

Nothing is loaded from anywhere, nothing runs. Every text is escaped in one place: see markup.py.
"""

from __future__ import annotations

from html import escape

from pratique.usecases.digests.letter import Button, Letter, Part, Row, by_mail, mailto
from pratique.usecases.digests.markup import SANS, Filled, Html
from pratique.usecases.digests.plain import unlinked

_STYLE = """
:root{color-scheme:light dark;supported-color-schemes:light dark}
@media (prefers-color-scheme:dark){
.bg{background:#16191d!important}.card{background:#20242a!important;border-color:#343a42!important}
.ink{color:#e8eaed!important}.soft{color:#aab2bd!important}.rule{border-color:#343a42!important}
.go{background:#2f6f9f!important;border-color:#2f6f9f!important;color:#fff!important}
.do{background:#20242a!important;border-color:#4a525c!important;color:#cfe3f3!important}.lnk{color:#8fc3ea!important}
.note{background:#1b2f28!important;color:#bfe3cf!important}}
@media (max-width:480px){.pad{padding-left:18px!important;padding-right:18px!important}.outer{padding:0!important}
.card{border-left:0!important;border-right:0!important;border-radius:0!important}}
"""

_PAGE = Filled(
    """<!DOCTYPE html>
<html lang="$lang"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="color-scheme" content="light dark"><meta name="supported-color-schemes" content="light dark">
<meta name="format-detection" content="telephone=no,date=no,address=no,email=no,url=no"><title>$subject</title><style>$style</style></head>
<body class="bg" style="margin:0;padding:0;background:#f3f4f6">
<table role="presentation" class="bg" width="100%" cellpadding="0" cellspacing="0" border="0" style="background:#f3f4f6"><tr>
<td class="outer" align="center" style="padding:24px 8px">
<table role="presentation" class="card" width="100%" cellpadding="0" cellspacing="0" border="0"
 style="max-width:620px;background:#ffffff;border:1px solid #dfe3e8;border-radius:10px;border-collapse:separate;font-family:$font">
<tr><td class="pad" style="padding:26px 32px 4px">
<h1 class="ink" style="margin:0;font-size:21px;line-height:28px;font-weight:600;color:#1c2128">$title</h1>
$phrase
<p class="ink" style="margin:8px 0 0;font-size:15px;line-height:23px;color:#1c2128">$intro</p></td></tr>
$parts
<tr><td class="pad" style="padding:18px 32px 26px">$closing</td></tr>
</table></td></tr></table></body></html>
"""
)
_PART = Filled(
    """<tr><td class="pad" style="padding:24px 32px 0">
<h2 class="soft" style="margin:0;font-size:13px;line-height:18px;font-weight:600;color:#5b6672;letter-spacing:.02em">$heading</h2></td></tr>
$rows
"""
)
_ROW = Filled(
    """<tr><td class="pad" style="padding:0 32px">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0"><tr>
<td class="rule" style="padding:14px 0 16px;border-bottom:1px solid #e6e9ed">
<div class="ink" dir="auto" style="font-size:16px;line-height:23px;font-weight:600;color:#1c2128;overflow-wrap:anywhere">$subject</div>
<div class="ink" dir="auto" style="font-size:14px;line-height:21px;color:#1c2128;overflow-wrap:anywhere">$sender</div>
<div class="soft" style="font-size:13px;line-height:20px;color:#5b6672;overflow-wrap:anywhere">$meta</div>
$reasons
<div style="padding-top:10px">$buttons</div></td></tr></table></td></tr>
"""
)
_SOFT = Filled('<span class="soft" style="color:#5b6672">$text</span>')
_TOGETHER = Filled('<span style="white-space:nowrap">$text</span>')
_REASON = Filled('<div class="soft" style="font-size:13px;line-height:20px;color:#5b6672">$text</div>')
_BUT = Filled(
    '<div style="padding-top:4px"><span class="note" style="display:inline-block;padding:1px 8px;border-radius:4px;'
    'background:#e7f4ec;color:#1d5a3a;font-size:13px;line-height:20px">$text</span></div>'
)
_GO = Filled(
    '<a class="go" href="$url" rel="nofollow noreferrer" style="display:inline-block;margin:0 8px 8px 0;padding:9px 18px;'
    "border-radius:6px;border:1px solid #1f5f8f;background:#1f5f8f;color:#ffffff;font-size:14px;line-height:20px;font-weight:600;"
    'text-decoration:none">$label</a>'
)
_DO = Filled(
    '<a class="do" href="$url" rel="nofollow noreferrer" style="display:inline-block;margin:0 8px 8px 0;padding:9px 14px;'
    'border-radius:6px;border:1px solid #c9d1d9;background:#ffffff;color:#1f4e73;font-size:14px;line-height:20px;text-decoration:none">$label</a>'
)
_LINK = Filled(
    '<a class="lnk" href="$url" style="display:inline-block;margin:0 8px 8px 0;padding:10px 4px;color:#1f5f8f;'
    'font-size:13px;line-height:20px">$label</a>'
)
_P = Filled('<p class="soft" style="margin:0 0 10px;font-size:13px;line-height:20px;color:#5b6672">$text</p>')
_PHRASE = Filled(
    '<p class="soft" style="margin:4px 0 0;font-size:13px;line-height:20px;color:#5b6672">$text</p>'
)


def as_html(letter: Letter) -> str:
    """The whole document."""
    words = letter.words
    parts = [
        _PART.fill(heading=part.heading, rows=Html("".join(_row(letter, part, row) for row in part.rows)))
        for part in letter.parts
    ]
    closing = [_P.fill(text=text) for text in (letter.unlisted, *letter.closing) if text]
    if letter.stop_url:
        closing.append(_LINK.fill(url=letter.stop_url, label=words("stop")))
    return _PAGE.fill(
        lang=words.language,
        subject=letter.subject,
        style=Html(_STYLE.replace("\n", "")),
        font=SANS,
        title=letter.title,
        phrase=_PHRASE.fill(text=letter.phrase) if letter.phrase else Html(),
        intro=letter.intro,
        parts=Html("".join(parts)),
        closing=Html("".join(closing)),
    )


def _row(letter: Letter, part: Part, row: Row) -> Html:
    words = letter.words
    shown = Html(escape(unlinked(row.name)) + " " if row.name else "") + _SOFT.fill(
        text=Html(escape(unlinked(row.sender)))
    )
    meta = [row.received, row.kept]
    if row.mailbox:
        meta.insert(0, f"{words('to')}: {unlinked(row.mailbox)}")
    reasons = [_REASON.fill(text=row.why)]
    if row.but:
        reasons.append(_BUT.fill(text=row.but))
    if row.alike:
        reasons.insert(0, _REASON.fill(text=row.alike))
    return _ROW.fill(
        subject=Html(escape(unlinked(row.subject))),
        sender=Html(shown),
        meta=Html(" · ".join(_TOGETHER.fill(text=each) for each in meta)),
        reasons=Html("".join(reasons)),
        buttons=_buttons(letter, row.buttons, strong=part.likely),
    )


def _buttons(letter: Letter, buttons: tuple[Button, ...], *, strong: bool) -> Html:
    """The first action stands out where it is likely wanted; its address is the way for those who cannot open pages."""
    shown = [
        (_GO if strong and not number else _DO).fill(url=button.url, label=button.label)
        for number, button in enumerate(buttons)
        if button.url
    ]
    if buttons and buttons[0].address:
        label = by_mail(letter.words, buttons[0].label) if shown else buttons[0].label
        shown.append(_LINK.fill(url=mailto(buttons[0].address, letter.words), label=label))
    return Html("".join(shown))
