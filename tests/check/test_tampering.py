"""A good book that is damaged after it was built: the checks name exactly what is damaged."""

import re
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest
from support.running import run_toolchain

SOURCE = "book/chapter_waves/index.md"
PAGE = "_build/html/chapter_waves/index.html"
INDEX = "_build/html/_static/search/index.js"

Findings = list[tuple[str, str, int | None, str]]


def edit(path: str, change: Callable[[str], str]) -> Callable[[Path], None]:
    """Return what changes the text of a file."""

    def tamper(project: Path) -> None:
        file = project / path
        before = file.read_text(encoding="utf-8")
        after = change(before)
        assert after != before
        file.write_text(after, encoding="utf-8")

    return tamper


def without(begin: str, number: int) -> Callable[[str], str]:
    """Return what removes the division that begins so, the last with this number, and all in it."""

    def remove(text: str) -> str:
        start = [match.start() for match in re.finditer(re.escape(begin), text)][number]
        depth = 0
        for tag in re.finditer(r"<(/?)div\b", text[start:]):
            depth += -1 if tag[1] else 1
            if depth == 0:
                end = start + tag.end() + 1
                return text[:start] + text[end:]
        raise AssertionError(begin)

    return remove


def weigh_down(page: Path, toml: Path) -> None:
    """Give a page two megabytes that servers cannot make smaller, and all pages a budget."""
    weight = Random(1).randbytes(1 << 20).hex()  # noqa: S311 - the same in each run
    page.write_text(f"{page.read_text(encoding='utf-8')}<!-- {weight} -->", encoding="utf-8")
    toml.write_text(toml.read_text(encoding="utf-8") + '\n[html]\npage_budget = "1 MB"\n', encoding="utf-8")


CASES: dict[str, tuple[Callable[[Path], object], Findings]] = {
    "a page is deleted": (
        lambda project: (project / PAGE).unlink(),
        [("HTML005", SOURCE, None, "has no page in the site")],
    ),
    "a page is empty": (
        lambda project: (project / PAGE).write_text("", encoding="utf-8"),
        [
            (
                "HTML001",
                "_build/html/genindex.html",
                None,
                "chapter_waves/index.html#index-0: no such place in that page",
            ),
            ("HTML005", SOURCE, None, "its page in the site is empty"),
        ],
    ),
    "a place that another page leads to has another name": (
        edit(PAGE, lambda text: text.replace('id="index-0"', 'id="index-9"')),
        [
            (
                "HTML001",
                "_build/html/genindex.html",
                None,
                "chapter_waves/index.html#index-0: no such place in that page",
            )
        ],
    ),
    "a place that its own page leads to has another name": (
        edit(PAGE, lambda text: text.replace('id="fig-wave"', 'id="fig-wage"')),
        [
            ("HTML001", SOURCE, 10, "#fig-wave: no such place in that page"),
            ("LBL002", SOURCE, 16, "figure fig-wave is not in the site"),
        ],
    ),
    "a script of every page is deleted": (
        lambda project: (project / "_build/html/_static/scripts/book.js").unlink(),
        [("HTML001", "_build/html/404.html", None, "book.js")],
    ),
    "a picture is deleted": (
        lambda project: next((project / "_build/html/_images").glob("*.svg")).unlink(),
        [("HTML001", PAGE, None, ".svg: no such file in the site")],
    ),
    "a page has links to what is no address, and to a folder of the site": (
        edit(
            PAGE,
            lambda text: text.replace(
                "<p>The ", '<p><a href="http://[">x</a><a href="../chapter_waves/">y</a>The '
            ),
        ),
        [("HTML001", PAGE, None, "http://[: is no address: Invalid IPv6 URL")],
    ),
    "a page has an icon that nobody has drawn": (
        edit(PAGE, lambda text: text.replace("<p>The ", '<p><i class="fa-solid fa-no-such-thing"></i>The ')),
        [("HTML008", PAGE, None, "no icon has this name: fa-solid fa-no-such-thing")],
    ),
    "a page is heavier than its budget": (
        lambda project: weigh_down(project / PAGE, project / "_config/book.toml"),
        [
            (
                "HTML009",
                SOURCE,
                None,
                "are loaded for it, and 1 MB are allowed; most for chapter_waves/index.html",
            )
        ],
    ),
    "a page has a head only": (
        lambda project: (project / PAGE).write_text("<html><head><title>A</title></head></html>"),
        [
            (
                "HTML001",
                "_build/html/genindex.html",
                None,
                "chapter_waves/index.html#index-0: no such place in that page",
            ),
            ("HTML007", SOURCE, None, "its page does not say in which language it is"),
            ("LBL002", SOURCE, 12, "equation eq-wave is not in the site"),
            ("LBL002", SOURCE, 16, "figure fig-wave is not in the site"),
            ("HTML004", SOURCE, 23, "cell 1 is not on the page"),
            ("HTML004", SOURCE, 33, "cell 2 is not on the page"),
        ],
    ),
    "an output is removed": (
        edit(PAGE, without('<div class="cell_output', 1)),
        [("HTML004", SOURCE, 33, "cell 2 is on the page without its output")],
    ),
    "an output is changed": (
        edit(PAGE, lambda text: text.replace("<span></span>6\n", "<span></span>7\n")),
        [("HTML004", SOURCE, 33, "cell 2 is on the page with another output")],
    ),
    "a cell is removed": (
        edit(PAGE, without('<div class="cell docutils', 1)),
        [("HTML004", SOURCE, 33, "cell 2 is not on the page")],
    ),
    "the code of a cell is changed": (
        edit(PAGE, lambda text: text.replace(">heights<", ">depths<")),
        [("HTML004", SOURCE, 33, "cell 2 is not on the page")],
    ),
    "an error stands where an output was": (
        edit(
            PAGE,
            lambda text: text.replace(
                "<span></span>6\n", "<span></span>Traceback (most recent call last):\nOSError: no\n"
            ),
        ),
        [("HTML003", SOURCE, 33, "cell 2 shows an error: OSError: no")],
    ),
    "an error stands where an output was, and the page may have errors": (
        lambda project: [
            edit(
                PAGE,
                lambda text: text.replace(
                    "<span></span>6\n", "<span></span>Traceback (most recent call last):\nOSError: no\n"
                ),
            )(project),
            edit(
                SOURCE,
                lambda text: text.replace(
                    "kernelspec:", "mystnb: {execution_allow_errors: true}\nkernelspec:"
                ),
            )(project),
        ],
        [("HTML004", SOURCE, 34, "cell 2 is on the page with another output")],
    ),
    "a role stands where its text was": (
        edit(PAGE, lambda text: text.replace("<p>The ", "<p>The {ref}`wave` ")),
        [("HTML002", PAGE, None, "shown as it was typed: {ref}`")],
    ),
    "the index of the search is empty": (
        lambda project: (project / INDEX).write_text("", encoding="utf-8"),
        [("HTML006", INDEX, None, "is empty or damaged: the search finds nothing")],
    ),
    "the index of the search is of another kind": (
        lambda project: (project / INDEX).write_text('toolchainSearch.index({"pages":3})', encoding="utf-8"),
        [("HTML006", INDEX, None, "is empty or damaged: the search finds nothing")],
    ),
    "the index of the search is deleted": (
        lambda project: (project / INDEX).unlink(),
        [
            ("HTML006", INDEX, None, "there is no such file: the search finds nothing"),
        ],
    ),
    "the search does not know a page": (
        edit(INDEX, lambda text: text.replace('"chapter_waves/index"', '"chapter_waves/other"')),
        [("HTML006", SOURCE, None, "the search does not know this page")],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_what_is_damaged_is_named(name: str, copied: Path) -> None:
    tamper, expected = CASES[name]
    tamper(copied)

    check = run_toolchain("check", "--json", project=copied)

    assert check.code == 1
    findings = [
        (finding["id"], finding["path"], finding.get("line"), finding["message"]) for finding in check.json
    ]
    assert [finding[:3] for finding in findings] == [finding[:3] for finding in expected], findings
    for (*_, message), (*_, part) in zip(findings, expected, strict=True):
        assert part in message


def test_a_page_that_says_nothing_of_itself_is_advice(copied: Path) -> None:
    edit(PAGE, lambda text: re.sub(r"<title>.*?</title>", "", text).replace('<html lang="en"', "<html"))(
        copied
    )

    check = run_toolchain("check", "--json", project=copied)

    assert check.code == 0
    assert [(finding["id"], finding["severity"], finding["message"]) for finding in check.json] == [
        ("HTML007", "advice", "its page does not say in which language it is"),
        ("HTML007", "advice", "its page has no title"),
    ]


def test_a_source_saved_after_the_build_is_said(copied: Path) -> None:
    edit(SOURCE, lambda text: text.replace("sum(map(int, heights))", "max(map(int, heights))"))(copied)

    check = run_toolchain("check", "HTML004", "--json", project=copied)

    assert [(finding["message"], finding["remedy"]) for finding in check.json] == [
        ("cell 2 is not on the page", "The source was saved after the site was made: build again.")
    ]
