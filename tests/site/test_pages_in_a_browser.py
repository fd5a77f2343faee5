"""Pages of each kind as readers have them: of any width, served and from files, without a network, with a keyboard only."""

import io
import json
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from subprocess import run
from typing import Any
from urllib.parse import unquote, urldefrag, urljoin

import pytest
from playwright.sync_api import Browser, Page
from support.places import REPOSITORY
from support.site_pages import WIDE, Reader, reader, templates_of

WIDTHS = (1280, 768, 390, 360, 320)
"""In pixels; the last is what remains of 1280 if all is four times as large."""
PLOTS = "chapter_deep-learning-basics/linear-regression-scratch.html"
DARK, MOST_INK = 100, 0.08
"""A point that is so dark, of 255, and the part of a page that may be."""
MOST_REQUESTS = 15
"""For a page, with its own pictures."""
LANDING, SECTION = "index.html", "chapter_crashcourse/autograd.html"
CELL = re.compile(
    r"^```\{code-cell\}[^\n]*\n(?:(?:---\n.*?\n---|:[^\n]*)\n)*\n*(.*?)^```$", re.MULTILINE | re.DOTALL
)
SPACED = """*, ::before, ::after {line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important}
p {margin-bottom: 2em !important}"""
"""What readers may set, and a page has to bear (WCAG 2.2, 1.4.12)."""
STOPS = """() => {
    const stops = "a[href], button, input, select, textarea, summary, iframe, [tabindex]";
    window.stops = [...document.querySelectorAll(stops)].filter(element => (
        element.tabIndex >= 0 && !element.disabled && !element.closest("[inert]")
        && !(element.type === "radio" && !element.checked)
        && element.checkVisibility({visibilityProperty: true})
    ));
    return window.stops.length;
}"""
LOOK = """element => {
    const {outlineStyle, outlineWidth, outlineColor, boxShadow, borderColor, backgroundColor, color, textDecorationLine, textDecorationThickness} = getComputedStyle(element);
    const outline = outlineStyle === "none" || outlineWidth === "0px" ? "" : outlineWidth + outlineColor;
    return [outline, boxShadow, borderColor, backgroundColor, color, textDecorationLine, textDecorationThickness].join();
}"""
REACHED = f"""() => {{
    const look = {LOOK};
    const element = document.activeElement;
    if (element === document.body) return null;
    const box = element.getBoundingClientRect();
    const shown = element.checkVisibility({{opacityProperty: true, visibilityProperty: true}}) && box.width > 0;
    const target = element.matches("input") ? element.nextElementSibling ?? element : element;
    const looks = [look(element), look(target), look(element.parentElement)].join();
    (window.looks ??= new Map()).set(element, looks);
    return [window.stops.indexOf(element), shown || element.matches("input"), element.outerHTML.slice(0, 100)];
}}"""
UNSEEN = f"""() => {{
    const look = {LOOK};
    document.activeElement.blur();
    return [...window.looks].filter(([element, looks]) => {{
        const target = element.matches("input") ? element.nextElementSibling ?? element : element;
        return looks === [look(element), look(target), look(element.parentElement)].join();
    }}).map(([element]) => element.outerHTML.slice(0, 100));
}}"""
MOVING = """() => [...document.querySelectorAll("*")].filter(element => {
    const style = getComputedStyle(element);
    const seconds = style.transitionDuration.split(", ").concat(style.animationDuration.split(", ")).map(parseFloat);
    return Math.max(...seconds) > 0.01 || style.scrollBehavior === "smooth";
}).map(element => element.outerHTML.slice(0, 100)).slice(0, 5)"""


@pytest.fixture
def window(chromium: Browser) -> Iterator[Reader]:
    with reader(chromium, permissions=["clipboard-read", "clipboard-write"], color_scheme="light") as opened:
        yield opened
        assert opened.wrong == []


@pytest.mark.parametrize("way", ["served", "from files"])
def test_each_kind_of_page_asks_for_little_of_no_other_host_says_no_error_and_fits(
    window: Reader, site: Path, address: str, way: str
) -> None:
    root = address if way == "served" else f"{site.as_uri()}/"
    too_wide: dict[tuple[str, object], str] = {}
    of_servers = {"404.html"} if way == "from files" else set()  # it asks for what is at a server's top
    asked: list[str] = []
    window.page.on("request", lambda request: asked.append(request.resource_type))
    for name in sorted({*templates_of(site)} - of_servers):
        asked.clear()
        page = window.open(root + name)
        searches = name == "search.html"  # which loads the search, and its style
        assert (asked.count("stylesheet"), asked.count("script")) == ((2, 4) if searches else (1, 1)), name
        assert len(asked) <= MOST_REQUESTS, name
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            if wide := page.evaluate(WIDE):
                too_wide[name, width] = wide
        page.add_style_tag(content=SPACED)
        if wide := page.evaluate(WIDE):
            too_wide[name, "spaced"] = wide
        page.set_viewport_size({"width": 1280, "height": 900})

    assert too_wide == {}


def test_the_page_for_what_is_not_there_looks_and_leads_from_a_disk_as_when_it_is_served(
    chromium: Browser, site: Path, address: str
) -> None:
    looks = {}
    for root in (address, f"{site.as_uri()}/"):
        with reader(chromium) as opened:
            page = opened.open(f"{root}404.html")
            page.wait_for_function("document.styleSheets.length && window.bookPreviews")
            family = page.evaluate("getComputedStyle(document.body).fontFamily")
            links = page.evaluate(
                "[...document.querySelectorAll('a[href], form')].map(one => one.action ?? one.href)"
            )
            width = page.evaluate("document.querySelector('.bd-sidebar-primary').offsetWidth")
            looks[root] = [family, sorted(link.removeprefix(root) for link in links), width]
            page.get_by_role("link", name="Deep Learning by Doing").last.click()
            assert page.url == f"{root}index.html"

    served, from_disk = looks.values()
    assert served == from_disk
    assert "Book Text" in served[0]


@pytest.mark.parametrize("name", [LANDING, SECTION, "search.html"])
def test_the_keyboard_reaches_everything_in_order_and_is_seen(
    window: Reader, address: str, name: str
) -> None:
    page = window.open(address + name)
    number = page.evaluate(STOPS)
    # From the top, also where a page gives the focus to a field.
    page.evaluate(
        "document.body.tabIndex = -1; document.body.focus(); document.body.removeAttribute('tabindex')"
    )
    reached: list[Any] = []
    for _ in range(number + 5):
        page.keyboard.press("Tab")
        if (at := page.evaluate(REACHED)) is None:
            break
        reached.append(at)
    else:
        pytest.fail(f"the keyboard does not come out again: {reached[-3:]}")

    assert [html for _, shown, html in reached if not shown] == [], "what has the focus is not seen"
    places = [place for place, _, _ in reached if place >= 0]
    assert places == sorted(places)
    missed = set(range(number)) - set(places)
    assert (
        page.evaluate(
            "places => places.map(place => window.stops[place].outerHTML.slice(0, 100))", sorted(missed)
        )
        == []
    )
    assert page.evaluate(UNSEEN) == [], "nothing shows that these have the focus"
    assert "#main-content" in reached[0][2] or "skip" in reached[0][2], (
        "the first is to skip what all pages have"
    )


def test_arrows_scroll_what_has_the_focus_and_never_leave_the_page(window: Reader, address: str) -> None:
    page = window.open(address + SECTION)
    page.set_viewport_size({"width": 360, "height": 900})
    for key in ("ArrowRight", "ArrowLeft"):
        page.keyboard.press(key)
    code = page.locator("div.highlight pre").filter(has_text=re.compile(".{60}")).first
    code.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function("document.activeElement?.matches('pre') && document.activeElement.scrollLeft > 0")

    assert page.url == address + SECTION


def test_menus_open_below_their_buttons_and_within_the_window(window: Reader, address: str) -> None:
    page = window.open(address + SECTION)
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 800})
        menus = [menu for menu in page.locator("details.menu").all() if menu.is_visible()]
        assert len(menus) == 3, "downloads, the source, colours"
        for menu in menus:
            menu.locator("summary").click()
            button, opened = menu.bounding_box(), menu.locator(".dropdown-menu").bounding_box()
            assert button
            assert opened
            assert opened["x"] >= 0
            assert abs(opened["x"] + opened["width"] - button["x"] - button["width"]) < 2, width
            assert 0 <= opened["y"] - button["y"] - button["height"] < 16
            page.keyboard.press("Escape")


def test_words_of_code_and_short_references_are_not_parted(window: Reader, address: str) -> None:
    page = window.open(f"{address}chapter_appendix/toolchain.html")
    page.set_viewport_size({"width": 390, "height": 800})
    whole = ".bd-article :is(code.literal .pre:not(:has(wbr)), .on-one-line)"

    parted = page.locator(whole).evaluate_all(
        "parts => parts.filter(part => part.getClientRects().length > 1).map(part => part.textContent)"
    )

    assert page.locator(whole).count() > 100
    assert parted == []
    assert page.locator("wbr").count(), "a long name can be parted"


def test_boxes_have_drawn_icons(window: Reader, constructs: Path) -> None:
    page = window.open((constructs / "chapter_text/boxes.html").as_uri())

    drawn = page.locator(".admonition > .admonition-title").evaluate_all(
        "titles => titles.map(title => { const icon = getComputedStyle(title, '::after');"
        " return [icon.content, icon.maskImage.slice(0, 24)] })"
    )

    assert len(drawn) > 3
    assert {tuple(icon) for icon in drawn} == {('""', 'url("data:image/svg+xml,')}


def test_nothing_moves_for_who_asks_for_that(window: Reader, address: str) -> None:
    assert window.open(address + SECTION).evaluate(MOVING) == []


def test_copy_buttons_give_the_code_exactly(window: Reader, address: str) -> None:
    page = window.open(address + SECTION)
    source = (REPOSITORY / "book" / SECTION).with_suffix(".md").read_text(encoding="utf-8")
    cells = [code.rstrip("\n") for code in CELL.findall(source)]

    copied = []
    for button in page.locator(".cell_input button.copybtn").all():
        button.focus()
        page.keyboard.press("Enter")
        copied.append(page.evaluate("navigator.clipboard.readText()").rstrip("\n"))

    assert copied == cells


def test_the_theme_that_was_chosen_keeps(window: Reader, address: str) -> None:
    page = window.open(address + SECTION)
    for _ in range(3):
        if _theme(page) != "dark":
            page.locator(".theme-switch-button:visible").first.click()
        if (choice := page.locator("button[data-mode=dark]:not(.theme-switch-button):visible")).count():
            choice.first.click()
    assert _theme(page) == "dark"

    for name in (SECTION, LANDING):
        window.open(address + name)
        assert _theme(page) == "dark"


def _theme(page: Page) -> str:
    return str(page.evaluate("document.documentElement.dataset.theme"))


def test_downloads_deliver(window: Reader, site: Path, address: str) -> None:
    links: dict[str, str] = {}
    for name in templates_of(site):
        page = window.open(address + name)
        for href in page.locator("main a[href], header a[href]").evaluate_all(
            "links => links.filter(link => link.download || /[.](pdf|zip|ipynb)$/.test(link.pathname)).map(link => link.href)"
        ):
            if href.startswith(address):
                links.setdefault(urldefrag(href).url, name)

    broken = {link: on for link, on in links.items() if not _delivers(page, urljoin(address, link))}
    assert broken == {}
    assert {unquote(link).rpartition(".")[2] for link in links} >= {"pdf", "zip", "ipynb"}


def _delivers(page: Page, address: str) -> bool:
    response = page.request.get(address)
    if response.status != 200:
        return False
    content, kind = response.body(), address.rpartition(".")[2]
    if kind == "pdf":
        return content.startswith(b"%PDF-") and b"%%EOF" in content[-1024:]
    if kind == "zip":
        return zipfile.ZipFile(io.BytesIO(content)).testzip() is None
    return kind != "ipynb" or json.loads(content)["nbformat"] == 4


def test_a_dark_page_is_printed_light_with_and_without_scripts(
    chromium: Browser, site: Path, tmp_path: Path
) -> None:
    printed = []
    for scripts in (True, False):
        with reader(chromium, color_scheme="dark", java_script_enabled=scripts) as opened:
            opened.page.goto(f"{site.as_uri()}/{PLOTS}")
            pdf = opened.page.pdf(print_background=True)
        name = tmp_path / f"scripts-{scripts}"
        run(["pdftoppm", "-r", "30", "-gray", "-", str(name)], input=pdf, check=True, timeout=60)
        pages = [picture.read_bytes() for picture in sorted(tmp_path.glob(f"{name.name}-*.pgm"))]
        # After the head of the format, three lines, a byte is the grey of a point.
        points = [page.split(b"\n", 3)[3] for page in pages]
        printed.append([sum(point < DARK for point in page) / len(page) for page in points])
        assert len(points) > 5
    assert max(map(max, printed)) < MOST_INK
