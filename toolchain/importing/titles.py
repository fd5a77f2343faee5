"""Titles: a page of ours has exactly one, and a book has one."""

import re
from pathlib import Path, PurePosixPath

from toolchain.importing import markdown
from toolchain.importing.draft import Draft, Page
from toolchain.importing.text import Text

DEMOTED = "a page has one title: headings after it are a level deeper"
ADDED = "a page has a title"
DEEPEST = 6
INCLUDE = re.compile(r"^(?:`{3,}|~{3,}|:{3,})[ ]*\{include\}", re.MULTILINE)


def complete(draft: Draft) -> None:
    """Give every page exactly one title."""
    parser = markdown.parser()
    for page in draft.pages.values():
        if page.is_restructured:
            continue
        headings = [
            (text, block)
            for text in page.texts
            for block in markdown.blocks(text, parser)
            if block.token.type == "heading_open" and block.depth == 0 and block.token.level == 0
        ]
        tops = [number for number, (_, block) in enumerate(headings) if block.token.tag == "h1"]
        if not tops and not page.is_titled and not _includes(page):
            _add(page, of_name(page.path))
        elif more := tops[not page.is_titled :]:
            _demote(headings[more[0] :])


def _includes(page: Page) -> bool:
    """Say whether a page takes in another file, which may have its title."""
    return any(INCLUDE.search(text.source) for text in page.texts)


def _demote(headings: list[tuple[Text, markdown.Block]]) -> None:
    for text, block in headings:
        if int(block.token.tag[1]) == DEEPEST:
            text.lose(block.start, "a heading that would be of a seventh level", "Write it as words.")
        elif block.token.markup in ("=", "-"):
            _demote_underlined(text, block)
        else:
            text.insert(block.start + _indent(text.source, block.start), "#", DEMOTED)


def _indent(source: str, start: int) -> int:
    return len(source[start:]) - len(source[start:].lstrip(" "))


def _demote_underlined(text: Text, block: markdown.Block) -> None:
    """Give a heading with a line below it a line of the next kind, or signs before it."""
    first, _, line = text.source[block.start : block.end].rpartition("\n")
    if block.token.markup == "=":
        text.replace(block.end - len(line), block.end, "-" * len(line), DEMOTED)
    else:
        words = " ".join(first.split())
        text.replace(block.start, block.end, f"### {words}", DEMOTED)


def _add(page: Page, title: str) -> None:
    if page.notebook is not None:
        page.add_cell(f"# {title}", ADDED, 0)
        return
    text = page.texts[0]
    text.insert(page.front.end, f"# {title}\n\n", ADDED, rank=-1)


def of_name(path: str) -> str:
    """Return a title from the name of a file or folder: its words, without the number that it begins with."""
    pure = PurePosixPath(path)
    stem = pure.parent.name if pure.stem.lower() in ("index", "readme") and pure.parent.name else pure.stem
    words = re.sub(r"^[\d._\s-]+(?=\D)", "", stem)
    words = " ".join(re.split(r"[\s_-]+", words)).strip() or stem
    return words[:1].upper() + words[1:]


def of_folder(folder: Path) -> str:
    """Return a title from a folder's name."""
    return of_name(folder.resolve().name) or "Book"


def of_first_page(draft: Draft) -> str:
    """Return the title of the first page; empty if there is none yet."""
    root = next((page for page in draft.pages.values() if page.name == "index"), None)
    headings = (
        block.token.content
        for text in (root.texts if root else ())
        for block in markdown.blocks(text, markdown.parser())
        if block.within == "heading_open"
    )
    return " ".join(next(headings, "").split())
