"""The preview as whoever writes has it: an editor that saves, and a browser beside it."""

import re
import shutil
import signal
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pypdfium2
import pytest
from filelock import FileLock
from playwright.sync_api import Browser, Error, Page
from support.previews import (
    CODE,
    INDEX,
    SECONDS,
    Preview,
    browser,
    close,
    free_port,
    prose,
    start,
    wait,
    write_book,
)
from support.running import run_toolchain

MILLISECONDS = SECONDS * 1000
STYLE_SHEET = re.compile(rb"(?<=\.css)\?v=[0-9a-f]+")
PROBLEMS = "toolchain-preview .problem"


@pytest.fixture
def chromium() -> Iterator[Browser]:
    with browser() as opened:
        yield opened


@pytest.fixture(scope="module")
def preview(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Preview]:
    started = start(write_book(tmp_path_factory.mktemp("previewed") / "book-of-it"), free_port())
    started.built()
    # Sphinx gives pages that it writes again another address of a style sheet: they are loaded anew, once.
    started.write("book/prose.md", prose("Second words."))
    wait(lambda: "Second words." in started.served("prose.html"), started.said)
    started.built(2)
    yield started
    if started.process.poll() is None:
        started.process.kill()
        started.process.wait()


@pytest.fixture
def page(chromium: Browser, preview: Preview) -> Iterator[Page]:
    """Give the page of prose, scrolled to its middle."""
    opened = _opened(chromium, preview, "prose.html")
    opened.evaluate("window.scrollTo(0, 900)")
    yield opened
    close(opened)


def _opened(chromium: Browser, preview: Preview, name: str) -> Page:
    opened = chromium.new_page(viewport={"width": 900, "height": 500})
    opened.set_default_timeout(MILLISECONDS)
    opened.goto(preview.address(name))
    opened.evaluate("window.mark = 1")
    return opened


def test_what_is_saved_is_seen_and_the_page_stays_where_it_was(
    chromium: Browser, preview: Preview, page: Page
) -> None:
    other = _opened(chromium, preview, "index.html")
    page.click("#more summary", force=True)
    page.evaluate("window.scrollTo(0, 900)")

    preview.write("book/prose.md", prose("Other words.\n\nAnd *more* of them, $b^2$."))
    page.wait_for_selector("text=And more of them")

    assert page.evaluate("window.scrollY") == 900
    assert page.evaluate("document.querySelector('#more').open")
    assert page.evaluate("window.mark") == 1, "of a page of prose only what is new is put in"
    page.wait_for_function("document.querySelectorAll('article math').length == 2")
    assert other.evaluate("window.mark") == 1, "another page does not care"
    close(other)


def test_a_heading_is_seen_and_the_page_stays_where_it_was(preview: Preview, page: Page) -> None:
    page.evaluate("document.querySelector('#more').open = true; window.scrollTo(0, 900)")

    preview.write("book/prose.md", prose("Words.").replace("# Prose", "# Prose, renamed"))
    page.wait_for_selector("article h1:has-text('Prose, renamed')")

    page.wait_for_function("window.scrollY == 900")
    assert page.evaluate("document.querySelector('#more').open")
    assert page.evaluate("window.mark") is None, (
        "the whole page is loaded anew: its side bars have changed as well"
    )
    # Of its heading other pages know as well; they have it a moment later, and are not to be opened before by other tests.
    wait(lambda: "renamed" in preview.served("index.html"), preview.said)
    preview.write("book/prose.md", prose("Words."))
    page.wait_for_selector("article h1:not(:has-text('renamed'))")
    wait(lambda: "renamed" not in preview.served("index.html"), preview.said)


def test_what_a_reference_leads_to_is_shown_as_it_was_saved_last(chromium: Browser, preview: Preview) -> None:
    other = _opened(chromium, preview, "index.html")
    for first in ("Paragraph 0 of many.", "Another beginning."):
        preview.write("book/prose.md", prose("Words.").replace("Paragraph 0 of many.", first))

        def shows(first: str = first) -> bool:
            other.mouse.move(0, 0)
            try:
                other.wait_for_selector(".reference-preview", state="detached", timeout=5000)
                other.hover("article p a.reference.internal", timeout=5000)
                shown = other.wait_for_selector(".reference-preview", timeout=5000)
            except Error:
                return False  # the file of the page is being written, or much else is going on
            return shown is not None and first in (shown.text_content() or "")

        wait(shows, preview.said)
    assert other.evaluate("window.mark") == 1, "the page that refers to it does not care"
    close(other)


def test_what_is_wrong_is_on_the_page_until_it_is_mended(
    chromium: Browser, preview: Preview, page: Page
) -> None:
    other = _opened(chromium, preview, "index.html")

    preview.write("book/prose.md", prose("See {ref}`prose-of-nothing`."))
    told = page.locator(PROBLEMS).inner_text()

    assert "book/prose.md:" in told
    assert "prose-of-nothing" in told
    assert "SRC002" in told
    other.wait_for_selector("toolchain-preview >> text=1 elsewhere")
    wait(lambda: "prose-of-nothing" in preview.said(), preview.said)
    preview.write("book/prose.md", prose("See nothing."))
    page.wait_for_selector(PROBLEMS, state="detached")
    other.wait_for_selector("toolchain-preview >> text=1 elsewhere", state="detached")
    close(other)


def test_a_cell_that_fails_leaves_the_page_as_it_was(chromium: Browser, preview: Preview) -> None:
    page = _opened(chromium, preview, "code.html")
    page.wait_for_selector("text=result 1")

    preview.write("book/code.md", CODE.format(value="1 / 0"))
    told = page.locator(PROBLEMS).inner_text()

    assert "book/code.md:12" in told
    assert "cell 1: cell error: ZeroDivisionError: division by zero" in told
    assert page.locator("article >> text=result 1").count() == 1
    assert "ZeroDivisionError" in preview.said()
    preview.write("book/code.md", CODE.format(value=2))
    page.wait_for_selector("text=result 2")
    page.wait_for_selector(PROBLEMS, state="detached")
    close(page)


def test_a_broken_book_toml_is_said_and_the_last_site_stays(preview: Preview, page: Page) -> None:
    toml = preview.project / "_config/book.toml"
    good = toml.read_text()

    preview.write("_config/book.toml", good.replace("title =", "titel ="))
    told = page.locator("toolchain-preview .stopped").inner_text()

    assert "_config/book.toml:2: unknown key 'titel'" in told
    assert page.request.get(preview.address("code.html")).status == 200
    preview.write("_config/book.toml", good.replace("Previewed", "Renamed"))
    page.wait_for_selector("toolchain-preview .stopped", state="detached")
    page.wait_for_function("document.title.includes('Renamed')")


def test_a_page_that_comes_and_goes(chromium: Browser, preview: Preview) -> None:
    page = _opened(chromium, preview, "new.html")
    assert page.locator("h1").inner_text() == "There is no such page."

    preview.write("book/new.md", "# New\n\nIt is here.\n")
    preview.write("book/index.md", INDEX.replace("code\n", "code\nnew\n"))
    page.wait_for_selector("article >> text=It is here.")

    preview.write("book/index.md", INDEX)
    (preview.project / "book/new.md").unlink()
    wait(lambda: page.request.get(preview.address("new.html")).status == 404, preview.said)
    close(page)


def test_of_many_saves_the_last_is_seen_and_the_files_are_those_of_a_build(
    preview: Preview, page: Page, tmp_path: Path
) -> None:
    for number in range(20):
        preview.write("book/prose.md", prose(f"Save number {number}."))
        time.sleep(0.25)
    page.wait_for_selector("text=Save number 19.")
    wait(lambda: not page.locator("toolchain-preview .doing").count(), preview.said)

    # What serving adds is in the answers only.
    alone = tmp_path / "alone" / preview.project.name
    for folder in ("book", "_config", "_build/store"):
        shutil.copytree(preview.project / folder, alone / folder)
    assert run_toolchain("build", "html", project=alone).code == 0
    beside = run_toolchain("build", "html", project=preview.project)
    assert beside.code == 0
    # It may have waited for the preview's own, which the page was shown ahead of.
    assert "Sphinx" not in beside.stderr
    assert _files(preview.project / "_build/html") == _files(alone / "_build/html")


def test_a_save_goes_before_the_pdf_that_is_made_then_or_not_after_all(
    preview: Preview, page: Page, tmp_path: Path
) -> None:
    page.click("toolchain-preview .summary")
    page.click("toolchain-preview >> text=Make the PDF")
    wait(lambda: "making the PDF" in preview.said(), preview.said)
    preview.write("book/prose.md", prose("Saved while it was printed."))
    page.wait_for_selector("article >> text=Saved while it was printed.")
    link = page.locator("toolchain-preview a[href$='.pdf']")
    assert link.count() == 0
    link.wait_for(timeout=3 * MILLISECONDS)

    pdf = tmp_path / "previewed.pdf"
    pdf.write_bytes(page.request.get(preview.address(str(link.get_attribute("href"))[1:])).body())
    document = pypdfium2.PdfDocument(pdf)
    words = "".join(sheet.get_textpage().get_text_range() for sheet in document)
    document.close()
    assert "Saved while it was printed." in words
    page.click("toolchain-preview >> text=Make the PDF")
    page.click("toolchain-preview >> text=Cancel")
    page.wait_for_selector("toolchain-preview >> text=Make the PDF")
    wait(lambda: not page.locator("toolchain-preview .doing").count(), preview.said)


def _files(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): STYLE_SHEET.sub(b"", path.read_bytes())
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != ".buildinfo"
    }


def test_a_builder_that_is_killed_is_said_and_the_next_save_starts_another(
    preview: Preview, page: Page
) -> None:
    for process in preview.processes():
        with suppress(psutil.NoSuchProcess):  # another may have ended just now
            if "toolchain.preview.builder" in process.cmdline():
                process.kill()
    told = page.locator("toolchain-preview .stopped").inner_text()

    assert "what makes the pages has ended" in told
    preview.write("book/prose.md", prose("After its end."))
    page.wait_for_selector("text=After its end.")
    page.wait_for_selector("toolchain-preview .stopped", state="detached")


def test_a_page_goes_on_when_the_preview_was_killed_and_started_again(preview: Preview, page: Page) -> None:
    processes = preview.processes()
    preview.end(signal.SIGKILL)
    page.wait_for_selector("toolchain-preview >> text=preview ended")
    psutil.wait_procs(processes, timeout=SECONDS)
    assert [process for process in processes if process.is_running()] == []

    preview.write("book/prose.md", prose("Meanwhile."))
    again = start(preview.project, preview.port)
    page.wait_for_selector("text=Meanwhile.")

    # Nothing of a PDF that is being made stays, either.
    page.click("toolchain-preview .summary")
    page.click("toolchain-preview >> text=Make the PDF")
    wait(lambda: "making the PDF" in again.said(), again.said)
    processes = again.processes()
    assert again.end() == 0
    assert [process for process in processes if process.is_running()] == []
    assert [path.name for path in (preview.project / "_build").glob(".aside-*")] == []
    assert not (preview.project / "_build/preview").exists()
    with FileLock(preview.project / "_build/.lock", timeout=0):
        assert not (preview.project / "_build/building").exists()
