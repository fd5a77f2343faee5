"""`{contributors}` and `{cite-book}`: who has worked on the book, and how to cite it."""

import re
from datetime import UTC, datetime
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

from toolchain.model.sphinx import current
from toolchain.sphinxext import dates
from toolchain.sphinxext.front.place import placeholder
from toolchain.sphinxext.site import publication

CITATION = "how-to-cite"
SPECIAL = re.compile(r"([&%$#_{}])")


def contributors(app: Sphinx) -> Any:
    """Return the names: those of book.toml, or else those that git has."""
    sphinx_input = current()
    return publication.of(app.config).book.contributors or (sphinx_input.contributors if sphinx_input else ())


def write_contributors(_app: Sphinx, _page: str, shown: Any, _node: placeholder) -> list[nodes.Node]:
    """Return the names; nothing where nobody knows them."""
    return [nodes.paragraph("", f"{', '.join(shown)}.", classes=["contributors"])] if shown else []


def year(app: Sphinx) -> Any:
    """Return the year in which the edition appeared, or that of the last change; empty where nobody knows either."""
    sphinx_input = current()
    if said := publication.of(app.config).book.date_text:
        return said[:4]
    if sphinx_input is None or not dates.is_known(sphinx_input.epoch):
        return ""
    return str(datetime.fromtimestamp(sphinx_input.epoch, UTC).year)


def write_citation(app: Sphinx, _page: str, shown: Any, _node: placeholder) -> list[nodes.Node]:
    """Return the book as a list of works would have it, and the entry for BibTeX."""
    known = publication.of(app.config)
    book = known.book
    title = ": ".join(filter(None, (book.title, book.subtitle)))
    authors = ", ".join(book.author_names)
    isbn = next(iter(known.isbns), "")
    words = nodes.paragraph(
        "", f"{authors} ({shown}). " if shown else f"{authors}. ", nodes.emphasis("", title)
    )
    words += nodes.Text(f" ({book.edition})." if book.edition else ".")
    words += [nodes.Text(f" {said}.") for said in (book.publisher, isbn and f"ISBN {isbn}") if said]
    # A DOI leads to the book wherever that is.
    if address := f"https://doi.org/{book.doi}" if book.doi else book.site:
        words += [nodes.Text(" "), nodes.reference("", address, refuri=address)]
    fields = {
        "title": f"{{{_escaped(title)}}}",
        # Of one name with several words BibTeX would take the last for a family's.
        "author": " and ".join(f"{{{_escaped(author)}}}" for author in book.author_names),
        "edition": _escaped(book.edition),
        "publisher": f"{{{_escaped(book.publisher)}}}" if book.publisher else "",
        "year": shown,
        "isbn": isbn,
        "doi": _escaped(book.doi),
        "url": book.site,
    }
    lines = [f"  {name} = {{{value}}}," for name, value in fields.items() if value]
    entry = "\n".join([f"@book{{{book.slug},", *lines, "}"])
    block = nodes.container(ids=[CITATION], classes=["citation-of-book"])
    block += [words, nodes.literal_block(entry, entry, language="bibtex")]
    return [block]


def _escaped(text: str) -> str:
    return SPECIAL.sub(r"\\\1", text)
