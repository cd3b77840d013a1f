"""What each signal weighs, in log-odds of spam, and how much signals that go together may weigh together.

A weight is a judgement (a round number, by what the sign means and how easily honest mail shows it too), made smaller where the mail we may
learn from says so: no weight is above the log-likelihood ratio of its signal there, taken over the corpus with the most ham that shows it.
`python -m bench.signals` prints both, with how often each signal fires on ham and on spam. How this was chosen: docs/filter.md.
"""

from __future__ import annotations

BIAS = -1.5
"""Before anything is known of a message. Most mail that reaches a filter is spam, but a lost letter costs more than a read advertisement: a
message nobody knows anything of scores 0.18, and is delivered.
"""

CAP = 2.5
"""What all signals of one family weigh together at most, either way: they are seldom independent. A family is what stands before the dot."""
LOOK_CAP = 1.6
"""... and all that only says: this looks like an advertisement. Newsletters that people asked for look so, too."""
LOOK = frozenset(
    {
        "html", "link", "bulk:removal", "text:dollars", "url:many-hosts", "url:many-redirects", "url:long", "url:mailto", "url:credential",
        "url:recipient", "mime:single-page", "mime:page-no-charset", "phrase:marketing", "phrase:marketing-one", "phrase:removal",
        "phrase:removal-one", "phrase:software", "phrase:software-one", "phrase:stock", "phrase:stock-one", "phrase:work", "phrase:work-one",
        "subject:exclaims", "subject:money", "subject:capitals", "text:exclaims", "url:open-redirect",
    }
)  # fmt: skip
"""Families and signals of an advertisement's look."""

WEIGHTS: dict[str, float] = {
    "header:missing-from": 1.15, "header:missing-date": 1.4, "header:missing-message-id": 1.15, "header:missing-subject": 0.5,
    "header:missing-to": 0.05, "header:doubled": 0.85, "header:malformed-from": 0.85, "header:several-senders": 0.85,
    "header:hidden-subject": 1.4, "header:overlong": 0.85, "header:too-deep": 1.4, "header:date-invalid": 1.15, "header:date-future": 1.4,
    "header:date-past": 0.85, "header:date-ahead": 0.85, "header:date-behind": 0.3, "header:zone": 1.15, "header:undisclosed": 0.85,
    "header:to-malformed": 0.85, "header:empty": 0.5,
    "relay:of-sender": -0.55, "relay:none": 0.05, "relay:no-name": 0.5, "relay:dynamic": 1.15, "relay:dynamic-claim": 0.5, "relay:helo-ip": 1.15,
    "relay:helo-bare": 0.85, "relay:helo-other": 0.5, "relay:helo-receiver": 0.85, "relay:helo-webmail": 1.4, "relay:bad-address": 1.15,
    "relay:ip-by-ip": 0.6, "relay:broken-chain": 0.85, "relay:no-by": 0.85, "relay:late-stamp": 1.15, "relay:single": 0.25,
    "relay:claimed-webmail": 1.4, "relay:auth-failed": 1.15, "relay:unsigned": 0.5,
    "mailer:forged-id": 1.4, "mailer:forged-boundary": 1.4, "mailer:no-mimeole": 1.15, "mailer:priority-alone": 0.85, "mailer:consistent": -0.3,
    "mailer:two-names": 0.05, "mailer:script": 0.05, "mailer:bulk": 1.15, "mailer:odd": 0.5, "mailer:old": 0.5, "mailer:urgent": 0.5,
    "id:malformed": 0.85, "id:bare-host": 0.25, "id:capitals": 0.05, "id:digits": 0.5, "id:address-host": 0.05, "id:receiver": 0.85,
    "id:foreign": 0.5,
    "sender:numbers": 0.5, "sender:random": 0.75, "sender:long-name": 0.05, "sender:reply-to-free": 1.15, "sender:reply-to-free-both": 0.85,
    "sender:reply-to-other": 0.5, "sender:envelope": 0.5, "sender:null": 0.85, "sender:itself": 0.85, "sender:own-domain": 0.85,
    "sender:free": 0.2, "sender:deep-host": 0.05, "sender:no-name": 0.5, "sender:shouts": 0.5, "sender:name-numbers": 0.5,
    "sender:copies-name": -0.3, "sender:not-addressed": 0.5, "sender:role": 0.5, "sender:no-reply": 0.5, "sender:odd-ending": 0.85,
    "spoof:name-address": 1.4, "spoof:own-name": 1.4, "spoof:own-looks": 1.9, "spoof:own-link": 1.9, "spoof:punycode": 0.85,
    "spoof:mixed-domain": 1.4,
    "brand:name": 1.6, "brand:domain": 1.35, "brand:subject": 0.85,
    "subject:capitals": 0.85, "subject:gaps": 1.15, "subject:tail": 1.4, "subject:id": 0.5, "subject:money": 0.85, "subject:exclaims": 0.85,
    "subject:asks": -0.3, "subject:fake-reply": 0.05, "subject:disguised": 1.4, "subject:names-recipient": 1.15, "subject:emoji": 0.85,
    "subject:urgent": 0.5, "subject:advertisement": 1.15, "subject:empty": 0.5, "subject:long": 0.5, "subject:list-tag": -0.3,
    "subject:lower-case": 0.2, "subject:brackets": 0.05,
    "mime:base64-text": 0.9, "mime:base64-page": 1.15, "mime:no-version": 0.05, "mime:lone-alternative": 1.15, "mime:no-boundary": 1.15,
    "mime:unclosed": 0.85, "mime:broken": 0.85, "mime:page-no-charset": 0.5, "mime:type-quoted": 0.5, "mime:inline-picture": 0.85,
    "mime:lone-file": 0.5, "mime:single-page": 0.5, "mime:plain": -0.3, "mime:signed": -0.55, "mime:boundary-digits": 0.85,
    "mime:boundary-odd": 0.05, "mime:odd-encoding": 0.5, "mime:8bit-undeclared": 0.5,
    "url:ip": 1.4, "url:punycode": 1.15, "url:user": 1.4, "url:port": 0.85, "url:shortener": 0.85, "url:escaped": 1.4, "url:program": 0.6,
    "url:many-redirects": 0.95, "url:open-redirect": 0.05, "url:free-host": 0.5, "url:odd-ending": 0.85, "url:brand": 0.85,
    "url:credential": 0.05, "url:recipient": 1.1, "url:random-host": 0.5, "url:deep-host": 0.5, "url:digits-host": 0.85, "url:long": 0.5,
    "url:elsewhere": 0.5, "url:own": -0.05, "url:many-hosts": 0.05, "url:mailto": 0.5, "url:odd-scheme": 1.9, "url:dash-host": 0.85,
    "link:mismatch": 0.3, "link:address-mismatch": 1.15, "link:picture-only": 0.85, "link:call": 0.85, "link:one-target": 0.5,
    "link:empty-target": 0.5,
    "html:script": 0.85, "html:frame": 0.05, "html:form": 0.85, "html:password": 2.4, "html:base": 0.5, "html:only": 0.85,
    "html:image-only": 1.15, "html:image-link": 0.85, "html:letter-entities": 0.05, "html:broken": 0.5, "html:twice": 0.85, "html:unframed": 0.5,
    "html:garbage-tags": 0.85, "html:split-words": 1.4, "html:loud": 0.5, "html:tag-heavy": 0.5, "html:frontpage": 0.5, "html:tracking": 0.5,
    "html:map": 0.5, "html:center": 0.5, "html:no-break": 0.5, "html:upper-tags": 0.5, "html:title": 0.5,
    "hidden:style": 0.85, "hidden:zero-size": 1.15, "hidden:tiny": 0.85, "hidden:off-screen": 1.15, "hidden:same-colour": 0.85,
    "hidden:near-white": 1.15, "hidden:transparent": 0.85, "hidden:much": 1.4,
    "text:none": 0.85, "text:short-link": 0.85, "text:disagrees": 0.4, "text:gappy": 1.15, "text:disguised": 1.4, "text:gibberish": 0.85,
    "text:capitals": 0.85, "text:exclaims": 0.85, "text:dollars": 0.85, "text:generic-greeting": 0.85, "text:address-greeting": 0.05,
    "text:placeholder": 1.4, "text:quotes": -0.85, "text:signature": -0.55, "text:code": -0.85, "text:pgp": -0.55, "text:short-lines": 0.5,
    "text:long-lines": 0.5,
    "phrase:advance-fee": 1.4, "phrase:advance-fee-one": 0.1, "phrase:lottery": 1.4, "phrase:lottery-one": 0.1, "phrase:credential": 1.15,
    "phrase:credential-one": 0.1, "phrase:parcel": 0.85, "phrase:parcel-one": 0.1, "phrase:pills": 1.4, "phrase:pills-one": 0.1,
    "phrase:adult": 1.15, "phrase:adult-one": 0.1, "phrase:loan": 1.15, "phrase:loan-one": 0.1, "phrase:stock": 1.15, "phrase:stock-one": 0.1,
    "phrase:replica": 1.4, "phrase:replica-one": 0.1, "phrase:software": 0.85, "phrase:software-one": 0.05, "phrase:degree": 1.4,
    "phrase:degree-one": 0.1, "phrase:casino": 1.15, "phrase:casino-one": 0.1, "phrase:work": 0.85, "phrase:work-one": 0.1,
    "phrase:crypto": 1.15, "phrase:crypto-one": 0.05, "phrase:extortion": 1.4, "phrase:extortion-one": 0.05, "phrase:marketing": 0.85,
    "phrase:marketing-one": 0.1, "phrase:removal": 0.85, "phrase:removal-one": 0.05,
    "file:program": 1.9, "file:doubled": 2.4, "file:disguised": 2.4, "file:packed": 1.9, "file:hidden-name": 2.4, "file:disk-image": 1.4,
    "file:macro": 1.4, "file:encrypted": 0.85, "file:password-told": 1.9, "file:bomb": 2.4, "file:nested": 0.85, "file:type": 0.85,
    "file:page": 0.5, "file:page-form": 2.4, "file:page-script": 1.9, "file:launch": 1.4, "file:object": 0.85, "file:note": 1.4,
    "file:nameless": 1.9, "file:picture": 0.5, "file:ordinary": -0.05,
    "charset:wrong": 0.5, "charset:unknown": 0.5, "charset:raw-subject": 0.85, "charset:raw-from": 0.85, "charset:needless": 0.85,
    "charset:needless-from": 0.85, "charset:mixed": 1.9, "charset:mixed-text": 1.4, "charset:fancy": 1.4, "charset:fancy-text": 1.15,
    "charset:invisible": 1.15, "charset:direction": 1.4, "charset:combining": 1.4, "charset:cyrillic": 0.4, "charset:cjk": 0.4,
    "charset:other-script": 0.4, "charset:old-cyrillic": 0.3, "charset:old-cjk": 0.3,
    "bulk:list": -0.55, "bulk:list-reply": -0.55, "bulk:unsubscribe": -0.3, "bulk:one-click": -0.3, "bulk:precedence": 0.85,
    "bulk:removal": 0.85, "bulk:addresses": 0.05, "bulk:alphabet": 0.85, "bulk:conversation": -0.85, "bulk:auto": -0.3, "bulk:feedback-id": -0.3,
}  # fmt: skip
"""Signal -> weight. Signals whose weight depends on more (a policy, a list) carry it in their own module."""
