"""The endpoints that show what a message says."""

from __future__ import annotations

from pratique.domain.errors import ReasonNeeded

from . import asked_preview, given_preview
from . import examples as example
from .endpoint import Endpoint
from .endpoints import previews

PREVIEWS: tuple[Endpoint, ...] = (
    Endpoint(
        "GET",
        "/v1/messages/{id}/preview",
        "previewMessage",
        "Look into it: text, header, links, attachments, and where its page is",
        previews.preview,
        answer=given_preview.Preview,
        query=asked_preview.PreviewQuery,
        errors=(ReasonNeeded,),
        description=(
            "Somebody else's mail wants a reason first (403 `reason_needed`): `POST /v1/messages/{id}/open`. "
            "Nothing of the message is rendered here. `page` is the address of its HTML part made harmless, under a policy of its own; "
            "it works for five minutes without a token, since a frame cannot send one."
        ),
        example_answer=example.PREVIEW,
    ),
    Endpoint(
        "GET",
        "/v1/messages/{id}/source",
        "showSource",
        "Its source, at most 256 kB of it",
        previews.source,
        answer=given_preview.Source,
        errors=(ReasonNeeded,),
        example_answer={
            "text": "From: Eve <eve@spam.example>\nSubject: Cheap things\n\n…",
            "size": 2048,
            "cut": False,
        },
    ),
    Endpoint(
        "GET",
        "/v1/pages/{ticket}",
        "showPage",
        "A message's page, made harmless",
        previews.page,
        writes="text/html",
        public=True,
        description="For `page` of a preview. Nothing in it runs, loads or leads anywhere; its policy allows it nothing.",
    ),
)
