"""Where the links lead, by their look alone."""

from __future__ import annotations

import re

from pratique.domain.envelope import Receipt
from pratique.domain.verdict import Contribution

from ..contributions import found
from ..firms import firm_in_host
from ..organisation import organisation, related
from ..parsed import ParsedMessage
from ..patterns import pattern
from ..wordlist import words
from .sender import ENDINGS

MEANINGS = {
    "url:ip": "a link to a bare IP address",
    "url:punycode": "a link to a host with letters that are not Latin",
    "url:user": "a name before the host of a link, as if it were the host",
    "url:port": "a link to an unusual port",
    "url:shortener": "a link through a shortener",
    "url:escaped": "an escaped host name",
    "url:program": "a link to a program or a disk image",
    "url:many-redirects": "a link within a link",
    "url:open-redirect": "a link through a well-known site's redirector",
    "url:free-host": "a link to a page that anybody can put up for nothing",
    "url:odd-ending": "a link to a domain with an ending that is often abused",
    "url:brand": "a well-known firm's name in a link that does not lead there",
    "url:credential": "words of logging in, in a link that does not lead to the sender",
    "url:recipient": "the recipient's address in a link",
    "url:random-host": "a host name that nobody can say",
    "url:deep-host": "a host name of many labels",
    "url:digits-host": "a host name with many digits",
    "url:long": "a very long link",
    "url:elsewhere": "no link leads to the sender's own domain",
    "url:own": "a link leads to the sender's own domain",
    "url:many-hosts": "links to more than ten domains",
    "url:mailto": "answers are to be sent to an address in the text, not the sender's",
    "url:data": "a page within a link (data:)",
    "url:javascript": "a link that is a script",
    "url:dash-host": "a host name with several dashes",
}
_IP = pattern(r"(?:\d{1,3}(?:\.\d{1,3}){3}|0x[0-9a-f]{8}|\d{8,10}|0\d{1,3}(?:\.\d{1,4}){3}|\[[0-9a-f:.]+\])$")
_ESCAPED_HOST = pattern(r"https?:/{1,3}[^/?#]{0,250}%[0-9a-f]{2}", re.IGNORECASE)
_PROGRAM = pattern(
    r"[^?#]{1,500}\.(?:exe|scr|pif|bat|cmd|msi|vbs|hta|iso|img|apk|jar|lnk)(?:[?#]|$)",
    re.IGNORECASE,
)
_REDIRECT = pattern(r".{4,}(?:https?(?::|%3a)(?:/|%2f)|=(?:www\.|aHR0c))", re.IGNORECASE)
_OPEN = pattern(
    r"(?:google\.[a-z.]{2,6}/(?:url|amp|search\?btn)|doubleclick\.net/|/redirect\?|yahoo\.com/\S{0,40}\*http|bing\.com/ck/"
    r"|r\.aol\.com/|rds\.yahoo\.)",
    re.IGNORECASE,
)
_CREDENTIAL = pattern(
    r"log-?in|log-?on|sign-?in|verif|secure|webscr|password|passwd|confirm|validat|unlock|suspend|credential|authenticat|account",
    re.IGNORECASE,
)
_UNSAYABLE = pattern(r"[bcdfghjklmnpqrstvwxz]{7,}|(?:\d[a-z]+){4,}|[a-z]{26,}")
SHORTENERS = words(
    "bit.ly tinyurl.com goo.gl t.co is.gd ow.ly buff.ly cutt.ly rb.gy shorturl.at tiny.cc rebrand.ly bl.ink s.id t.ly lnkd.in"
    " qrco.de shorte.st adf.ly v.gd x.co t2m.io urlz.fr soo.gd snip.ly tr.im u.to cli.re dlvr.it trib.al amzn.to rebrandly.com tiny.one"
)
FREE_HOSTS = words(
    "weebly.com wixsite.com firebaseapp.com web.app 000webhostapp.com blogspot.com github.io pages.dev r2.dev herokuapp.com netlify.app "
    "vercel.app workers.dev glitch.me repl.co godaddysites.com square.site webflow.io surge.sh geocities.com tripod.com angelfire.com "
    "fortunecity.com yolasite.com wordpress.com ucoz.com webnode.page jimdosite.com myportfolio.com framer.app framer.website azurewebsites.net "
    "ipfs.io dweb.link duckdns.org ddns.net no-ip.org appspot.com translate.goog canva.site notion.site zyrosite.com"
)
_FREE_PLACES = pattern(
    r"https?://(?:sites\.google\.com|docs\.google\.com/(?:forms|presentation)|forms\.gle|storage\.googleapis\.com|firebasestorage"
    r"|s3[.-][a-z0-9.-]{0,40}amazonaws\.com|[a-z0-9.-]{1,60}\.blob\.core\.windows\.net|[a-z0-9.-]{1,60}\.core\.windows\.net|t\.me/"
    r"|telegra\.ph|forms\.office\.com)",
    re.IGNORECASE,
)
_ORDINARY_PORTS = {"", "80", "443", "8080", "8443"}
_LONG_URL = 250
_DEEP = 4
_MANY_HOSTS = 10
_MOST = 60


def evidence(parsed: ParsedMessage, receipt: Receipt) -> list[Contribution]:
    """At most one contribution of each kind, however many of the first links show it."""
    targets = parsed.targets[:_MOST]
    if not targets:
        return _odd_links(parsed)
    names: dict[str, str] = {}
    for url, host, _ in targets:
        _look(url, host, names)
    for host in dict.fromkeys(host for _, host, _ in targets):
        _host(host, names)
    _whole(parsed, receipt, names)
    return [*(found(f"url:{name}", detail) for name, detail in names.items()), *_odd_links(parsed)]


def _look(url: str, host: str, names: dict[str, str]) -> None:
    start = url.find("://") + 3
    end = url.find("/", start)
    authority = url[start:end] if end >= 0 else url[start:]
    if "@" in authority:
        names["user"] = f"a name before the host {host}"
    if "%" in authority and _ESCAPED_HOST.match(url):
        names["escaped"] = authority
    port = authority.rpartition(":")[2] if ":" in authority and "]" not in authority else ""
    if port not in _ORDINARY_PORTS and port.isdigit():
        names["port"] = f"{host}:{port}"
    if len(url) > _LONG_URL:
        names["long"] = ""
    rest = url[start + len(authority) :]
    if "." in rest and _PROGRAM.match(rest):
        names["program"] = url[-60:]
    if len(rest) > 12 and _REDIRECT.match(rest):  # noqa: PLR2004 - as in the pattern
        names["many-redirects"] = host
    if ("google." in url or "redirect" in url or "yahoo." in url or "doubleclick" in url) and _OPEN.search(
        url
    ):
        names["open-redirect"] = host
    if _FREE_PLACES.match(url):
        names["free-host"] = host


def _host(host: str, names: dict[str, str]) -> None:
    if host[:1] in "0123456789[" and _IP.match(host):
        names["ip"] = host
        return
    if "xn--" in host or not host.isascii():
        names["punycode"] = host
    own = organisation(host)
    label, _, ending = own.rpartition(".")
    if host in SHORTENERS:
        names["shortener"] = host
    elif own in FREE_HOSTS or ".".join(host.split(".")[-3:]) in FREE_HOSTS:
        names["free-host"] = host
    if ending in ENDINGS:
        names["odd-ending"] = host
    if _UNSAYABLE.search(label):
        names["random-host"] = host
    if host.count(".") > _DEEP:
        names["deep-host"] = host
    if label.count("-") > 1:
        names["dash-host"] = host
    if sum(c.isdigit() for c in label) > 3:  # noqa: PLR2004 - a year and less is usual
        names["digits-host"] = host
    firm = firm_in_host(host)
    if firm:
        names["brand"] = f"{host} is not {firm}"


def _whole(parsed: ParsedMessage, receipt: Receipt, names: dict[str, str]) -> None:
    sender = parsed.from_address
    organisations = {organisation(host) for _, host, _ in parsed.targets}
    if len(organisations) > _MANY_HOSTS:
        names["many-hosts"] = f"{len(organisations)} domains"
    if sender is not None and not parsed.is_list:
        own = organisation(sender.domain)
        if own in organisations:
            names["own"] = own
        else:
            names["elsewhere"] = ", ".join(sorted(organisations)[:2])
        for url, host, is_link in parsed.targets[:_MOST]:
            if is_link and organisation(host) != own and _CREDENTIAL.search(url):
                names["credential"] = url[:60]
                break
    recipients = receipt.envelope.recipients or parsed.to[:2]
    for address in recipients[:5]:
        text = str(address)
        if any(
            text in url.lower() or text.replace("@", "%40") in url.lower()
            for url, _, is_link in parsed.targets[:_MOST]
            if is_link
        ):
            names["recipient"] = text
            break


def _odd_links(parsed: ParsedMessage) -> list[Contribution]:
    result = []
    page = parsed.low_html
    if "data:text" in page:
        result.append(found("url:data"))
    if "javascript:" in page:
        result.append(found("url:javascript"))
    sender = parsed.from_address
    if sender is not None and not parsed.is_list and "mailto:" in page:
        other = _MAILTO.search(page)
        if other and not related(other[1], sender.domain):
            result.append(found("url:mailto", other[1]))
    return result


_MAILTO = pattern(r"href\s{0,3}=\s{0,3}[\"']?mailto:[^@\"'<>\s]{1,64}@([a-z0-9.-]{3,100})")
