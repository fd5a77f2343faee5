"""What a page says of itself is written down as it is read, for the checks of the sources and the table of labels."""

import posixpath
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

from toolchain.model import Facts, Label, PageFacts, Passage, Picture, Reference, Sample, Target
from toolchain.model import Link as FactLink
from toolchain.model.facts import GAP
from toolchain.model.sphinx import current
from toolchain.sphinxext import numbers
from toolchain.sphinxext.discussion import CLASS as DISCUSSION
from toolchain.sphinxext.notebooks.maths import RANDOM
from toolchain.sphinxext.provenance import CLASS as PROVENANCE

FACTS = "toolchain_facts"
"""Attribute of Sphinx's environment: page name to what it says of itself."""
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
NUMBERED = {nodes.figure: "figure", nodes.table: "table", nodes.container: "code-block"}


def collect(env: BuildEnvironment) -> Facts:
    """Return what all pages say, with the numbers that Sphinx has given."""
    pages: dict[str, PageFacts] = {name: its for name, its in _known(env).items() if name in env.found_docs}
    labels = [_label(env, page, target) for page, its in pages.items() for target in its.targets]
    return Facts(pages=pages, labels=(*labels, *_citations(env)))


def _known(env: BuildEnvironment) -> dict[str, PageFacts]:
    return dict(sorted(getattr(env, FACTS, {}).items()))


def _label(env: BuildEnvironment, page: str, target: Target) -> Label:
    first = target in _known(env)[page].tops[:1]
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
    """Yield the entries of the bibliography that are on some page."""
    domain: Any = env.domains.get("cite")
    for citation in getattr(domain, "citations", ()):
        yield Label(
            kind="citation",
            page=citation.bibliography_key.docname,
            ids=(citation.citation_id,),
            names=(citation.entry.key,),
        )


class _Reader:
    """Goes through the tree of one page."""

    def __init__(self, app: Sphinx, tree: nodes.document) -> None:
        self._env = app.env
        self._tree = tree
        self._project = Path(app.srcdir).parent
        given = sorted(name for name, explicit in tree.nametypes.items() if explicit)
        self._named = {its: name for name in given if (its := tree.nameids.get(name))}

    def facts(self) -> PageFacts:
        path = Path(self._env.doc2path(self._env.current_document.docname))
        tops = [each for each in self._tree.children if isinstance(each, nodes.section)]
        return PageFacts(
            path=path.relative_to(self._project).as_posix(),
            tops=tuple(self._target("section", each) for each in tops),
            targets=tuple(self._targets()),
            references=tuple(self._references()),
            pictures=tuple(self._pictures()),
            links=tuple(self._links()),
            passages=tuple(self._passages()),
            samples=tuple(self._samples()),
            lists=tuple(page for each in self._tree.findall(addnodes.toctree) for _, page in each["entries"]),
        )

    def _targets(self) -> Iterator[Target]:
        for node in self._elements():
            if _outer(node, lambda each: isinstance(each, addnodes.only)) is not None:
                continue  # it need not be in every form
            if isinstance(node, nodes.section):
                yield self._target("section", node)
            elif isinstance(node, nodes.math_block):
                if self._labels(node):
                    yield self._target("equation", node)
            elif isinstance(node, nodes.footnote):
                continue
            elif (kind := self._kind(node)) or (self._labels(node) and not isinstance(node, nodes.target)):
                yield self._target(kind or "place", node)
            elif isinstance(node, nodes.target) and node["ids"] and self._labels(node):
                yield self._target("place", node)

    def _kind(self, node: nodes.Element) -> str:
        """Return the kind of what has a caption; Sphinx gives it a number then."""
        kind = next((kind for each, kind in NUMBERED.items() if isinstance(node, each)), "")
        if kind == "code-block" and not node.get("literal_block"):
            return ""
        return kind if self._title(node) is not None and node["ids"] else ""

    def _title(self, node: nodes.Element) -> nodes.Element | None:
        """Return the heading or caption of an element."""
        kinds = nodes.title | nodes.caption
        return next((each for each in node.children if isinstance(each, kinds)), None)

    def _target(self, kind: str, node: nodes.Element) -> Target:
        title = self._title(node)
        ids = (each for each in node["ids"] if not RANDOM.fullmatch(each))
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
        return tuple(self._named[each] for each in node["ids"] if each in self._named)

    def _references(self) -> Iterator[Reference]:
        for node in self._elements():
            if isinstance(node, addnodes.pending_xref):
                domain, role = str(node.get("refdomain") or ""), str(node.get("reftype", ""))
                place = f"#{node['reftargetid']}" if node.get("reftargetid") else ""
                whole = f"{node['reftarget']}{place}"
                for target in whole.split(",") if domain == "cite" else [whole]:
                    yield Reference(":".join(filter(None, (domain, role))), target.strip(), self._line(node))
            elif isinstance(node, addnodes.download_reference):
                yield Reference("download", node["reftarget"], self._line(node))
            elif isinstance(node, nodes.reference) and node.get("refid"):
                yield Reference("local", node["refid"], self._line(node))

    def _pictures(self) -> Iterator[Picture]:
        seen: set[nodes.Node] = set()
        for node in self._tree.findall(nodes.image):
            bundle = _outer(node, lambda each: each.get("nb_element") == "mime_bundle")
            made = bundle is not None
            if bundle is not None and bundle in seen:
                continue  # the same picture in another format
            seen |= {bundle} if bundle is not None else set()
            uri = str(node["uri"])
            path = posixpath.normpath(posixpath.join(Path(self._env.srcdir).name, uri))
            alternative = str(node.get("alt", "")).strip()
            yield Picture(uri if "://" in uri else path, alternative, self._line(node), cell=made)

    def _links(self) -> Iterator[FactLink]:
        for node in self._elements():
            if isinstance(node, nodes.reference) and "://" in str(node.get("refuri", "")):
                yield FactLink(node["refuri"], self._line(node))

    def _passages(self) -> Iterator[Passage]:
        for node in self._elements():
            inside = _outer(node, lambda each: isinstance(each, nodes.TextElement))
            if isinstance(node, nodes.TextElement) and inside is None and not isinstance(node, WORDLESS):
                text = _words(node)
                if text.strip(f"{GAP} \n"):
                    yield Passage(text, self._line(node))

    def _samples(self) -> Iterator[Sample]:
        for node in self._elements():
            if isinstance(node, nodes.literal_block):
                yield Sample(node.astext(), self._line(node))

    def _elements(self) -> Iterator[nodes.Element]:
        """Yield what its author wrote: not what code printed or what we add."""
        for node in self._tree.findall(nodes.Element):
            inside = _outer(node, _is_not_written, itself=True)
            if inside is None or (inside is not node and isinstance(node, nodes.figure | nodes.caption)):
                yield node

    def _line(self, node: nodes.Element) -> int | None:
        """Return the line of a node: docutils knows that of the paragraph, in which line breaks are counted."""
        at: nodes.Element | None = node
        before = 0
        while at is not None and not at.line:
            at = at.parent
        block = at
        while block is not None and isinstance(block, nodes.Inline) and block.parent is not None:
            block = block.parent
        if block is None or at is None or at.line is None:
            return None
        if isinstance(block, nodes.TextElement) and block is not node:
            before = _breaks_before(block, node)
        return at.line + before


def _is_not_written(node: nodes.Element) -> bool:
    if isinstance(node, nodes.system_message):
        return True
    ours = {PROVENANCE, DISCUSSION}.intersection(node.get("classes", []))
    return bool(ours) or node.get("nb_element") in ("cell_code_source", "cell_code_output")


def _outer(node: nodes.Element, wanted: Any, *, itself: bool = False) -> nodes.Element | None:
    """Return the nearest element around a node of which something is true."""
    at = node if itself else node.parent
    while at is not None and not wanted(at):
        at = at.parent
    return at


def _breaks_before(block: nodes.Element, node: nodes.Element) -> int:
    """Count the line breaks in a block's text before a node."""
    count = 0
    for each in block.findall():
        if each is node:
            break
        if isinstance(each, nodes.Text):
            count += each.astext().count("\n")
    return count


def _words(node: nodes.Element) -> str:
    """Return the words of a text, with GAP for what is none."""
    if isinstance(node, WORDLESS):
        return "" if isinstance(node, nodes.Invisible) else GAP
    return "".join(
        each.astext() if isinstance(each, nodes.Text) else _words(each)  # type: ignore[arg-type] # or it is an element
        for each in node.children
    )


def _note(app: Sphinx, tree: nodes.document) -> None:
    page = app.env.current_document.docname
    known = dict(getattr(app.env, FACTS, {}))
    setattr(app.env, FACTS, known | {page: _Reader(app, tree).facts()})


def setup(app: Sphinx) -> None:
    """Look at each page as it is read, late: when its images have been found."""
    if current() is not None:
        app.connect("doctree-read", _note, priority=600)
