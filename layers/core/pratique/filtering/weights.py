"""What each signal weighs, in log-odds of spam, and how much signals that go together may weigh together.

A weight is a judgement (a round number, by what the sign means and how easily honest mail shows it too), made smaller where the mail we may
learn from says so: no weight is above the log-likelihood ratio of its signal there, taken over the corpus with the most ham that shows it.
`python -m bench.signals` prints both, with how often each signal fires on ham and on spam. How this was chosen: docs/filter.md.
"""

from __future__ import annotations

BIAS = -2.65
"""Before anything is known of a message. Most mail that reaches a filter is spam, but a lost letter costs more than a read advertisement: a
message nobody knows anything of scores 0.07, and is delivered.
"""

CAP = 2.2
"""What all signals of one family weigh together at most, either way: they are seldom independent. A family is what stands before the dot."""
LOOK_CAP = 1.5
"""... and all that only says: this looks like an advertisement. Newsletters that people asked for look so, too."""
LOOK = frozenset(
    {
        "html", "link", "bulk:removal", "text:dollars", "url:many-hosts", "url:many-redirects", "url:long", "url:mailto", "url:credential",
        "url:recipient", "mime:single-page", "mime:page-no-charset", "phrase:marketing", "phrase:marketing-one", "phrase:removal",
        "phrase:removal-one", "phrase:software", "phrase:software-one", "phrase:stock", "phrase:stock-one", "phrase:work", "phrase:work-one",
        "subject:exclaims", "subject:money", "subject:capitals", "text:exclaims", "url:open-redirect", "url:javascript",
    }
)  # fmt: skip
"""Families and signals of an advertisement's look."""
FACTORS = {"relay": 1.4, "html": 0.75, "link": 0.75, "mime": 0.5, "sender": 0.5, "bulk": 0.25}
"""What the sums of these families are multiplied by, after the caps: how well what they say holds on mail of another kind and time. By whom
mail was handed over, the sender cannot choose, and it says the same everywhere. How it is written, laid out, addressed and marked as bulk differs
between kinds of honest mail more than between honest mail and spam. Chosen on mail that neither weights nor seed had seen
(docs/filter.md, "What was tried").
"""

WEIGHTS: dict[str, float] = {
    "header:unended": 0.35, "header:none": 0.45, "header:missing-from": 1.3, "header:missing-date": 1.65, "header:missing-message-id": 1.3,
    "header:missing-subject": 0.3, "header:missing-to": 0.05, "header:doubled": 0.5, "header:malformed-from": 0.9, "header:several-senders": 1.0,
    "header:hidden-subject": 1.65, "header:overlong": 1.0, "header:too-deep": 1.65, "header:date-invalid": 1.3, "header:date-future": 1.15,
    "header:date-past": 1.0, "header:date-ahead": 0.75, "header:date-behind": 0.3, "header:zone": 1.3, "header:undisclosed": 1.0,
    "header:to-malformed": 0.3, "header:empty": 0.55,
    "relay:of-sender": -0.65, "relay:none": 0.05, "relay:no-name": 0.4, "relay:dynamic": 1.3, "relay:dynamic-claim": 0.3, "relay:helo-ip": 1.3,
    "relay:helo-bare": 1.0, "relay:helo-other": 0.55, "relay:helo-receiver": 1.0, "relay:helo-webmail": 1.65, "relay:bad-address": 1.3,
    "relay:ip-by-ip": 1.3, "relay:broken-chain": 1.0, "relay:no-by": 1.0, "relay:late-stamp": 1.0, "relay:single": 0.3,
    "relay:claimed-webmail": 1.65, "relay:auth-failed": 1.3, "relay:unsigned": 0.55,
    "direct:links": 1.0, "direct:page": 0.7, "direct:short": 0.5, "direct:money": 0.5, "direct:phrase": 1.0, "direct:picture": 0.5,
    "direct:encoded": 0.5, "direct:itself": 0.7, "direct:single": 0.7, "direct:twice": 0.5,
    "mailer:forged-id": 1.65, "mailer:forged-boundary": 1.65, "mailer:no-mimeole": 1.3, "mailer:priority-alone": 0.3, "mailer:consistent": -0.2,
    "mailer:two-names": 0.05, "mailer:script": 0.05, "mailer:bulk": 1.3, "mailer:odd": 0.55, "mailer:old": 0.55, "mailer:urgent": 0.55,
    "id:malformed": 1.0, "id:bare-host": 0.25, "id:capitals": 0.05, "id:digits": 0.55, "id:address-host": 0.05, "id:receiver": 0.45,
    "id:foreign": 0.55,
    "sender:numbers": 0.55, "sender:random": 0.65, "sender:long-name": 0.05, "sender:reply-to-free": 1.3, "sender:reply-to-free-both": 1.0,
    "sender:reply-to-other": 0.3, "sender:envelope": 0.45, "sender:null": 1.0, "sender:itself": 1.0, "sender:own-domain": 1.0,
    "sender:free": 0.2, "sender:deep-host": 0.05, "sender:no-name": 0.3, "sender:shouts": 0.3, "sender:name-numbers": 0.55,
    "sender:copies-name": -0.05, "sender:not-addressed": 0.55, "sender:role": 0.55, "sender:no-reply": 0.55, "sender:odd-ending": 1.0,
    "spoof:name-address": 1.1, "spoof:own-name": 1.65, "spoof:own-looks": 2.2, "spoof:own-link": 2.2, "spoof:punycode": 1.0,
    "spoof:mixed-domain": 1.65,
    "brand:name": 1.85, "brand:domain": 1.55, "brand:subject": 0.45,
    "subject:capitals": 0.85, "subject:gaps": 1.3, "subject:tail": 1.65, "subject:id": 0.3, "subject:money": 1.0, "subject:exclaims": 0.95,
    "subject:asks": -0.05, "subject:fake-reply": 0.05, "subject:disguised": 1.65, "subject:names-recipient": 0.7, "subject:emoji": 1.0,
    "subject:urgent": 0.55, "subject:advertisement": 1.3, "subject:empty": 0.55, "subject:long": 0.55, "subject:list-tag": -0.35,
    "subject:lower-case": 0.15, "subject:brackets": 0.05,
    "mime:base64-text": 0.9, "mime:base64-page": 1.3, "mime:no-version": 0.05, "mime:lone-alternative": 0.9, "mime:no-boundary": 1.3,
    "mime:unclosed": 1.0, "mime:broken": 1.0, "mime:page-no-charset": 0.55, "mime:type-quoted": 0.3, "mime:inline-picture": 1.0,
    "mime:lone-file": 0.55, "mime:single-page": 0.55, "mime:plain": -0.15, "mime:signed": -0.65, "mime:boundary-digits": 1.0,
    "mime:boundary-odd": 0.05, "mime:odd-encoding": 0.55, "mime:8bit-undeclared": 0.35,
    "url:ip": 1.65, "url:punycode": 1.3, "url:user": 1.65, "url:port": 1.0, "url:shortener": 0.55, "url:escaped": 1.65, "url:program": 1.0,
    "url:many-redirects": 0.95, "url:open-redirect": 0.05, "url:free-host": 0.5, "url:odd-ending": 0.9, "url:brand": 1.0, "url:credential": 0.05,
    "url:recipient": 1.1, "url:random-host": 0.55, "url:deep-host": 0.55, "url:digits-host": 1.0, "url:long": 0.55, "url:elsewhere": 0.55,
    "url:own": -0.05, "url:many-hosts": 0.05, "url:mailto": 0.55, "url:data": 2.2, "url:javascript": 0.55, "url:dash-host": 1.0,
    "link:mismatch": 0.3, "link:address-mismatch": 1.3, "link:picture-only": 1.0, "link:call": 1.0, "link:one-target": 0.55,
    "link:empty-target": 0.55,
    "html:script": 0.85, "html:frame": 0.05, "html:form": 1.0, "html:password": 2.75, "html:base": 0.55, "html:only": 1.0,
    "html:image-only": 1.3, "html:image-link": 1.0, "html:letter-entities": 0.05, "html:broken": 0.55, "html:twice": 1.0, "html:unframed": 0.55,
    "html:garbage-tags": 1.0, "html:split-words": 1.65, "html:loud": 0.55, "html:tag-heavy": 0.55, "html:frontpage": 0.55, "html:tracking": 0.55,
    "html:map": 0.55, "html:center": 0.55, "html:no-break": 0.55, "html:upper-tags": 0.55, "html:title": 0.55,
    "hidden:style": 1.0, "hidden:zero-size": 1.3, "hidden:tiny": 1.0, "hidden:off-screen": 1.3, "hidden:same-colour": 0.55,
    "hidden:near-white": 1.3, "hidden:transparent": 1.0, "hidden:much": 1.65,
    "text:none": 0.55, "text:short-link": 1.0, "text:disagrees": 0.4, "text:gappy": 0.9, "text:disguised": 1.65, "text:gibberish": 1.0,
    "text:capitals": 0.95, "text:exclaims": 0.55, "text:dollars": 0.55, "text:generic-greeting": 0.65, "text:address-greeting": 0.05,
    "text:placeholder": 1.65, "text:quotes": -1.0, "text:signature": -0.65, "text:code": -0.75, "text:pgp": -0.65, "text:short-lines": 0.55,
    "text:long-lines": 0.55,
    "phrase:advance-fee": 1.65, "phrase:advance-fee-one": 0.1, "phrase:lottery": 1.65, "phrase:lottery-one": 0.1, "phrase:credential": 1.3,
    "phrase:credential-one": 0.1, "phrase:parcel": 1.0, "phrase:parcel-one": 0.1, "phrase:pills": 1.65, "phrase:pills-one": 0.1,
    "phrase:adult": 1.3, "phrase:adult-one": 0.1, "phrase:loan": 1.3, "phrase:loan-one": 0.1, "phrase:stock": 1.3, "phrase:stock-one": 0.1,
    "phrase:replica": 1.65, "phrase:replica-one": 0.1, "phrase:software": 1.0, "phrase:software-one": 0.05, "phrase:degree": 1.65,
    "phrase:degree-one": 0.1, "phrase:casino": 1.3, "phrase:casino-one": 0.1, "phrase:work": 1.0, "phrase:work-one": 0.1, "phrase:crypto": 1.3,
    "phrase:crypto-one": 0.05, "phrase:extortion": 1.65, "phrase:extortion-one": 0.05, "phrase:marketing": 1.0, "phrase:marketing-one": 0.1,
    "phrase:removal": 0.7, "phrase:removal-one": 0.05,
    "file:program": 2.2, "file:doubled": 2.75, "file:disguised": 2.75, "file:packed": 2.2, "file:hidden-name": 2.75, "file:disk-image": 1.65,
    "file:macro": 1.65, "file:encrypted": 1.0, "file:password-told": 2.2, "file:bomb": 2.75, "file:nested": 1.0, "file:type": 1.0,
    "file:page": 0.55, "file:page-form": 2.75, "file:page-script": 2.2, "file:launch": 1.65, "file:object": 1.0, "file:note": 1.65,
    "file:nameless": 2.2, "file:picture": 0.55, "file:ordinary": -0.05,
    "charset:wrong": 0.35, "charset:unknown": 0.55, "charset:raw-subject": 1.0, "charset:raw-from": 1.0, "charset:needless": 1.0,
    "charset:needless-from": 1.0, "charset:mixed": 2.2, "charset:mixed-text": 1.65, "charset:fancy": 1.65, "charset:fancy-text": 1.3,
    "charset:invisible": 1.3, "charset:direction": 1.65, "charset:combining": 1.65, "charset:cyrillic": 0.45, "charset:cjk": 0.45,
    "charset:other-script": 0.45, "charset:old-cyrillic": 0.35, "charset:old-cjk": 0.35,
    "bulk:list": -0.65, "bulk:list-reply": -0.65, "bulk:unsubscribe": -0.35, "bulk:one-click": -0.35, "bulk:precedence": 0.45,
    "bulk:removal": 1.0, "bulk:addresses": 0.05, "bulk:alphabet": 1.0, "bulk:conversation": -1.0, "bulk:auto": -0.35, "bulk:feedback-id": -0.35,
}  # fmt: skip
"""Signal -> weight. Signals whose weight depends on more (a policy, a list) carry it in their own module."""
