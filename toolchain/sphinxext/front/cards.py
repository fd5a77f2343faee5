"""`{chapter-cards}`: a card for each chapter, with what it is about and its sections."""

from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

from toolchain.sources.numbering import BACK
from toolchain.sphinxext.front import contents, leads
from toolchain.sphinxext.front.place import is_print, link, placeholder
from toolchain.sphinxext.provenance import UNSEARCHED


def data(app: Sphinx) -> Any:
    """Return the captions of the parts, each with its chapters and what they say of themselves."""
    return [
        (
            part.caption,
            [
                (chapter.page, leads.of(app.env, chapter.page.name), chapter.sections)
                for chapter in part.chapters
            ],
        )
        for part in contents.of_book(app.env)
        if part.matter != BACK and part.chapters
    ]


def write(app: Sphinx, page: str, shown: Any, _node: placeholder) -> list[nodes.Node]:
    """Return the cards; in notebooks they are paragraphs and lists, and print has its table of contents."""
    if is_print(app):
        return []
    block = nodes.container(classes=["chapter-cards", UNSEARCHED])
    for caption, chapters in shown:
        if caption:
            block += nodes.rubric("", caption, classes=["chapter-cards-part"], **{"heading-level": 2})
        grid = nodes.container(classes=["chapter-cards-grid"])
        for chapter, lead, sections in chapters:
            card = nodes.container(classes=["chapter-card"])
            card += nodes.paragraph("", "", link(app, page, chapter), classes=["chapter-card-title"])
            if lead:
                card += nodes.paragraph("", lead)
            listed = nodes.bullet_list()
            for section in sections:
                listed += nodes.list_item("", nodes.paragraph("", "", link(app, page, section)))
            if sections:
                card += listed
            grid += card
        block += grid
    return [block]
