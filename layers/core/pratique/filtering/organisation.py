"""Which domains belong together, as far as names alone tell."""

from __future__ import annotations

from .wordlist import words

# Second levels under which countries register (co.uk, com.br, ...); enough for comparing two names, no substitute for the public suffix list.
_SECOND_LEVELS = words("ac co com edu gov gob govt ltd me mil net ne nom or org plc sch go gouv asso")
_COUNTRY = 2

FREE_MAIL = words(
    "gmail.com googlemail.com yahoo.com ymail.com rocketmail.com hotmail.com outlook.com live.com msn.com aol.com icloud.com me.com mac.com "
    "gmx.de gmx.net gmx.com web.de t-online.de mail.ru yandex.ru yandex.com rambler.ru bk.ru list.ru inbox.ru proton.me protonmail.com "
    "zoho.com mail.com qq.com 163.com 126.com sina.com naver.com daum.net hanmail.net yahoo.co.uk yahoo.fr yahoo.co.in hotmail.co.uk "
    "orange.fr free.fr laposte.net libero.it virgilio.it terra.com.br uol.com.br tutanota.com fastmail.com"
)
"""Domains where anybody may have an address."""


def organisation(domain: str) -> str:
    """The registered part of a host name: `mail.example.co.uk` -> `example.co.uk`. An IP address belongs to nothing but itself."""
    labels = domain.lower().rstrip(".").split(".")
    if labels[-1].isdigit():  # no top-level domain is (RFC 3696, 2)
        return ".".join(labels)
    keep = 3 if len(labels) > 2 and len(labels[-1]) == _COUNTRY and labels[-2] in _SECOND_LEVELS else 2  # noqa: PLR2004 - labels of a name
    return ".".join(labels[-keep:])


def related(one: str, other: str) -> bool:
    """Whether two host names lie in one registered domain."""
    return organisation(one) == organisation(other)
