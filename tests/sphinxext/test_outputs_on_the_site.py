"""What cells put out, as readers have it: lines that are marked, what is folded, plots in the dark, pictures at full size."""

import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from lxml import html
from PIL import Image
from playwright.sync_api import Browser, Page
from support import previews
from support.projects import copy_project
from support.running import run_toolchain

from toolchain.sphinxext.site import dark_plots

STOPS = """wanted => [...document.querySelectorAll(".bd-article *")].filter(element => {
    const {overflowX, overflowY} = getComputedStyle(element), moves = /auto|scroll/;
    const scrolls = element.clientWidth > 0 && (
        (moves.test(overflowX) && element.scrollWidth > element.clientWidth)
        || (moves.test(overflowY) && element.scrollHeight > element.clientHeight)
    );
    const stop = element.tabIndex >= 0 && !element.matches("a, button, input, select, summary, textarea");
    return {"scrolls && !stop": scrolls && !stop, "stop && !scrolls": stop && !scrolls, "stop && scrolls": stop && scrolls}[wanted];
}).map(element => element.outerHTML.slice(0, 100))"""
"""What scrolls in itself, and what the keyboard comes to besides links and fields."""


@pytest.fixture(scope="module")
def plots(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = copy_project("published", tmp_path_factory.mktemp("outputs"))
    build = run_toolchain("build", "html", project=folder)
    assert build.code == 0, build.stdout + build.stderr
    return folder / "_build/html/chapter_a/plots.html"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with previews.browser() as opened:
        yield opened


def opened(browser: Browser, path: Path, scheme: str = "light", width: int = 1280) -> Page:
    page = browser.new_context(viewport={"width": width, "height": 800}).new_page()
    page.add_init_script(
        f"localStorage.setItem('theme', '{scheme}'); localStorage.setItem('mode', '{scheme}')"
    )
    page.goto(path.as_uri())
    page.wait_for_load_state("load")
    return page


def test_lines_are_marked_in_cells_and_blocks(plots: Path) -> None:
    cells: Any = html.document_fromstring(plots.read_bytes())
    blocks: Any = html.document_fromstring(plots.with_name("index.html").read_bytes())
    assert [one.text_content().strip() for one in cells.find_class("hll")] == ["plot()", "lines(3)"]
    assert [one.text_content().strip() for one in blocks.find_class("hll")] == ["b = 2"]


def test_cells_are_folded_as_their_tags_say_without_a_script(browser: Browser, plots: Path) -> None:
    page = browser.new_context(java_script_enabled=False).new_page()
    page.goto(plots.as_uri())
    code = page.get_by_text("mesh()", exact=True)
    assert not code.is_visible()
    page.locator(".tag_hide-input summary").click()
    assert code.is_visible()
    assert not page.locator(".tag_hide-output img").is_visible()
    page.locator(".tag_hide-output summary").click()
    assert page.locator(".tag_hide-output img").is_visible()
    text = page.locator("article").inner_text()
    assert "said" in text
    assert [word for word in ("unseen", "gone()", "unsaid()", "unheard") if word in text] == []


def test_what_folds_says_in_words_what_it_does(browser: Browser, plots: Path) -> None:
    page = opened(browser, plots)
    for tag, what in (("hide-input", "source"), ("hide-output", "output"), ("hide-cell", "content")):
        summary = page.locator(f".tag_{tag} summary").first
        closed = summary.inner_text().strip()
        assert re.fullmatch(rf"Show code cell {what}", closed), closed
        assert summary.get_attribute("aria-label") is None, "a name would hide the words"
        summary.click()
        assert summary.inner_text().strip() == closed.replace("Show", "Hide")


def test_what_is_folded_is_on_the_paper_and_folded_again_after_it(browser: Browser, plots: Path) -> None:
    page = opened(browser, plots)
    folded = page.locator(".bd-article details")
    number = folded.count()
    assert number == page.locator(".bd-article details:not([open])").count() > 0

    paper = pypdfium2.PdfDocument(page.pdf())

    text = "".join(sheet.get_textpage().get_text_range() for sheet in paper)
    assert "mesh()" in text
    assert "w = 'wide wide" in text
    assert "code cell" not in text, "nobody opens or closes anything on paper"
    assert page.locator(".bd-article details:not([open])").count() == number


@pytest.mark.parametrize("width", [390, 1280])
def test_what_scrolls_is_a_tab_stop_and_nothing_else_is_one_that_has_no_use(
    browser: Browser, plots: Path, width: int
) -> None:
    page = opened(browser, plots, width=width)
    page.evaluate("for (const part of document.querySelectorAll('details')) part.open = true")
    page.evaluate("dispatchEvent(new Event('resize'))")

    def marked(selector: str) -> list[str]:
        return [str(one) for one in page.evaluate(STOPS, selector)]

    assert marked("scrolls && !stop") == []
    assert marked("stop && !scrolls") == []
    assert len(marked("stop && scrolls")) >= 2, "a long output, and a wide table"


@pytest.mark.parametrize(
    ("scheme", "ground", "axis"),
    [("light", (255, 255, 255), (0, 0, 0)), ("dark", (22, 24, 28), (206, 214, 221))],
)
def test_plot_has_the_grounds_of_the_page_and_its_own_colours(
    browser: Browser,
    plots: Path,
    scheme: str,
    ground: tuple[int, ...],
    axis: tuple[int, ...],
) -> None:
    page = opened(browser, plots, scheme)
    plot = page.locator(".cell_output img").nth(0)
    ink = colours(plot.screenshot())
    assert ground in ink
    assert axis in ink
    assert (214, 39, 40) in ink, "the colour of the data"
    assert ((0, 0, 128) in ink) == (scheme == "light"), "one that could not be seen in the dark is lighter"
    if scheme == "dark":
        page.locator(".tag_hide-input summary").click()
        mesh = page.locator(".tag_hide-input img")
        assert mesh.evaluate("image => getComputedStyle(image).backgroundColor") == "rgb(255, 255, 255)"


def colours(picture: bytes) -> set[tuple[int, ...]]:
    """Return the colours of many dots of a picture."""
    with Image.open(io.BytesIO(picture)) as image:
        counted: Any = image.convert("RGB").getcolors(1 << 24) or []
    return {colour for count, colour in counted if count > 30}


def test_mesh_and_pictures_of_others_stay_as_they_are() -> None:
    plot = (
        b'<svg><dc:title>Matplotlib v3</dc:title><g id="figure_1"><path style="stroke: #000000"/></g></svg>'
    )
    assert b"prefers-color-scheme" in dark_plots.in_both(plot)
    for other in (
        plot.replace(b"Matplotlib", b"Another"),
        plot.replace(b"<path", b"<image/><path"),
        plot.replace(b"<path", b'<g id="QuadMesh_1"/><path'),
    ):
        assert dark_plots.in_both(other) == other


@pytest.mark.parametrize("width", [390, 1280])
def test_picture_opens_at_full_size_and_closes_with_escape(browser: Browser, plots: Path, width: int) -> None:
    page = opened(browser, plots, width=width)
    button = page.locator(".enlarging button").first
    button.focus()
    page.keyboard.press("Enter")
    dialog = page.locator("dialog.enlarged")
    small, large = page.locator(".enlarging img").first.bounding_box(), dialog.locator("img").bounding_box()
    assert small
    assert large
    assert large["width"] > small["width"]
    page.keyboard.press("Escape")
    dialog.wait_for(state="detached")
    assert button.evaluate("button => button === document.activeElement")
    page.locator(".enlarging img").first.click()
    dialog.get_by_role("button").click()
    dialog.wait_for(state="detached")


@pytest.mark.parametrize("width", [390, 1280])
def test_what_is_wide_or_long_scrolls_in_itself(browser: Browser, plots: Path, width: int) -> None:
    page = opened(browser, plots, width=width)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    long = page.locator(".output.stream pre").first
    assert long.evaluate("pre => pre.clientHeight < 600 && pre.scrollHeight > 3000")
    table = page.locator(".output.text_html").first
    assert table.evaluate("table => { table.scrollLeft = 50; return table.scrollLeft > 0 }")


def test_lines_that_are_not_there_are_named(tmp_path: Path) -> None:
    project = copy_project("published", tmp_path)
    page = project / "book/chapter_a/plots.ipynb"
    page.write_text(re.sub(r'"emphasize-lines": "1,3"', '"emphasize-lines": "7"', page.read_text()))
    build = run_toolchain("build", "html", project=project)
    assert build.code == 1
    assert "emphasize-lines is '7', and the cell has lines 1 to 3" in build.stdout + build.stderr
