"""The site's theme in a browser, from files and without a network: what readers do with a page, and what is loaded for it."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, sync_playwright

from toolchain.base.digests import FileDigests
from toolchain.forms.html.reading.kept_pages import KeptPages
from toolchain.forms.html.reading.site import SitePage, read_site
from toolchain.forms.html.weights import Weights
from toolchain.sphinxext.site import icons, rules, styles

SECTION = "chapter_crashcourse/autograd.html"
"""Has formulas, code and no plot."""
PHONE: ViewportSize = {"width": 390, "height": 800}
DESK: ViewportSize = {"width": 1280, "height": 900}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        yield opened
        opened.close()


class Reader:
    """A page that is looked at, and what the browser has to say of it."""

    def __init__(self, context: BrowserContext, address: str) -> None:
        self.said: list[str] = []
        self.asked: list[str] = []
        self.page: Page = context.new_page()
        self.page.on("console", lambda message: self.said.append(message.text))
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.goto(address)


def test_nothing_is_said_asked_elsewhere_or_cut_off_at_any_width(book: Path, browser: Browser) -> None:
    for width in (360, 390, 768, 1280):
        context = browser.new_context(viewport={"width": width, "height": 800})
        for name in ("index.html", SECTION, "chapter_appendix/gluonbook.html", "genindex.html"):
            reader = Reader(context, (book / "_build/html" / name).as_uri())
            assert reader.said == [], (name, width)
            assert [url for url in reader.asked if not url.startswith("file:")] == [], (name, width)
            size = reader.page.evaluate(
                "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
            )
            assert size[0] == size[1], (name, width)
            reader.page.close()
        context.close()


def test_a_drawer_closes_after_a_tap_and_at_escape_and_gives_the_focus_back(
    book: Path, browser: Browser
) -> None:
    context = browser.new_context(viewport=PHONE, is_mobile=True, has_touch=True)
    page = Reader(context, (book / "_build/html" / SECTION).as_uri()).page

    page.tap(".primary-toggle")
    assert page.locator("dialog[open] .bd-docs-nav").is_visible()
    page.keyboard.press("Escape")
    assert page.locator("dialog[open]").count() == 0
    assert page.evaluate("document.activeElement.classList.contains('primary-toggle')")

    page.tap(".secondary-toggle")
    page.tap("dialog[open] a[href='#second-derivatives']")
    assert page.locator("dialog[open]").count() == 0
    assert page.url.endswith("#second-derivatives")
    # A finger points at nothing: the buttons are there.
    assert page.locator(".copybtn").first.evaluate("button => getComputedStyle(button).opacity") == "1"
    context.close()


def test_colours_are_chosen_by_keyboard_and_kept(book: Path, browser: Browser) -> None:
    context = browser.new_context(viewport=DESK, color_scheme="light")
    page = Reader(context, (book / "_build/html" / SECTION).as_uri()).page

    page.focus(".theme-switch-button")
    page.keyboard.press("Enter")
    for _ in range(3):
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    assert page.locator("details.menu[open]").count() == 0
    page.reload()
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    assert page.evaluate("getComputedStyle(document.body).colorScheme") == "dark"
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.evaluate("document.documentElement.dataset.theme") == "light"
    context.close()


def test_no_script_is_in_the_way_and_a_section_is_light(book: Path, tmp_path: Path) -> None:
    html = (book / "_build/html" / SECTION).read_text(encoding="utf-8")
    site = read_site(
        book / "_build/html", "html", KeptPages(tmp_path, FileDigests(tmp_path / "digests"), SitePage)
    )

    assert html.count('name="viewport"') == 1
    assert "ethical" not in html
    assert "data-bs-" not in html
    assert [
        tag for tag in html.split("<script ")[1:] if "src=" in tag[:200] and "defer" not in tag[:200]
    ] == []
    weight = Weights(book / "_build/html", site).of(SECTION)
    assert weight.bytes <= 300 * 1024
    # But for its own pictures, and the script that opens them.
    pictures = html.count("<img ", html.index("<article"))
    assert pictures
    assert weight.requests - pictures - 1 <= 15


def test_icons_are_drawn_once_by_any_of_their_names_and_unknown_ones_stay() -> None:
    page = (
        '<body><i class="fa-solid fa-search"></i><span class="fas fa-magnifying-glass fa-lg"></span>'
        '<i class="fab fa-github" aria-label="Code"></i><i class="fa-solid fa-nothing"></i>'
        '<span class="fast"></span><code>&lt;i class="fas fa-bars"&gt;&lt;/i&gt;</code></body>'
    )

    drawn = icons.drawn(page)

    assert drawn.count("<symbol") == 3
    assert drawn.count('<svg class="icon ') == 3
    assert '<svg class="icon fab fa-github" aria-label="Code" viewBox=' in drawn
    assert drawn.count('<svg class="icon fa-solid fa-search" aria-hidden="true" ') == 1
    assert '<i class="fa-solid fa-nothing"></i>' in drawn
    assert '<span class="fast"></span>' in drawn
    assert '&lt;i class="fas fa-bars"&gt;' in drawn
    assert drawn.startswith('<body><svg class="icons" ')


def test_icons_of_style_sheets_are_drawn_in_the_colour_of_their_letters() -> None:
    css = (
        'html{--pst-icon-bell:"\uf0f3";--pst-icon-no:"\uf8fe"}'
        ".a:after{color:red;content:var(--pst-icon-bell)}"
    )

    made = icons.drawn_in_rules(css)

    picture, _, rest = made.partition(";--pst-icon-no:")
    assert picture.startswith('html{--pst-icon-bell:url("data:image/svg+xml,%3Csvg')
    assert rest.startswith('"\uf8fe"}.a:after{color:red;content:"";'), "what has no drawing stays as it is"
    assert "background:currentcolor;mask:var(--pst-icon-bell)" in rest


def test_a_style_sheet_loses_what_no_page_has_and_a_page_that_has_it_is_known() -> None:
    css = (
        "@charset \"utf-8\";.a,.b:hover{x:y}.b>.c{x:'}'}/* {{ */@media print{.b{d:e}.a:not(.b){f:g}}"
        '@font-face{font-family:"Font Awesome";src:url(x)}@font-face{font-family:Other}.fa-bars{g:h}p{i:j}'
    )

    made = rules.reduced(css, {"a"}, styles.ICONS)

    assert made.text == (
        '@charset "utf-8";.a{x:y}@media print{.a:not(.b){f:g}}@font-face{font-family:Other}p{i:j}'
    )
    assert made.dropped == {"b", "c"}
    assert styles.needs_whole('<p class="a c">', made.dropped)
    assert not styles.needs_whole('<p class="a">c</p>', made.dropped)
