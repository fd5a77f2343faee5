"""The directive `library-index`: what the book's library has, where it is defined and where it is used."""

import re
from typing import Any, ClassVar

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util.docutils import SphinxDirective
from sphinx.util.logging import getLogger

from toolchain.model import LibraryEntry, LibraryIndex
from toolchain.model.sphinx import current
from toolchain.sphinxext.words import say

logger = getLogger(__name__)
INDEX = "toolchain_library_index"
"""Attribute of Sphinx's environment: the index that pages were read with."""
PAGES = "toolchain_library_pages"
"""Attribute of Sphinx's environment: the pages that show it."""
CODE = re.compile(r"(?<!`)`++([^`]+)`+")
KINDS = {"function": "function", "class": "class", "data": "data"}


class LibraryIndexDirective(SphinxDirective):
    """Lists every definition of the library and no other."""

    has_content = False
    option_spec: ClassVar[dict[str, Any]] = {}

    def run(self) -> list[nodes.Node]:
        """Return a table to look things up in, and each definition with its documentation."""
        index = _index()
        if index is None:
            return [
                self.state.document.reporter.warning(
                    "library-index: no cell of the book is tagged `save`, so there is no library",
                    line=self.lineno,
                )
            ]
        pages: set[str] = getattr(self.env, PAGES, set())
        setattr(self.env, PAGES, pages | {self.env.current_document.docname})
        return [
            self._table(index),
            *(node for entry in index.entries for node in self._entry(entry, index.name)),
        ]

    def _table(self, index: LibraryIndex) -> nodes.Node:
        # Left to itself LaTeX makes the narrow columns so narrow that it breaks "Section".
        table = nodes.table(classes=["library-index", "colwidths-given"])
        group = nodes.tgroup(cols=4)
        group += [nodes.colspec(colwidth=width) for width in (25, 41, 17, 17)]
        body = nodes.tbody()
        head = nodes.thead()
        head += _row([nodes.Text(say(text)) for text in ("Name", "What it is", "Defined in", "Used in")])
        for entry in index.entries:
            name = addnodes.pending_xref(
                "",
                nodes.literal("", entry.name),
                refdomain="py",
                reftype="obj",
                refexplicit=True,
                reftarget=f"{index.name}.{entry.name}",
                refdoc=self.env.current_document.docname,
            )
            body += _row(
                [name, _text(entry.summary), self._link(entry.page, entry.reference), self._users(entry)]
            )
        group += [head, body]
        table += group
        return table

    def _users(self, entry: LibraryEntry) -> nodes.Element:
        links = nodes.inline()
        for position, (page, reference) in enumerate(entry.used_in):
            if position:
                links += nodes.Text(", ")
            links += self._link(page, reference)
        return links

    def _link(self, page: str, text: str) -> nodes.Element:
        return addnodes.pending_xref(
            "",
            nodes.inline("", text),
            refdomain="std",
            reftype="doc",
            refexplicit=True,
            reftarget=f"/{page}",
            refdoc=self.env.current_document.docname,
            refwarn=True,
        )

    def _entry(self, entry: LibraryEntry, library: str) -> list[nodes.Node]:
        description = self._description(library, entry.kind, entry.name, entry.signature)
        content = next(part for node in description for part in node.findall(addnodes.desc_content))
        content += _paragraphs(entry.docstring)
        where = nodes.paragraph("", f"{say('Defined in')} ")
        where += [self._link(entry.page, entry.reference), nodes.Text(".")]
        if entry.used_in:
            where += [nodes.Text(f" {say('Used in')} "), self._users(entry), nodes.Text(".")]
        content += where
        for method in entry.methods:
            below = self._description(library, "method", f"{entry.name}.{method.name}", method.signature)
            next(part for node in below for part in node.findall(addnodes.desc_content)).extend(
                _paragraphs(method.docstring)
            )
            content += below
        return description

    def _description(self, library: str, kind: str, name: str, signature: str) -> list[nodes.Node]:
        """Let Sphinx's Python domain describe an object: it makes the target, and the entry of the general index."""
        description = self.parse_text_to_nodes(
            f"```{{py:{kind}}} {name}{signature}\n:module: {library}\n```\n"
        )
        # Print would explain the mere star of a signature in the middle of it.
        for node in description:
            for abbreviation in list(node.findall(nodes.abbreviation)):
                abbreviation.replace_self(abbreviation.children)
        return description


def _row(cells: list[nodes.Node]) -> nodes.row:
    row = nodes.row()
    for cell in cells:
        paragraph = nodes.paragraph()
        paragraph += cell
        row += nodes.entry("", paragraph)
    return row


def _paragraphs(docstring: str) -> list[nodes.Node]:
    """Return a docstring's paragraphs; examples and indented blocks as they stand."""
    blocks: list[nodes.Node] = []
    for block in re.split(r"\n\s*\n", docstring.strip()) if docstring.strip() else ():
        if block.startswith(">>>"):
            blocks.append(nodes.doctest_block(block, block, language="pycon"))
        elif all(line.startswith(" ") for line in block.splitlines()):
            blocks.append(nodes.literal_block(block, block, language="text"))
        else:
            paragraph = nodes.paragraph()
            paragraph += _text(" ".join(block.split()))
            blocks.append(paragraph)
    return blocks


def _text(text: str) -> nodes.Element:
    """Return a line of text, with what stands in backquotes as code."""
    line = nodes.inline()
    for position, part in enumerate(CODE.split(text)):
        if part:
            line += nodes.literal("", part) if position % 2 else nodes.Text(part)
    return line


def _index() -> LibraryIndex | None:
    sphinx_input = current()
    return sphinx_input.library if sphinx_input else None


def _outdated(
    _app: Sphinx, env: BuildEnvironment, _added: set[str], _changed: set[str], removed: set[str]
) -> list[str]:
    """Return the pages that show the index, if it is not what they were read with."""
    index, earlier = _index(), getattr(env, INDEX, None)
    setattr(env, INDEX, index)
    pages: set[str] = getattr(env, PAGES, set())
    return sorted(pages - removed & env.found_docs) if index != earlier else []


def _compare_numbers(_app: Sphinx, env: BuildEnvironment) -> None:
    """Warn if a section's number in the library's docstrings is not the one that the book gives it."""
    index = _index()
    for page, number in sorted({(entry.page, entry.number) for entry in index.entries} if index else ()):
        book_number = ".".join(map(str, env.toc_secnumbers.get(page, {}).get("") or ()))
        if book_number != number:
            logger.warning(
                "this section has %s in the library's docstrings, and %s in the book",
                f"the number {number}" if number else "no number",
                f"the number {book_number}" if book_number else "no number",
                location=page,
                type="toolchain",
                subtype="library",
            )


def setup(app: Sphinx) -> None:
    """Add the directive, and what keeps its pages up to date."""
    app.add_directive("library-index", LibraryIndexDirective)
    app.connect("env-get-outdated", _outdated)
    app.connect("env-check-consistency", _compare_numbers)
