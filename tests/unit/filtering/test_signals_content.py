"""Signals of what a message says and shows: links, pages, hidden text, manner, phrases. On what shows each, and on what does not."""

from __future__ import annotations

from types import ModuleType

import pytest
from pratique.filtering.page_style import read_style
from pratique.filtering.phrase_lists import FAMILIES, phrases_by_key
from pratique.filtering.signals import hidden, links, phrases, text, urls
from pratique.filtering.signals import html as html_signal

from .mail import html, message, multipart, names, parse, receipt


def seen(signal: ModuleType, raw: bytes) -> set[str]:
    return {name.partition(":")[2] for name in names(signal.evidence(parse(raw), receipt()))}


# Where links lead


@pytest.mark.parametrize(
    ("url", "signal"),
    [
        ("http://203.0.113.9/pay", "ip"),
        ("http://3405803785/", "ip"),
        ("http://0xcb007109/", "ip"),
        ("http://0313.0.0161.011/", "ip"),
        ("http://[2001:db8::1]/", "ip"),
        ("http://xn--pypal-4ve.example/", "punycode"),
        ("http://www.bank.example@evil.example/", "user"),
        ("http://evil.example:81/", "port"),
        ("https://bit.ly/3xyz", "shortener"),
        ("http://%65vil.example/", "escaped"),
        ("http://evil.example/invoice.pdf.exe", "program"),
        ("http://evil.example/go?to=http://other.example/", "many-redirects"),
        ("https://www.google.com/url?q=https://evil.example/", "open-redirect"),
        ("https://login-page.weebly.com/", "free-host"),
        ("https://sites.google.com/view/x", "free-host"),
        ("https://evil.xyz/", "odd-ending"),
        ("https://paypal-secure.evil.example/", "brand"),
        ("https://netflix.evil.example/", "brand"),
        ("https://evil.example/account/login.php", "credential"),
        ("https://evil.example/?e=bob@example.org", "recipient"),
        ("https://evil.example/?e=bob%40example.org", "recipient"),
        ("https://xkqjzvbn.example/", "random-host"),
        ("https://a.b.c.d.e.example.test/", "deep-host"),
        ("https://shop88712.example/", "digits-host"),
        ("https://buy-this-now.example/", "dash-host"),
        ("https://evil.example/" + "x" * 300, "long"),
        ("https://evil.example/", "elsewhere"),
        ("https://www.example.net/", "own"),
    ],
)
def test_urls(url: str, signal: str) -> None:
    assert signal in seen(urls, message(f"see {url} now".encode()))
    assert signal in seen(urls, html(f'<a href="{url}">here</a>'))


@pytest.mark.parametrize(
    "url",
    ["https://www.example.net/", "http://example.net:8080/x", "https://example.net/a@b", "https://example.net/a.b/c-d?x=1"],
)  # fmt: skip
def test_urls_that_hide_nothing(url: str) -> None:
    assert seen(urls, message(f"see {url} now".encode())) == {"own"}


def test_links_of_other_kinds() -> None:
    assert seen(urls, message(b"mailto:a@b.example")) == set()
    assert "data" in seen(urls, html("<a href='data:text/html;base64,AAAA'>x</a>"))
    assert "javascript" in seen(urls, html("<a href='javascript:x()'>x</a>"))
    assert "mailto" in seen(urls, html("<a href='mailto:x@evil.example'>x</a>"))
    assert "mailto" not in seen(urls, html("<a href='mailto:x@example.net'>x</a>"))
    many = " ".join(f"<a href='https://h{n}.site{n}.example/'>x</a>" for n in range(12))
    assert "many-hosts" in seen(urls, html(many.replace(".example", ".test")))


@pytest.mark.parametrize(
    "url",
    ["http://" + "@" * 400, "http://" + "a." * 200, "http://[" + ":" * 300, "http://x" + "%41" * 150, "http://" + "1" * 400, "https:///" + "/" * 300, "http://xn--" + "-" * 200],
)  # fmt: skip
def test_hostile_urls_are_read(url: str) -> None:
    raw = html("".join(f"<a href='{url}{n}'>{url}</a>" for n in range(300)))
    assert seen(urls, raw) is not None
    assert seen(links, raw) is not None


# Links and their text


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        ('<a href="http://evil.example/x">https://www.bank.test/login</a>', {"mismatch", "call"}),
        ('<a href="http://mail.bank.test/x">www.bank.test</a>', set()),
        ('<a href="http://click.mailer.example/x">www.bank.test</a>', set()),
        ('<a href="http://evil.example/x">anna@bank.test</a>', {"address-mismatch"}),
        ('<a href="http://evil.example/x">Click here</a>', {"call"}),
        ('<a href="http://evil.example/x">Konto bestätigen</a>', {"call"}),
        ('<a href="http://evil.example/x"><img src="x.gif"></a>', {"picture-only"}),
        ('<a href="#">x</a>', {"empty-target"}),
        ('<a href="http://evil.example/x">x</a>' * 4, {"one-target"}),
        ('<a href="http://www.example.net/x">x</a>' * 4, set()),
    ],
)
def test_links(page: str, expected: set[str]) -> None:
    assert seen(links, html(page)) == expected


# Pages


@pytest.mark.parametrize(
    ("page", "signal"),
    [
        ("<p>hello <script>x()</script></p>", "script"),
        ('<p onload="x()">hello</p>', "script"),
        ("<iframe src=x></iframe>", "frame"),
        ('<meta http-equiv="refresh" content="0">', "frame"),
        ("<form><input name=q></form>", "form"),
        ('<form><input type="password"></form>', "password"),
        ("<base href='http://x.example/'>", "base"),
        ("<img usemap='#m'>", "map"),
        ("V<!-- x -->I<!-- y -->A<!-- z -->G", "split-words"),
        ('<img src="cid:1">', "image-only"),
        (
            '<img src="cid:1"><a href="http://x.example/">' + "only some words of text " * 4 + "</a>",
            "image-link",
        ),
        ("<p>" + "a letter of some length " * 10, "only"),
        ('<img width="1" height="1" src="http://x.example/o.gif">', "tracking"),
        ("<table><tr><td width='100%'></td></tr></table>" * 60, "tag-heavy"),
        ("<p>hello</p>", "unframed"),
        ("<html><body>hello", "broken"),
        ("<html></html><html></html>", "twice"),
        ("<html><title>x</title></html>", "title"),
        ("<meta name=Generator content='Microsoft FrontPage'>", "frontpage"),
        ("<center>a</center>" * 4, "center"),
        ("<TABLE></TABLE>", "upper-tags"),
        ("<p>" + "a" * 1_200, "no-break"),
        ("&#86;&#105;&#97;&#103;" * 4, "letter-entities"),
        ("<zqxwvbn>a<kdjfhg>b<plmnbvcx>c", "garbage-tags"),
        ("<font size=7>x</font>", "loud"),
        ("<p style='font-size: 40px'>x</p>", "loud"),
    ],
)
def test_pages(page: str, signal: str) -> None:
    assert signal in seen(html_signal, html(page))


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        ("<div style='display:none'>secret words</div>", {"style"}),
        ("<span style='visibility: hidden'>x</span>", {"style"}),
        ("<div style='display:none'>" + "words " * 80 + "</div>", {"style", "much"}),
        ("<div style='display:none'> &nbsp; </div>", {"style"}),
        ('<span style="font-size: 0px">x</span>', {"zero-size"}),
        ("<span style='font-size:1pt'>x</span>", {"tiny"}),
        ("<font size=-7>x</font>", {"tiny"}),
        ("<p style='text-indent: -9999px'>x</p>", {"off-screen"}),
        ("<p style='position:absolute;left:-2000px'>x</p>", {"off-screen"}),
        ("<font color=white>x</font>", {"same-colour"}),
        ("<p style='background-color:#123456;color:#123456'>x</p>", {"same-colour"}),
        ("<td bgcolor='#000080'><font color='#ffffff'>x</font></td>", set()),
        ("<font color='#fffffe'>x</font>", {"near-white"}),
        ("<p style='color:transparent'>x</p>", {"transparent"}),
        ("<p style='opacity:0;'>x</p>", {"transparent"}),
        ("<p style='opacity:0.9;color:#333;font-size:14px'>x</p>", set()),
        ("<img style='display:none' src=x>", set()),
        ("", set()),
    ],
)
def test_hidden_text(page: str, expected: set[str]) -> None:
    if page.startswith("<div style='display:none'> &nbsp;"):
        assert seen(hidden, html(page)) <= expected
    else:
        assert seen(hidden, html(page)) == expected


def test_a_decent_newsletter_shows_little() -> None:
    raw = multipart(
        b"Content-Type: text/plain\r\n\r\nNews of the week, all of it",
        b'Content-Type: text/html\r\n\r\n<html><style>p {color: red}</style><div style="display:none">Preview</div><p>News of the week</p></html>',
        subtype="alternative",
    )
    assert seen(html_signal, raw) == set()
    assert seen(hidden, raw) == {"style"}
    assert seen(html_signal, message()) == set()


@pytest.mark.parametrize("fill", ["font-size:", "color=", "<font size=", "<div display:none", "<a ", "opacity:0", "<!--x-->a", "&#65;", "<zqxwvbn>", ": -999", "<img width=1"])  # fmt: skip
def test_pages_of_one_fragment_are_read(fill: str) -> None:
    """Linear in the page, which is cut (the test's timeout is the alarm)."""
    raw = html(fill * (400_000 // len(fill)))
    for signal in (html_signal, hidden, links, urls, text):
        assert seen(signal, raw) is not None


def test_a_style_is_read_to_its_bound() -> None:
    style = read_style("color:#123456;" * 10_000 + "color:#ffffff")
    assert style.colours == {"#123456"}
    assert read_style("font-size:1.2.3px").tiny is False


# Manner


@pytest.mark.parametrize(
    ("body", "signal"),
    [
        ("", "none"),
        ("Look: http://x.example/", "short-link"),
        ("buy v i a g r a now", "gappy"),
        ("best m0rtgage and c1alis", "disguised"),
        ("xkqjzvbn plmnbvcz wrtzpsdf", "gibberish"),
        ("THIS IS THE BEST OFFER " * 10, "capitals"),
        ("Now! Now! Now! Now! Now! Now!", "exclaims"),
        ("You get $1,000 and $2,000", "dollars"),
        ("ten million of them, 10", "dollars"),
        ("Dear customer, hello", "generic-greeting"),
        ("Sehr geehrter Kunde, hallo", "generic-greeting"),
        ("bob@example.org, your mailbox", "address-greeting"),
        ("Hi %RND_NAME how are you", "placeholder"),
        ("Hi {{first_name}} how are you", "placeholder"),
        ("> you said\r\n\r\nyes", "quotes"),
        ("On Monday Bob wrote:\r\nyes", "quotes"),
        ("Yours\r\n-- \r\nAnna", "signature"),
        ("diff --git a/x b/x\r\n@@ -1 +1 @@", "code"),
        ("-----BEGIN PGP SIGNED MESSAGE-----", "pgp"),
        ("a\r\nb\r\nc\r\nd\r\ne\r\nf\r\ng", "short-lines"),
        ("word " * 100, "long-lines"),
    ],
)
def test_manner(body: str, signal: str) -> None:
    assert signal in seen(text, message(body.encode()))


def test_an_ordinary_letter_has_no_manner() -> None:
    body = b"Hello Bob,\r\n\r\nthe minutes are ready. I send them tomorrow, with the plans for the garden.\r\nSee you,\r\nAnna\r\n"
    assert seen(text, message(body)) == set()


def test_parts_that_say_different_things() -> None:
    plain = b"Content-Type: text/plain\r\n\r\nmelvin chauncey conferred luscious continued tonsillitis ninebark pennyroyal assimilable"
    page = b"Content-Type: text/html\r\n\r\n<p>Cheap medicine without prescription, delivered discreetly to your door within three days</p>"
    assert "disagrees" in seen(text, multipart(plain, page, subtype="alternative"))
    same = b"Content-Type: text/html\r\n\r\n<p>melvin chauncey conferred luscious continued tonsillitis ninebark pennyroyal assimilable</p>"
    assert "disagrees" not in seen(text, multipart(plain, same, subtype="alternative"))


@pytest.mark.parametrize(
    "fill", ["a ", "a1", "!", "$1 ", "dear ", "{{", "%r", "> ", "\u0430a", "a.b.c.d.", "A"]
)
def test_texts_of_one_fragment_are_read(fill: str) -> None:
    raw = message((fill * (200_000 // len(fill))).encode())
    assert seen(text, raw) is not None
    assert seen(phrases, raw) is not None


# Phrases


@pytest.mark.parametrize(
    ("body", "signal"),
    [
        ("I am contacting you as next of kin to the deceased client", "advance-fee"),
        ("Please verify your account, your mailbox is full", "credential"),
        ("Bitte bestätigen Sie Ihr Konto, es wurde gesperrt", "credential"),
        ("You have won the lottery", "lottery"),
        ("cheap viagra and cialis", "pills"),
        ("low rate mortgage, refinance today", "loan"),
        ("send bitcoin, I recorded your webcam", "extortion"),
        ("replica rolex watches", "replica"),
        ("Click here to order now, limited time, special offer", "marketing"),
        ("to be removed, unsubscribe", "removal"),
    ],
)
def test_phrases(body: str, signal: str) -> None:
    assert signal in seen(phrases, message(body.encode()))


def test_one_phrase_is_not_two() -> None:
    assert seen(phrases, message(b"We talked about the mortgage of the house")) == {"loan-one"}
    assert seen(phrases, message(b"Hello Bob, the minutes are ready")) == set()


def test_a_long_text_needs_more_phrases() -> None:
    filler = b"the garden is large and the fence needs paint " * 150
    assert "loan" in seen(phrases, message(b"mortgage loan " + filler[:400]))
    assert "loan" not in seen(phrases, message(b"mortgage loan " + filler))


def test_every_phrase_has_its_key_and_its_family() -> None:
    for key, entries in phrases_by_key().items():
        for phrase, family in entries:
            assert key in phrase
            assert family in FAMILIES
            assert phrase == phrase.lower()
