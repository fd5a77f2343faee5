"""A project of mystmd becomes a draft."""

import re
from collections.abc import Iterable
from typing import Any

from toolchain.base.decoding import read_loosely
from toolchain.importing import markdown, titles
from toolchain.importing.draft import Draft
from toolchain.importing.labels import Labels
from toolchain.importing.ledger import Place
from toolchain.importing.markdown import Block
from toolchain.importing.mystmd import citations
from toolchain.importing.mystmd.config import MystConfig
from toolchain.importing.mystmd.converting import Converting
from toolchain.importing.mystmd.labels import add_labels
from toolchain.importing.mystmd.page_front import ABBREVIATION, PageFront
from toolchain.importing.mystmd.toc import FILE, MystContents
from toolchain.importing.text import Text
from toolchain.project.book_toml import BOOK_TOML
from toolchain.sources.entry_lines import entries

TITLE = "a project of mystmd"


def recognises(files: Iterable[str], _read: Any) -> bool:
    """Say whether a folder is such a project."""
    return FILE in set(files)


def take(draft: Draft) -> None:
    """Turn a project into a draft."""
    config = MystConfig(draft)
    config.apply()
    contents = MystContents(draft, config.project)
    draft.contents = contents.read()
    draft.generated |= contents.generated
    listed = {draft.contents.root, *draft.contents.lines, *_listed(draft)}
    for path in draft.found:
        if path.rpartition(".")[0] in listed and path.endswith((".md", ".ipynb")):
            draft.add_page(path)
    works = {
        key
        for path, file in draft.found.items()
        if path.endswith(".bib")
        for _, key in entries(read_loosely(file).split("\n"))
    }
    parser = markdown.parser(citations.RULES)
    texts = [
        (page, text, markdown.blocks(text, parser)) for page in draft.pages.values() for text in page.texts
    ]
    labels = Labels(draft.ledger)
    for _, text, blocks in texts:
        add_labels(labels, text, blocks)
    front = {
        page.path: PageFront(page, draft, config) for page in draft.pages.values() if page.notebook is None
    }
    for of_page in front.values():
        labels.add(of_page.label.lower(), "ref", of_page.page.texts[0], 0)
    converting = Converting(draft, works, labels)
    for page, text, blocks in texts:
        converting.convert(text, blocks)
        _abbreviate(
            text,
            blocks,
            {**config.abbreviations, **(front[page.path].abbreviations if page.path in front else {})},
        )
    for of_page in front.values():
        of_page.convert([block for other, _, blocks in texts if other is of_page.page for block in blocks])
    lists = any(
        block.directive and block.directive.name == "bibliography" for *_, blocks in texts for block in blocks
    )
    if converting.cites and not lists:
        draft.toml["bibliography"] = {"per_chapter": True}
        draft.ledger.made.append((BOOK_TOML, "`per_chapter = true`: no page lists the works that are cited"))
    titles.complete(draft)
    draft.add_files(FILE)
    for path in draft.toml.get("sources", {}).get("exclude", []):
        draft.ledger.lose(Place(path), "no list has this page", "List it in a toctree, or leave it out.")


def _listed(draft: Draft) -> set[str]:
    assert draft.contents is not None  # noqa: S101 - it was just set
    lists = draft.contents.lists.values()
    return {entry.target for listed in lists for one in listed for entry in one.entries}


def _abbreviate(text: Text, blocks: list[Block], abbreviations: dict[str, str]) -> None:
    for short, meaning in abbreviations.items():
        pattern = re.compile(rf"(?<![\w{{`]){re.escape(short)}(?![\w`])")
        spans = (span for block in blocks if block.within == "paragraph_open" for span in block.words)
        if found := next((match for span in spans if (match := pattern.search(text.source, *span))), None):
            text.replace(found.start(), found.end(), f"{{abbr}}`{short} ({meaning})`", ABBREVIATION)
