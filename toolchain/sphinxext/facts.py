"""The facts of each page, collected as it is read, for checks of the sources and the table of labels."""

import posixpath
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import msgspec
from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

from toolchain.model import Facts, Label, PageFacts, Passage, Picture, Reference, Sample, Target
from toolchain.model import Link as FactLink
from toolchain.model.facts import GAP
from toolchain.model.sphinx import current, project_of
from toolchain.sphinxext import formula_references, mathjax, numbers, typed_latex
from toolchain.sphinxext.boxes.box import BOX, boxes_by_place
from toolchain.sphinxext.boxes.typed import typed_names
from toolchain.sphinxext.discussion import CLASS as DISCUSSION
from toolchain.sphinxext.expressions import EVALUATED
from toolchain.sphinxext.notebook_text.maths import RANDOM
from toolchain.sphinxext.provenance import CLASS as PROVENANCE

FACTS = "toolchain_facts"
"""Attribute of Sphinx's environment: page name to the facts of that page, encoded.

As objects, those of a large book would be a quarter of what each process that reads or writes pages holds."""
WORDLESS = (
    nodes.FixedTextElement,
    nodes.literal,
    nodes.math,
    nodes.image,
    nodes.raw,
    nodes.reference,
    nodes.footnote_reference,
    nodes.citation_reference,
    addnodes.pending_xref,
    addnodes.download_reference,
    nodes.Invisible,
)
OURS = frozenset({PROVENANCE, DISCUSSION})
"""Classes of what the toolchain adds to pages."""
NOT_TYPED = ("cell_code_source", "cell_code_output", "mime_bundle")
"""Kinds of elements of MyST-NB's."""
NUMBERED = {nodes.figure: "figure", nodes.table: "table", nodes.container: "code-block"}


def collect(env: BuildEnvironment) -> Facts:
    """Return the facts of all pages and their labels, with the numbers that Sphinx has given."""
    pages = {name: _decoded(facts) for name, facts in sorted(_kept(env).items()) if name in env.found_docs}
    labels = [
        _label(env, page, target, first=target in facts.tops[:1])
        for page, facts in pages.items()
        for target in facts.targets
    ]
    return Facts(pages=pages, labels=(*labels, *_citations(env)), mathjax=mathjax.told(env.config))


def of_page(env: BuildEnvironment, page: str) -> PageFacts | None:
    """Return the facts of a page; None if there are none."""
    encoded = _kept(env).get(page)
    return _decoded(encoded) if encoded is not None else None


def _kept(env: BuildEnvironment) -> dict[str, bytes]:
    if not hasattr(env, FACTS):
        setattr(env, FACTS, {})
    kept: dict[str, bytes] = getattr(env, FACTS)
    return kept


@lru_cache(
    maxsize=64
)  # of a small book those of all pages: each is asked for by what reads, writes and tells of it
def _decoded(encoded: bytes) -> PageFacts:
    return msgspec.msgpack.decode(encoded, type=PageFacts)


def _label(env: BuildEnvironment, page: str, target: Target, *, first: bool) -> Label:
    if target.kind == "section":
        number = numbers.section(env, page, target.ids, first=first)
    elif target.kind == "equation":
        counted = (env.domains.math_domain.equations.get(name, (page, 0))[1] for name in target.labels)
        plain = numbers.equation_of(env, page, target.ids, next(counted, None))
        number = f"({plain})" if plain else ""
    else:
        number = numbers.caption(env, page, target.ids, target.kind)
    return Label(
        kind=target.kind,
        page=page,
        ids=target.ids,
        names=target.labels,
        number=number,
        title=target.title,
        line=target.line,
    )


def _citations(env: BuildEnvironment) -> Iterator[Label]:
    """Yield the entries of the bibliography that are on some page, apart from those of a plain list."""
    domain: Any = env.domains.get("cite")
    for citation in getattr(domain, "citations", ()):
        if domain.bibliographies[citation.bibliography_key].list_ == "citation":
            page, key = citation.bibliography_key.docname, citation.entry.key
            yield Label(kind="citation", page=page, ids=(citation.citation_id,), names=(key,))


class _Reader:
    """Collects the facts of one page from its tree."""

    def __init__(self, app: Sphinx, tree: nodes.document) -> None:
        self._env = app.env
        self._tree = tree
        self._project = project_of(app.srcdir)
        self._elements = tuple(_written(tree))
        self._source = Path(app.env.doc2path(app.env.current_document.docname))
        self._lines: dict[nodes.Element, int | None] = {}
        explicit_names = sorted(name for name, explicit in tree.nametypes.items() if explicit)
        self._name_by_id = {
            identifier: name for name in explicit_names if (identifier := tree.nameids.get(name))
        }
        self._boxes = boxes_by_place(app.env, app.env.current_document.docname)

    def facts(self) -> PageFacts:
        path = Path(self._env.doc2path(self._env.current_document.docname))
        tops = [section for section in self._tree.children if isinstance(section, nodes.section)]
        return PageFacts(
            path=path.relative_to(self._project).as_posix(),
            tops=tuple(self._target("section", section) for section in tops),
            targets=tuple(self._targets()),
            references=tuple(self._references()),
            pictures=tuple(self._pictures()),
            links=tuple(self._links()),
            passages=tuple(self._passages()),
            samples=tuple(self._samples()),
            formulas=tuple(typed_latex.formulas(self._located())),
            files=tuple(typed_latex.files(self._located())),
            indexed=tuple(self._indexed()),
            lists=tuple(
                page for toctree in self._tree.findall(addnodes.toctree) for _, page in toctree["entries"]
            ),
        )

    def _targets(self) -> Iterator[Target]:
        for node in self._elements:
            if _outer(node, lambda parent: isinstance(parent, addnodes.only)) is not None:
                continue  # it need not be in every form
            if isinstance(node, nodes.section):
                yield self._target("section", node)
            elif isinstance(node, nodes.math_block):
                if self._labels(node):
                    yield self._target("equation", node)
            elif isinstance(node, nodes.footnote) or (isinstance(node, nodes.target) and "refuri" in node):
                continue
            elif (kind := self._kind(node)) or (self._labels(node) and not isinstance(node, nodes.target)):
                yield self._target(kind or "place", node)
            elif isinstance(node, nodes.target) and node["ids"] and self._labels(node):
                yield self._target("place", node)

    def _kind(self, node: nodes.Element) -> str:
        """Return the kind of an element with a caption, which Sphinx numbers; empty for any other element."""
        kind = next((kind for node_class, kind in NUMBERED.items() if isinstance(node, node_class)), "")
        if kind == "code-block" and not node.get("literal_block"):
            return ""
        return kind if self._title(node) is not None and node["ids"] else ""

    def _title(self, node: nodes.Element) -> nodes.Element | None:
        """Return the heading or caption of an element."""
        kinds = nodes.title | nodes.caption
        return next((child for child in node.children if isinstance(child, kinds)), None)

    def _target(self, kind: str, node: nodes.Element) -> Target:
        title = self._title(node)
        ids = (identifier for identifier in node["ids"] if not RANDOM.fullmatch(identifier))
        return Target(
            kind=kind,
            ids=tuple(ids),
            labels=self._labels(node),
            title=" ".join(_words(title).split()) if title is not None else "",
            line=self._line(node),
        )

    def _labels(self, node: nodes.Element) -> tuple[str, ...]:
        """Return the names that the author has given, not those that follow from a heading."""
        if isinstance(node, nodes.math_block):
            label = str(node.get("label") or "")
            return (label,) if label and not RANDOM.fullmatch(f"equation-{label}") else ()
        names = [self._name_by_id[own] for own in node["ids"] if own in self._name_by_id]
        return typed_names(node, names, self._boxes.get(node.get(BOX)), self._source)

    def _references(self) -> Iterator[Reference]:
        for node in self._elements:
            if isinstance(node, addnodes.pending_xref):
                domain, role = str(node.get("refdomain") or ""), str(node.get("reftype", ""))
                anchor = f"#{node['reftargetid']}" if node.get("reftargetid") else ""
                targets = f"{node['reftarget']}{anchor}"
                for target in targets.split(",") if domain == "cite" else [targets]:
                    yield Reference(":".join(filter(None, (domain, role))), target.strip(), self._line(node))
            elif isinstance(node, formula_references.FORMULAS):
                for label in formula_references.labels(node):
                    yield Reference(f"math:{formula_references.ROLE}", label, self._line(node))
            elif isinstance(node, addnodes.download_reference):
                yield Reference("download", node["reftarget"], self._line(node))
            elif isinstance(node, nodes.reference) and node.get("refid"):
                yield Reference("local", node["refid"], self._line(node))
            elif (box := self._boxes.get(node.get(BOX))) is not None and box.of is not None:
                yield Reference("solution", box.of, self._line(node))

    def _pictures(self) -> Iterator[Picture]:
        bundles: set[nodes.Node] = set()
        for node in self._tree.findall(nodes.image):
            bundle = _outer(node, lambda parent: parent.get("nb_element") == "mime_bundle")
            from_cell = bundle is not None
            if bundle is not None and bundle in bundles:
                continue  # the same picture in another format
            bundles |= {bundle} if bundle is not None else set()
            uri = str(node["uri"])
            path = posixpath.normpath(
                posixpath.join(Path(self._env.srcdir).relative_to(self._project).as_posix(), uri)
            )
            alternative = str(node.get("alt", "")).strip()
            if uri.startswith("data:"):
                path = uri.partition(",")[0]  # all of the picture may follow
            yield Picture(uri if "://" in uri else path, alternative, self._line(node), cell=from_cell)

    def _links(self) -> Iterator[FactLink]:
        for node in self._elements:
            if isinstance(node, nodes.reference) and "://" in str(node.get("refuri", "")):
                yield FactLink(node["refuri"], self._line(node))

    def _passages(self) -> Iterator[Passage]:
        for node in self._elements:
            if (
                isinstance(node, nodes.TextElement)
                and not isinstance(node, WORDLESS)
                and _outer(node, lambda parent: isinstance(parent, nodes.TextElement)) is None
            ):
                text, entry = _words(node, typed=True), _outer(node, lambda at: isinstance(at, nodes.entry))
                if text.strip(f"{GAP} \n"):
                    yield Passage(text, self._line(node), entry is not None)

    def _samples(self) -> Iterator[Sample]:
        for node in self._elements:
            if isinstance(node, nodes.literal_block):
                yield Sample(node.astext(), self._line(node))

    def _indexed(self) -> Iterator[Sample]:
        for node in self._tree.findall(addnodes.index):
            for _, entry, *_ in node["entries"]:
                yield Sample(entry, self._line(node))

    def _located(self) -> Iterator[typed_latex.Located]:
        return ((node, self._line(node)) for node in self._elements if isinstance(node, typed_latex.TYPED))

    def _line(self, node: nodes.Element) -> int | None:
        """Return a node's line: its paragraph's, which docutils knows, plus the line breaks before it."""
        if node not in self._lines:
            self._lines[node] = self._found_line(node)
        return self._lines[node]

    def _found_line(self, node: nodes.Element) -> int | None:
        at: nodes.Element | None = node
        breaks = 0
        while at is not None and not at.line:
            at = at.parent
        block = at
        while block is not None and isinstance(block, nodes.Inline) and block.parent is not None:
            block = block.parent
        if block is None or at is None or at.line is None:
            return None
        if isinstance(block, nodes.TextElement) and block is not node:
            breaks = _breaks_before(block, node)
        return at.line + breaks


def _written(node: nodes.Element, *, within: bool = True) -> Iterator[nodes.Element]:
    """Yield the elements that the author wrote: no code, no outputs, nothing of the toolchain's.

    `within` says whether all that is around the node is written too; figures and captions need not be within that.
    """
    written = not _is_not_written(node)
    if written and (within or isinstance(node, nodes.figure | nodes.caption)):
        yield node
    for child in node.children:
        if isinstance(child, nodes.Element):
            yield from _written(child, within=within and written)


def _is_not_written(node: nodes.Element) -> bool:
    if isinstance(node, nodes.system_message):
        return True
    attributes = node.attributes
    return attributes.get("nb_element") in NOT_TYPED or not OURS.isdisjoint(attributes.get("classes", ()))


def _outer(node: nodes.Element, condition: Any) -> nodes.Element | None:
    """Return the nearest element around a node that meets a condition."""
    at = node.parent
    while at is not None and not condition(at):
        at = at.parent
    return at


def _breaks_before(block: nodes.Element, node: nodes.Element) -> int:
    """Count the line breaks in a block's text before a node."""
    count = 0
    for descendant in block.findall():
        if descendant is node:
            break
        if isinstance(descendant, nodes.Text):
            count += descendant.astext().count("\n")
    return count


def _words(node: nodes.Element, *, typed: bool = False) -> str:
    """Return the words of a text, with GAP for each part that is not words, or that nobody has `typed`."""
    if isinstance(node, nodes.system_message):
        return ""
    if isinstance(node, WORDLESS) or (typed and EVALUATED in node):
        return "" if isinstance(node, nodes.Invisible) else GAP
    words = "".join(
        child.astext() if isinstance(child, nodes.Text) else _words(child, typed=typed)  # type: ignore[arg-type] # or it is an element
        for child in node.children
    )
    # Print puts in brackets after it what it stands for.
    return f"{words}{GAP}" if isinstance(node, nodes.abbreviation) else words


def _record_facts(app: Sphinx, tree: nodes.document) -> None:
    page = app.env.current_document.docname
    _kept(app.env)[page] = msgspec.msgpack.encode(_Reader(app, tree).facts())


def setup(app: Sphinx) -> None:
    """Look at each page as it is read, late: when its images have been found."""
    if current() is not None:
        app.connect("doctree-read", _record_facts, priority=600)
