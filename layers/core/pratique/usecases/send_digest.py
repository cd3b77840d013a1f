"""Send one digest to one mailbox: what was gathered, as a letter with keyed links, by the same way as other mail."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, replace

from pratique.domain.address import Address, parse_address
from pratique.domain.digest import KEPT_AFTER, LinkAction, Plan, Sheet, SheetItem
from pratique.domain.digest_link import make_link, sheet_id
from pratique.domain.errors import NoRoute, PratiqueError
from pratique.domain.message import Copy
from pratique.domain.rights import Reason, Right
from pratique.domain.route import Route, RouteKind
from pratique.domain.scope import Level, Scope
from pratique.observability import log_event
from pratique.ports.couriers import Parcel
from pratique.ports.services import Services
from pratique.usecases.digests.envelope import Stamp, as_mail
from pratique.usecases.digests.gather import Gathered
from pratique.usecases.digests.letter import Letter, links_of, write_letter
from pratique.usecases.digests.wording import words_in
from pratique.usecases.find_route import find_route
from pratique.usecases.release_rights import Policies, recipient_right


@dataclass(frozen=True, slots=True)
class Order:
    """A digest to be sent. `slot` (Unix seconds) and `kind` (`news`, `all`, `call`) name it: made again, it has the same links."""

    scope: Scope
    who: Address
    plan: Plan
    slot: int
    kind: str


def send_digest(services: Services, order: Order, gathered: Gathered) -> str:
    """Write the record, then hand the mail over; the next hop's answer. The record may be written again.

    Raises NoRoute, TemporaryFailure, PermanentFailure.
    """
    route = way_to(services, order.who)
    sheet = make_sheet(services, order, gathered)
    services.digests.put_sheet(sheet, ends=sheet.ends + KEPT_AFTER)
    data = as_mail(letter_of(services, order, gathered, sheet), stamp_of(services, route, sheet))
    answer = hand_over(services, route, order.who, data, sheet.id)
    log_event(
        "digest_sent",
        sheet=sheet.id,
        level=order.scope.level.value,
        domain=order.scope.domain,
        kind=order.kind,
        lines=len(sheet.items),
        copies=gathered.count,
    )
    return answer


def make_sheet(services: Services, order: Order, gathered: Gathered) -> Sheet:
    """The record of a digest."""
    items = tuple(
        SheetItem(
            (line.copy.id, *(other.id for other in line.others)),
            max(each.expires_at for each in (line.copy, *line.others)),
        )
        for line in gathered.lines
    )
    key = services.secrets.signing_key()
    return Sheet(
        sheet_id(key, order.scope, str(order.who), order.slot, order.kind),
        order.scope,
        order.who,
        order.plan.language,
        order.plan.zone,
        services.clock.now_ms(),
        items,
    )


def letter_of(services: Services, order: Order, gathered: Gathered, sheet: Sheet) -> Letter:
    """The letter of a record."""
    key = services.secrets.signing_key()

    def link(line: int, action: LinkAction) -> str:
        return str(make_link(key, sheet, line, action))

    policies: Policies = {}

    def right(copy: Copy) -> Right:
        if order.scope.level is Level.RECIPIENT:
            return recipient_right(services, copy, policies)
        return (
            Right.NONE if copy.held_for is Reason.VIRUS else Right.RELEASE
        )  # an administrator has to override it

    links = links_of(services.options.public_url, services.options.digest_domain)
    words = words_in(order.plan.language)
    return write_letter(
        words, gathered, sheet, order.plan, kind=order.kind, links=links, link=link, right=right
    )


def stamp_of(services: Services, route: Route, sheet: Sheet) -> Stamp:
    """The headers of a digest, or of an answer to one."""
    key = services.secrets.signing_key()
    stop = make_link(key, sheet, 0, LinkAction.UNSUBSCRIBE)
    return Stamp(
        sheet=sheet.id,
        domain=sheet.scope.domain or services.options.hostname,
        sender=sender_for(services, route),
        to=sheet.who,
        host=services.options.hostname,
        by_mail=links_of("", services.options.digest_domain).address(str(stop)),
        now_ms=services.clock.now_ms(),
        key=key,
    )


def sender_for(services: Services, route: Route) -> Address:
    """Whom a digest is from: SES sends from its verified sender only."""
    host = services.options.hostname
    return parse_address(route.sender or services.options.digest_from or f"quarantine@{host}")


def way_to(services: Services, who: Address) -> Route:
    """The route of a mailbox. What SES would attach to a note is sent as it is: it comes from the verified sender already. Raises NoRoute."""
    route = find_route(services, who)
    if route is None:
        raise NoRoute(f"the domain {who.domain} has no route: a digest cannot be sent there")
    return replace(route, kind=RouteKind.SES_REWRITTEN) if route.kind is RouteKind.SES_WRAPPED else route


def hand_over(services: Services, route: Route, who: Address, data: bytes, reference: str) -> str:
    """Hand a mail of ours over, from the null sender: what comes back of it goes nowhere (RFC 5321, 4.5.5; invariant 11)."""
    courier = services.couriers.courier(route)
    try:
        return courier.send(Parcel("", who, data, reference), route)
    finally:
        with contextlib.suppress(PratiqueError):  # what was taken was taken, however the connection ends
            courier.close()
