"""The part of the table about people: how they sign in, accounts, delegates, who acts as whom, and who opened what."""

from __future__ import annotations

from pratique.domain.errors import Conflict

from . import given, people
from .endpoint import Endpoint
from .endpoints import people as at
from .table_factors import FACTORS
from .table_session import SESSION

PEOPLE: tuple[Endpoint, ...] = (
    *SESSION,
    *FACTORS,
    Endpoint(
        "GET",
        "/v1/users",
        "listUsers",
        "List accounts",
        at.list_,
        answer=people.UserList,
        query=people.UsersQuery,
        description="Those whose scope lies in a domain, or is `global`. Recipients who signed in by a link are among them.",
        example_answer={"users": [people.EXAMPLE_USER], "cursor": None},
    ),
    Endpoint(
        "POST",
        "/v1/users",
        "createUser",
        "Make an account",
        at.create,
        answer=people.UserView,
        body=people.UserRequest,
        status=201,
        errors=(Conflict,),
        description=(
            "For administrators, within their own scope. The person signs in by a link, and may set a password then. Repeating the call is a "
            "conflict that changes nothing."
        ),
        example_body={
            "login": "ann@example.org",
            "scope": "example.org",
            "name": "Ann",
            "second_factor": True,
        },
        example_answer=people.EXAMPLE_USER,
    ),
    Endpoint(
        "GET",
        "/v1/users/{scope}",
        "getUser",
        "Read an account",
        at.get,
        answer=people.UserView,
        example_answer=people.EXAMPLE_USER,
    ),
    Endpoint(
        "PATCH",
        "/v1/users/{scope}",
        "changeUser",
        "Change an account",
        at.change,
        answer=people.UserView,
        body=people.UserChange,
        errors=(Conflict,),
        description="What is left out stays. Disabled or with other rights, it is that at once, also in sessions that are open.",
        example_body={"disabled": True},
        example_answer={**people.EXAMPLE_USER, "disabled": True},
    ),
    Endpoint(
        "DELETE",
        "/v1/users/{scope}",
        "deleteUser",
        "Delete an account",
        at.delete,
        status=204,
        errors=(Conflict,),
        description="An address that gets mail here can come back by a link: disable it to keep it out.",
    ),
    Endpoint(
        "POST",
        "/v1/resets/{scope}",
        "resetUser",
        "Forget a person's password and second factors",
        at.reset,
        answer=people.UserView,
        errors=(Conflict,),
        description="For who lost them. All sessions end; the next sign-in is by a link.",
        example_answer=people.EXAMPLE_USER,
    ),
    Endpoint(
        "GET",
        "/v1/delegates/{scope}",
        "listDelegates",
        "List who looks after a mailbox",
        at.delegates,
        answer=people.DelegateList,
        example_answer={"delegates": [people.EXAMPLE_DELEGATE]},
    ),
    Endpoint(
        "PUT",
        "/v1/delegates/{scope}",
        "putDelegate",
        "Let somebody look after a mailbox",
        at.delegate,
        answer=people.DelegateView,
        body=people.DelegateRequest,
        errors=(Conflict,),
        description="By its owner or an administrator. The delegate signs in as always, and chooses the mailbox by `X-Pratique-Scope`.",
        example_body={"login": "ann@example.org", "days": 14},
        example_answer=people.EXAMPLE_DELEGATE,
    ),
    Endpoint(
        "DELETE",
        "/v1/delegates/{scope}",
        "deleteDelegate",
        "Take a mailbox back from a delegate",
        at.undelegate,
        query=people.DelegateQuery,
        status=204,
    ),
    Endpoint(
        "POST",
        "/v1/session/as",
        "logInAs",
        "Act as somebody else for an hour",
        at.act_as,
        body=people.ActRequest,
        status=204,
        errors=(Conflict,),
        description=(
            "For administrators with a session. Everything that is done then carries both names (`ann@example.org as bob@example.org`); the "
            "other person sees it, with the reason."
        ),
        example_body={"scope": "bob@example.org", "reason": "asked on the phone"},
    ),
    Endpoint(
        "DELETE", "/v1/session/as", "logInAsOneself", "Act as oneself again", at.act_as_oneself, status=204
    ),
    Endpoint(
        "POST",
        "/v1/messages/{id}/open",
        "openMessage",
        "Say why you open somebody else's mail, and get a link to it",
        at.open_,
        answer=given.RawLink,
        body=people.ReasonRequest,
        description=(
            "Your own mail needs no reason. For an hour everything that shows what this message says is answered to you; it is in the audit, "
            "and its owner reads who opened it, when and why."
        ),
        example_body={"reason": "asked on the phone"},
        example_answer={"url": "https://bucket.s3.amazonaws.com/raw/…?X-Amz-Signature=…", "expires_in": 300},
    ),
    Endpoint(
        "GET",
        "/v1/disclosures",
        "listDisclosures",
        "Who opened mail of a mailbox, or acted as its owner",
        at.disclosures,
        answer=people.DisclosureList,
        query=people.DisclosuresQuery,
        description="Of exactly one scope: your own unless `scope` names one inside it.",
        example_answer={"disclosures": [people.EXAMPLE_DISCLOSURE], "cursor": None},
    ),
)
