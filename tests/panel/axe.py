"""What axe-core, a development package of panel/, finds on a page."""

from __future__ import annotations

from playwright.sync_api import Page

from local.stack import ROOT
from tests.panel.npm import packages

AXE = ROOT / "panel" / "node_modules" / "axe-core" / "axe.min.js"


def axe_source() -> str:
    """The program. Where it is not installed, and cannot be, the test is skipped by name."""
    packages()
    return AXE.read_text(encoding="utf-8")


def faults(page: Page, axe: str) -> list[str]:
    """What axe calls serious or critical, with the first places."""
    page.evaluate(axe)  # by the debugger, which no policy of the page concerns
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{each['id']}: {each['help']}: {[n['target'] for n in each['nodes']][:3]}"
        for each in found["violations"]
        if each["impact"] in ("serious", "critical")
    ]
