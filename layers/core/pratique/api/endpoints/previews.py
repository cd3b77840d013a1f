"""A message as people look at it."""

from __future__ import annotations

from pratique.domain.ids import parse_copy_id
from pratique.usecases.preview_message import Preview, message_source, open_page, preview_message

from .. import given_preview as given
from ..asked_preview import PreviewQuery
from ..endpoint import Call, Written
from ..views import clean

PAGES = "/v1/pages/"
KIND = "text/html; charset=utf-8"
_FRAME = (
    '<!doctype html><html><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
    "<title>Message</title><style>{style}</style></head><body>{body}</body></html>"
)
_STYLE = (
    "html{color-scheme:light;background:#fff;color:#17212d}"
    "body{margin:14px;font:15px/1.5 system-ui,-apple-system,'Segoe UI',Roboto,'Noto Sans',sans-serif;overflow-wrap:anywhere}"
    "img{max-width:100%;height:auto}table{max-width:100%}pre{white-space:pre-wrap}"
    ".pq-link{text-decoration:underline dotted;text-underline-offset:2px;cursor:help}"
    ".pq-true{margin:0 4px;padding:1px 6px;border-radius:4px;background:#fcebe9;color:#a8261d;font:600 12px/1.6 system-ui,sans-serif}"
)
_POLICY = (
    "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:{remote}; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'self'"
)


def preview(call: Call) -> given.Preview:
    """What it says, what is attached, and where its page is."""
    query: PreviewQuery = call.query
    found = preview_message(call.services, call.actor, parse_copy_id(call.path["id"]), remote=query.remote)
    return _view(found)


def source(call: Call) -> given.Source:
    """Its source."""
    found = message_source(call.services, call.actor, parse_copy_id(call.path["id"]))
    return given.Source(text=found.text, size=found.size, cut=found.cut)


def page(call: Call) -> Written:
    """Its page, for a frame without rights."""
    body, remote = open_page(call.services, call.path["ticket"])
    policy = _POLICY.format(remote=" https:" if remote else "")
    return Written(
        KIND, _FRAME.format(style=_STYLE, body=clean(body)), headers={"content-security-policy": policy}
    )


def _view(found: Preview) -> given.Preview:
    shown = found.shown
    return given.Preview(
        text=clean(shown.text),
        page=PAGES + found.ticket if found.ticket else None,
        remote_blocked=shown.blocked,
        cut=shown.cut,
        headers=[given.HeaderField(name=clean(n), value=clean(v)) for n, v in shown.headers],
        links=[given.Link(clean(each.target), clean(each.shown), each.misleading) for each in shown.links],
        attachments=[
            given.Attachment(
                filename=clean(each.file.filename),
                media_type=clean(each.file.media_type),
                size=each.file.size,
                sha256=each.sha256,
                kind=each.file.kind,
                inside=[clean(name) for name in each.file.inside],
                marks=sorted(each.file.marks),
            )
            for each in shown.attachments
        ],
    )
