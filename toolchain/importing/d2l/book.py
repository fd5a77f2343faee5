"""A folder of d2lbook becomes a draft."""

from collections.abc import Iterable
from fnmatch import fnmatchcase
from typing import Any

from toolchain.base.errors import ConfigError
from toolchain.importing import markdown, titles
from toolchain.importing.d2l import cells
from toolchain.importing.d2l.config import FILE, D2lConfig
from toolchain.importing.d2l.page import D2lPage
from toolchain.importing.d2l.things import KIND, role
from toolchain.importing.d2l.typed_numbers import Numbers
from toolchain.importing.draft import AT_THE_TOP, Draft
from toolchain.importing.front import make_notebook
from toolchain.importing.labels import Labels
from toolchain.importing.ledger import Place

TITLE = "a book of d2lbook"
ROOT = "index.md"


def recognises(files: Iterable[str], read: Any) -> bool:
    """Say whether a folder is such a book: by its config.ini, or by what only its pages have."""
    names = set(files)
    if FILE in names and "[project]" in read(FILE):
        return True
    return any("{.python .input" in read(name) for name in sorted(names) if name.endswith(".md"))


def take(draft: Draft) -> None:
    """Turn a book into a draft."""
    config = D2lConfig(draft)
    config.apply()
    for path in _pages(draft, config):
        draft.add_page(path)
    if ROOT not in draft.pages:
        raise ConfigError(f"{ROOT}: there is no such page", remedy="A book of d2lbook begins with it.")
    parser = markdown.parser({KIND: role})
    pages = {
        path: D2lPage(page, markdown.blocks(page.texts[0], parser))
        for path, page in draft.pages.items()
        if page.notebook is None
    }
    labels, numbers = _labels(draft, pages.values()), _numbers(pages.values())
    for page in pages.values():
        page.convert(labels, numbers)
        if cells.convert(page.text, page.blocks, config):
            make_notebook(page.page.front)
    for path in draft.pages:
        if path not in pages:
            draft.ledger.lose(
                Place(path), "the markup of d2lbook in a notebook", "Write the page as Markdown."
            )
    titles.complete(draft)
    draft.add_files(FILE)


def _labels(draft: Draft, pages: Iterable[D2lPage]) -> Labels:
    labels = Labels(draft.ledger)
    for page in pages:
        for label, kind, start in page.things.labels():
            labels.add(label, kind, page.text, start)
    return labels


def _numbers(pages: Iterable[D2lPage]) -> Numbers:
    by_name = {page.page.name: page for page in pages}
    numbers = Numbers(
        {name: page.things.parsed() for name, page in by_name.items()},
        {name: page.things.shown() for name, page in by_name.items()},
    )
    for page in by_name.values():
        for block in page.blocks:
            for start, end in block.words:
                numbers.look_for(page.text, start, end)
    return numbers


def _pages(draft: Draft, config: D2lConfig) -> list[str]:
    """Return the files of the pages: all that config.ini names, or all but those about the repository."""
    wanted = config.words("build.notebooks") or ["*.md", "*.ipynb"]
    unwanted = config.words("build.exclusions")
    return [
        path
        for path in draft.found
        if path.endswith((".md", ".ipynb"))
        and any(fnmatchcase(path, pattern) for pattern in wanted)
        and not any(
            fnmatchcase(path, pattern) or path.startswith(f"{pattern.rstrip('/*')}/") for pattern in unwanted
        )
        and ("/" in path or path.partition(".")[0].lower() not in AT_THE_TOP)
    ]
