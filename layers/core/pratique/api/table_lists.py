"""The part of the table about allow and block lists, and about aliases."""

from __future__ import annotations

from pratique.domain.errors import Conflict

from . import lists as wire
from .endpoint import Endpoint
from .endpoints import aliases, lists

LISTS: tuple[Endpoint, ...] = (
    Endpoint(
        "GET",
        "/v1/lists/{scope}/entries",
        "listEntries",
        "List allow and block entries",
        lists.list_,
        answer=wire.EntryList,
        query=wire.EntryQuery,
        description="Those for incoming and outgoing mail, unless `direction` says which. What has ended is not there.",
        example_answer={"entries": [wire.ENTRY], "cursor": None},
    ),
    Endpoint(
        "PUT",
        "/v1/lists/{scope}/entries",
        "putEntry",
        "Allow or block a sender, a host, or a recipient",
        lists.put,
        answer=wire.Entry,
        body=wire.EntryRequest,
        description="One pattern of a scope and direction is on one list: putting it on the other moves it.",
        example_body={"kind": "block", "pattern": "*.spam.example", "idle_days": 90},
        example_answer=wire.ENTRY,
    ),
    Endpoint(
        "DELETE",
        "/v1/lists/{scope}/entries",
        "deleteEntry",
        "Take an entry out",
        lists.delete,
        query=wire.PatternQuery,
        status=204,
    ),
    Endpoint(
        "GET",
        "/v1/lists/{scope}/export",
        "exportEntries",
        "List entries, as CSV",
        lists.export,
        query=wire.ExportQuery,
        writes="text/csv",
        description=(
            "Up to 5,000 lines as in RFC 4180, a heading in the first part. The header `X-Next-Cursor` goes on; where it is missing, that was "
            "all. A cell that a spreadsheet could take for a formula begins with an apostrophe, which an import takes off again."
        ),
    ),
    Endpoint(
        "POST",
        "/v1/lists/{scope}/import",
        "importEntries",
        "Put many entries on the lists, or take them off",
        lists.import_,
        answer=wire.ImportResult,
        body=wire.ImportRequest,
        description=(
            "Up to 5,000 lines: all of them or, where one cannot be read, none. Repeating the call is harmless: lines that say what is there "
            "already change nothing."
        ),
        example_body={"csv": "pattern,kind\n*.spam.example,block\nold.example,remove\n", "dry_run": True},
        example_answer={"added": 1, "replaced": 0, "unchanged": 0, "removed": 1, "missing": 0},
    ),
)

ALIASES: tuple[Endpoint, ...] = (
    Endpoint(
        "GET",
        "/v1/aliases/{domain}",
        "listAliases",
        "What a domain chose, and its aliases",
        aliases.show,
        answer=wire.AliasList,
        query=wire.AliasQuery,
        example_answer={"chosen": wire.CHOSEN, "aliases": [wire.ALIAS], "cursor": None},
    ),
    Endpoint(
        "PUT",
        "/v1/aliases/{domain}",
        "chooseAliases",
        "Choose plus-addresses, another domain's mailboxes, a catch-all",
        aliases.choose,
        answer=wire.AliasDomainView,
        body=wire.AliasDomainRequest,
        errors=(Conflict,),
        description="For administrators of every domain that is named. What is left out goes back to the usual.",
        example_body={"separators": "+", "catch_all": "office@example.org"},
        example_answer={**wire.CHOSEN, "catch_all": "office@example.org"},
    ),
    Endpoint(
        "PUT",
        "/v1/aliases/{domain}/entries",
        "putAlias",
        "Let an address belong to a mailbox",
        aliases.put,
        answer=wire.AliasView,
        body=wire.AliasRequest,
        errors=(Conflict,),
        description=(
            "For administrators of both domains. An owner that is an alias stands for its own owner. Mail that came before stays where it is."
        ),
        example_body={"address": "info@example.org", "owner": "bob@example.org"},
        example_answer=wire.ALIAS,
    ),
    Endpoint(
        "DELETE",
        "/v1/aliases/{domain}/entries",
        "deleteAlias",
        "Forget an alias or a mailbox",
        aliases.delete,
        query=wire.AddressQuery,
        status=204,
        errors=(Conflict,),
    ),
    Endpoint(
        "GET",
        "/v1/aliases/{domain}/owner",
        "showOwner",
        "Whose mail it is",
        aliases.owner,
        answer=wire.OwnerView,
        query=wire.AddressQuery,
        description="By the same rules as for mail that comes in.",
        example_answer={"address": "info+x@example.org", "owner": "bob@example.org"},
    ),
)
