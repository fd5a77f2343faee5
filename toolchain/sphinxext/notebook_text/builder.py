"""The builder: for every page a file of parts, which `toolchain.forms.notebooks.bundles` puts together with the code cells."""

import os
import posixpath
import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import Any, ClassVar

import msgspec
from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.builders import Builder

from toolchain.base.files import is_file
from toolchain.base.refusals import BUILD
from toolchain.model.files import cell_of
from toolchain.model.notebook_text import PAGE, PARTS, CellText, PageText
from toolchain.model.sphinx import current
from toolchain.sphinxext import numbers
from toolchain.sphinxext.citations import is_of_chapter
from toolchain.sphinxext.files import reach_of
from toolchain.sphinxext.notebook_text import typed_html
from toolchain.sphinxext.notebook_text.blocks import Blocks, Numbers
from toolchain.sphinxext.notebook_text.by_extensions import Hooks
from toolchain.sphinxext.notebook_text.flow import Flow
from toolchain.sphinxext.notebook_text.inline import Inline, anchor
from toolchain.sphinxext.of_env import application

NAME = "notebooks"
WHOLE = "toolchain-notebook-resolved"
"""Event: a page of this builder has all that it shows, lists of other pages too, which Sphinx's `doctree-resolved` lacks."""
DIGITS = 6
PICTURES = "pictures"
"""Folder of an archive for the pictures that pages have in themselves, which Sphinx takes out of them."""
OF_ADDRESSES = {character: f"%{character:02X}" for character in (*range(32), *map(ord, "%#?:&$"))}
"""What means something else in an address, or in the Markdown around it, than in the name of a file."""


class NotebooksBuilder(Builder):
    """Writes the text of every page as Markdown that any Jupyter front end shows."""

    name = NAME
    format = NAME
    epilog = ""
    allow_parallel = False
    supported_image_types: ClassVar[list[str]] = ["image/svg+xml", "image/png", "image/jpeg", "image/gif"]

    def get_outdated_docs(self) -> Iterator[str]:
        """Return every page: each is small, and numbers anywhere may have changed."""
        yield from self.env.found_docs

    def get_target_uri(self, docname: str, typ: str | None = None) -> str:  # noqa: ARG002 - Sphinx's signature
        """Return a page's address for the time being: where it leads depends on the bundle that it will be in."""
        return f"{PAGE}{docname}"

    def get_relative_uri(self, from_: str, to: str, typ: str | None = None) -> str:
        """Return the same, wherever it is seen from."""
        del from_
        return self.get_target_uri(to, typ)

    def prepare_writing(self, docnames: AbstractSet[str]) -> None:
        """Find the bibliography: a page refers to its entries and shows those that it cites."""
        del docnames
        self._citations: dict[tuple[str, str], nodes.citation] = {}
        self._resolved: dict[str, nodes.document] = {}
        domain: Any = self.env.get_domain("cite")
        for docname in sorted({key.docname for key in domain.bibliographies}):
            # A copy: when Sphinx resolves the page again, to write it, the same entries get their text once more.
            self._resolved[docname] = self.env.get_and_resolve_doctree(
                docname, self, tags=self.tags
            ).deepcopy()
            for citation in self._resolved[docname].findall(nodes.citation):
                self._citations |= {(docname, identifier): citation for identifier in citation["ids"]}

    def write_doc(self, docname: str, doctree: nodes.document) -> None:
        """Write the parts of a page."""
        page = _Page(self, docname)
        hooks = Hooks(application(self.env), self)
        flow = Flow(Inline(page.address, page.image, page.equation, hooks), page.numbers, page.place, hooks)
        whole = self._resolved.get(docname, doctree)
        self.events.emit(WHOLE, whole, docname)
        parts = [*flow.parts(whole), *page.references(flow.blocks)]
        target = Path(self.outdir, docname + PARTS)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(
            msgspec.json.encode(PageText(parts=tuple(parts), files=dict(sorted(page.files.items()))))
        )

    def citation(self, docname: str, identifier: str) -> nodes.citation | None:
        """Return an entry of the bibliography."""
        return self._citations.get((docname, identifier))


def _sort_key(citation: nodes.citation) -> str:
    """Return what entries are sorted by: their labels, in which 10 comes after 9, and who wrote alone before who did with others."""
    label = citation.astext().lower().replace(",", "")
    return re.sub(r"\d+", lambda match: match[0].zfill(DIGITS), label)


class _Page:
    """What the writers have to know of one page."""

    def __init__(self, builder: NotebooksBuilder, docname: str) -> None:
        self._builder = builder
        self._env = builder.env
        self._docname = docname
        self._cited: dict[str, nodes.citation] = {}
        self._reach = reach_of(application(builder.env))
        sphinx_input = current()
        self._sources = sphinx_input.sources if sphinx_input else ""
        self.files: dict[str, str] = {}

    @property
    def numbers(self) -> Numbers:
        """The numbers that Sphinx has given to what is on the page."""
        return Numbers(section=self._section, caption=self._caption, equation=self.equation)

    def place(self, line: int) -> int | None:
        """Return the position, among all cells of the page's notebook, of the one that a line is in; None if it is none."""
        starts: list[int] | None = self._env.metadata[self._docname].get("source_map")
        if starts is not None:  # lines counted from 0, of what comes after the fence of a code cell
            return max(bisect_right(starts, line - 1) - 1, 0)
        number = cell_of(str(self._env.doc2path(self._docname)), line)
        return number - 1 if number else None

    def address(self, node: nodes.reference) -> str:
        """Return where a reference leads: within this notebook, to another one, or away."""
        if "refid" in node:
            citation = self._builder.citation(self._docname, node["refid"])
            # The list of a chapter is left out: each notebook has what it cites.
            if citation is not None and is_of_chapter(citation):
                return self._cite(node["refid"], citation)
            return f"#{node['refid']}"
        if isinstance(node, addnodes.download_reference) and "://" not in node["reftarget"]:
            return self._path_from_notebook(self._env.relfn2path(node["reftarget"], self._docname)[0])
        uri = str(node.get("refuri", ""))
        if not uri.startswith(PAGE):
            return uri
        page, _, fragment = uri.removeprefix(PAGE).partition("#")
        citation = self._builder.citation(page, fragment)
        if citation is not None:
            return self._cite(fragment, citation)
        return f"#{fragment}" if page == self._docname and fragment else uri

    def _cite(self, identifier: str, citation: nodes.citation) -> str:
        """Remember to list an entry; return its place in this notebook."""
        self._cited[identifier] = citation
        return f"#cite-{identifier}"

    def image(self, node: nodes.image) -> str:
        """Return an image's path from the notebook, and remember to put it there."""
        candidates: Mapping[str, str] = node.get("candidates", {})
        source = candidates.get("*", node["uri"])
        if source.endswith("*"):  # of `picture.*` the one that fits best
            kinds = self._builder.supported_image_types
            source = next((candidates[kind] for kind in kinds if kind in candidates), source)
        return source if "://" in source else self._path_from_notebook(source)

    def _path_from_notebook(self, source: str) -> str:
        """Return the path of a file from the notebook, and remember to put it there."""
        path = Path(self._env.srcdir, source)
        name = posixpath.normpath(posixpath.join(self._sources, source))
        if is_file(path):  # else Sphinx has said so
            is_made = BUILD in Path(os.path.relpath(path, self._reach.project)).parts
            name = posixpath.join(self._sources, PICTURES, path.name) if is_made else self._reach.name(path)
            self.files[name] = os.path.relpath(path.resolve(), self._reach.project)
        return posixpath.relpath(
            name, posixpath.dirname(posixpath.join(self._sources, self._docname)) or "."
        ).translate(OF_ADDRESSES)

    def references(self, blocks: Blocks) -> Iterator[CellText]:
        """Yield a cell with the entries of the bibliography that the page cites."""
        entries = []
        for identifier, citation in sorted(self._cited.items(), key=lambda entry: _sort_key(entry[1])):
            entries += [f"- {anchor(f'cite-{identifier}')}{blocks.entry(citation)}"]
        if entries:
            yield CellText(markdown="## References\n\n" + "\n".join(entries))

    def _section(self, identifier: str) -> str:
        return numbers.section(self._env, self._docname, [identifier], first=identifier in self._first_ids())

    def _first_ids(self) -> list[str]:
        first = next(iter(self._env.get_doctree(self._docname).findall(nodes.section)), None)
        return list(first["ids"]) if first is not None else []

    def _caption(self, node: nodes.Element) -> str:
        kind = self._env.domains.standard_domain.get_enumerable_node_type(node) or ""
        return numbers.caption(self._env, self._docname, node["ids"], kind)

    def equation(self, node: nodes.math_block) -> str:
        """Return the number of a formula; empty if it has none."""
        return numbers.equation(self._env, self._docname, node)


def setup(app: Sphinx) -> None:
    """Register the builder."""
    app.add_builder(NotebooksBuilder)
    typed_html.setup(app, NAME)
