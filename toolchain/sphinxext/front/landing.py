"""`{landing}`: what the book is, whose, and where to begin; under the title of the first page."""

from collections.abc import Iterator
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

from toolchain.model.sphinx import current
from toolchain.sources.numbering import BACK
from toolchain.sphinxext.front import contents
from toolchain.sphinxext.front.about import CITATION
from toolchain.sphinxext.front.place import address, file_address, is_print, is_site, placeholder
from toolchain.sphinxext.site import publication
from toolchain.sphinxext.words import say

READ, CITE = "Read", "Cite"
BETWEEN = " · "


def data(app: Sphinx) -> Any:
    """Return the page that the book begins with, and what the site offers of the whole book."""
    sphinx_input = current()
    parts = [part for part in contents.of_book(app.env) if part.matter != BACK]
    first = next((chapter.page.name for part in parts for chapter in part.chapters), "")
    return first, dict(sphinx_input.downloads) if sphinx_input else {}


def write(app: Sphinx, page: str, shown: Any, node: placeholder) -> list[nodes.Node]:
    """Return a block of the site; in notebooks its words, and in print nothing: the first pages have it already."""
    if is_print(app):
        return []
    book = publication.of(app.config).book
    block = nodes.container(classes=["landing"])
    text = nodes.container(classes=["landing-text"])
    lines = {
        "landing-subtitle": book.subtitle,
        "landing-authors": BETWEEN.join(filter(None, (", ".join(book.author_names), book.edition))),
        "landing-description": book.description,
    }
    text += [nodes.paragraph("", line, classes=[name]) for name, line in lines.items() if line]
    if is_site(app):
        text += nodes.paragraph("", "", *_buttons(app, page, node, *shown), classes=["landing-buttons"])
    licences = ((say("Text"), book.text_licence), (say("Code"), book.code_licence))
    if said := BETWEEN.join(f"{what}: {licence}" for what, licence in licences if licence):
        text += nodes.paragraph("", said, classes=["landing-licence"])
    block += [text, *node.children]
    return [block]


def _buttons(
    app: Sphinx, page: str, node: placeholder, first: str, downloads: dict[str, str]
) -> Iterator[nodes.Node]:
    addresses = {say(READ): address(app, page, first)} if first else {}
    addresses |= {say(name): file_address(app, page, path) for name, path in downloads.items()}
    if node.document and any(_is_citation(other) for other in node.document.findall(nodes.Element)):
        addresses[say(CITE)] = f"#{CITATION}"
    for number, (text, uri) in enumerate(addresses.items()):
        if number:
            yield nodes.Text(" ")
        yield nodes.reference("", text, refuri=uri, internal=True, classes=["landing-button"])


def _is_citation(node: nodes.Element) -> bool:
    return CITATION in node.get("ids", ()) or node.get("kind") == "cite-book"
