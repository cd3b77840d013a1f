"""The table of everything the API answers. The router, the OpenAPI document and the tests all read this."""

from __future__ import annotations

from . import asked, given, given_why
from . import examples as example
from .endpoint import Endpoint
from .endpoints import queues, reasons, sent, service
from .hooks import HOOKS
from .searches import SEARCHES
from .sent import SentRequest, SentResult
from .setup import SETUP
from .statistics import STATISTICS
from .table_digests import DIGESTS
from .table_jobs import JOBS
from .table_ledger import LEDGER
from .table_lessons import LESSONS
from .table_lists import ALIASES, LISTS
from .table_logins import LOGINS
from .table_messages import MESSAGES
from .table_outgoing import OUTGOING
from .table_people import PEOPLE
from .table_policies import POLICIES
from .table_previews import PREVIEWS
from .table_requests import REQUESTS
from .table_routes import ROUTES
from .table_search import SEARCH
from .table_settings import SETTINGS
from .table_siblings import SIBLINGS
from .table_training import TRAINING

_REPEAT = "Repeating the call is harmless: "

ENDPOINTS: tuple[Endpoint, ...] = (
    *MESSAGES,
    *SIBLINGS,
    *SEARCH,
    *SEARCHES,
    *STATISTICS,
    *LEDGER,
    *JOBS,
    *SETUP,
    *REQUESTS,
    *PREVIEWS,
    *TRAINING,
    *HOOKS,
    *LESSONS,
    Endpoint(
        "POST",
        "/v1/sent",
        "noteSent",
        "Tell of a message that your people sent",
        sent.note,
        answer=SentResult,
        body=SentRequest,
        description="For a mail server's journal: answers are recognised, and whom it went to is known. "
        + _REPEAT
        + "it is one note.",
        example_body={
            "message_id": "<1@example.org>",
            "sender": "bob@example.org",
            "recipients": ["eve@example.net"],
        },
        example_answer={"outside": 1},
    ),
    *LISTS,
    *ALIASES,
    *POLICIES,
    *SETTINGS,
    Endpoint(
        "POST",
        "/v1/what-if",
        "whatIf",
        "Play a change of settings on the mail of the last days",
        reasons.what_if,
        answer=given_why.WhatIf,
        body=asked.WhatIfRequest,
        description=(
            "Reads only. Policy, lists and weights are played on the evidence that is stored with each message; `cursor` goes on where "
            "5,000 copies or 20 seconds were not enough."
        ),
        example_body={"scope": "example.org", "days": 14, "policy": {"spam_at": 0.95}},
        example_answer=example.WHAT_IF,
    ),
    *ROUTES,
    *DIGESTS,
    *LOGINS,
    *OUTGOING,
    Endpoint(
        "POST",
        "/v1/queues/{queue}/redrive",
        "redrive",
        "Put dead letters back to work",
        queues.again,
        answer=given.RedriveResult,
        body=asked.RedriveRequest,
        description="`queue` is `deliver`, `learn` or another one. For the operator.",
        example_body={"limit": 100},
        example_answer={"moved": 3},
    ),
    Endpoint(
        "GET",
        "/v1/status",
        "showStatus",
        "Queues, lessons, model",
        queues.status,
        answer=given.Status,
        example_answer=example.STATUS,
    ),
    *PEOPLE,
    Endpoint(
        "GET",
        "/v1/health",
        "health",
        "Whether the API answers",
        service.health,
        answer=given.Health,
        public=True,
        example_answer={"status": "ok"},
    ),
    Endpoint("GET", "/v1/openapi.json", "describe", "This document", service.document, public=True),
)
