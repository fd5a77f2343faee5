"""What axe finds wrong with pages for readers who see, hear or reach less than others."""

from importlib.resources import files
from typing import Any

from playwright.sync_api import Page
from support.site_pages import Reader

AXE = (files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")
MODERATE_OR_WORSE = ("moderate", "serious", "critical")
RUN = """axe.run(document, {
    resultTypes: ["violations"],
    rules: {"target-size": {enabled: true}},
    preload: false,
})"""
WINDOWS: dict[str, dict[str, Any]] = {
    "light": {"color_scheme": "light"},
    "dark": {"color_scheme": "dark"},
    "phone": {"color_scheme": "light", "width": 390, "has_touch": True, "is_mobile": True},
}


def violations(page: Page) -> list[str]:
    """Return what is wrong with a page: the rule, the element, and what would mend it."""
    page.evaluate(AXE)
    found = page.evaluate(RUN)["violations"]
    return [
        f"{violation['id']} ({violation['impact']}): {' '.join(map(str, node['target']))}: {node['failureSummary']}"
        for violation in found
        if violation["impact"] in MODERATE_OR_WORSE
        for node in violation["nodes"]
    ]


def on_pages(window: Reader, address: str, pages: list[str]) -> dict[str, list[str]]:
    """Return what is wrong, by page of the site at an address; what is right is left out."""
    found = {page: violations(window.open(address + page)) for page in pages}
    return {page: wrong for page, wrong in found.items() if wrong}
