"""What each page shows of other pages, as it is when the page is read: what it refers to, lists, cites, and pastes.

`page_digests` says what has become of that when the site is written.
"""

from collections.abc import Iterator
from functools import cached_property
from typing import Any, NamedTuple

from docutils import nodes
from myst_nb.ext.glue.crossref import PendingGlueReference
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinxcontrib.bibtex.nodes import bibliography

from toolchain.sphinxext import formula_references, known_extensions
from toolchain.sphinxext.front.place import placeholder

SHOWN = "toolchain_shown"
"""Attribute of Sphinx's environment: page name to what that page shows."""
WHEN_ALL_IS_READ = 950
NAME = "{name}"
"""Stands for a title, in the words of a reference to a number."""
OUR_FRIENDS = (
    "docutils.", "sphinx.addnodes", "sphinx_design.", "sphinx_book_theme.", "toolchain.",
    "sphinx_exercise.", "sphinx_proof.", "sphinx_inline_tabs.", "sphinx_tabs.", "sphinx_thebe.", "sphinxcontrib.mermaid.",
)  # fmt: skip
"""Modules of elements that show nothing of other pages, apart from those that are looked at here, or as boxes are."""

OF_KNOWN_DOMAINS = ("sphinx.domains.", "sphinxcontrib.bibtex.")
"""Modules of domains whose names are seen in a page's text."""


class Named(NamedTuple):
    """What a reference calls the thing that it leads to."""

    domain: str
    role: str
    target: str
    place: str
    """In another page; empty if the target is no page."""
    titled: bool
    """Whether the words of the reference have a gap for the title of what it leads to."""


class Shown(NamedTuple):
    """What a page shows that is not its own."""

    references: tuple[Named, ...] = ()
    pictures: tuple[str, ...] = ()
    """The files that its images are, in their order."""
    pasted_from: tuple[str, ...] = ()
    """Pages whose results are pasted into it."""
    lists_pages: bool = False
    lists_works: bool = False
    unknown: bool = False
    """Whether it has elements of which nobody here knows what they show."""
    defines: tuple[str, ...] = ()
    """What it gives a name that is known in the whole book, each as it is looked up."""
    front: tuple[str, ...] = ()
    """What it says of the book itself, by the names of the directives."""


def of(env: BuildEnvironment, page: str) -> Shown:
    """Return what a page shows; if that is not known, that it may show anything."""
    by_page: dict[str, Shown] = getattr(env, SHOWN, {})
    return by_page.get(page, Shown(unknown=True))


def names(env: BuildEnvironment) -> dict[str, tuple[str, ...]]:
    """Return the names that pages define, by page."""
    by_page: dict[str, Shown] = getattr(env, SHOWN, {})
    return {page: what.defines for page, what in by_page.items() if what.defines}


def _looked_at(tree: nodes.document) -> Shown:
    references: set[Named] = set()
    pictures: dict[str, None] = {}
    pasted_from: set[str] = set()
    lists_pages = lists_works = unknown = False
    defines, front = set(_labels(tree)), set[str]()
    for node in tree.findall(nodes.Element):
        match node:
            case addnodes.pending_xref():
                references.add(_named(node))
            case nodes.math() | nodes.math_block():
                references |= {
                    Named("math", "eq", label, "", titled=False) for label in formula_references.labels(node)
                }
            case nodes.image():
                pictures.update(dict.fromkeys(node.get("candidates", {}).values()))
            case addnodes.toctree():
                lists_pages = True
            case bibliography():
                lists_works = True
            case placeholder():
                front.add(node["kind"])
            case PendingGlueReference():
                pasted_from.add(node.refdoc)
            case _:
                unknown = unknown or not f"{type(node).__module__}.".startswith(OUR_FRIENDS)
        defines.update(_defined(node))
    return Shown(
        tuple(sorted(references)),
        tuple(pictures),
        tuple(sorted(pasted_from)),
        lists_pages,
        lists_works,
        unknown,
        tuple(sorted(defines)),
        tuple(sorted(front)),
    )


def _given_by_others(env: BuildEnvironment, page: str) -> Iterator[str]:
    """Yield the names that extensions of which nothing is known have given what is on a page: only tables have them."""
    standard: Any = env.domains.standard_domain
    for labels in (standard.labels, standard.anonlabels):
        yield from [name for name, label in labels.items() if label[0] == page]
    for domain in env.domains.sorted():
        if not type(domain).__module__.startswith(OF_KNOWN_DOMAINS):
            yield from [str(name) for name, _, _, on, *_ in domain.get_objects() if on == page]


def _labels(tree: nodes.document) -> Iterator[str]:
    """Yield the labels that a page has for the whole book; the names of its notes and links are for itself."""
    for name, explicit in tree.nametypes.items():
        node = tree.ids.get(tree.nameids.get(name) or "")
        if explicit and node is not None and not isinstance(node, nodes.footnote) and "refuri" not in node:
            yield name


def _is_in_glossary(node: nodes.Element) -> bool:
    """Say whether a term can be referred to; that of any other list of definitions cannot."""
    while node.parent is not None and not isinstance(node, addnodes.glossary):
        node = node.parent
    return isinstance(node, addnodes.glossary)


def _defined(node: nodes.Element) -> list[str]:
    """Return the names that an element gives something, besides its labels."""
    match node:
        case nodes.term() if _is_in_glossary(node):
            return [node.astext().lower()]
        case nodes.math_block():
            return [node["label"]] if node.get("label") else []
        case addnodes.desc_signature():
            return list(node["ids"])
        case addnodes.production():  # its own name is one of the words in it
            return [own for word in node.findall(nodes.Element) for own in word["ids"]]
        case nodes.target():
            return [own for own in node["ids"] if own.startswith("module-")]
        case _:
            return []


def _named(node: addnodes.pending_xref) -> Named:
    domain, role, target, place = (
        str(node.get(name) or "") for name in ("refdomain", "reftype", "reftarget", "reftargetid")
    )
    return Named(domain, role, target, place, NAME in node.astext())


class _Looking:
    """Looks at what is read in one run."""

    def __init__(self, app: Sphinx) -> None:
        self._app = app

    @cached_property
    def _all_is_known(self) -> bool:
        return known_extensions.only(self._app)

    def look(self, app: Sphinx, tree: nodes.document) -> None:
        kept: dict[str, Shown] = getattr(app.env, SHOWN, {})
        page, shown = app.env.current_document.docname, _looked_at(tree)
        if not self._all_is_known:
            defines = tuple(sorted({*shown.defines, *_given_by_others(app.env, page)}))
            shown = shown._replace(defines=defines)
        kept[page] = shown
        setattr(app.env, SHOWN, kept)


def _forget(_app: Sphinx, env: BuildEnvironment, page: str) -> None:
    getattr(env, SHOWN, {}).pop(page, None)


def setup(app: Sphinx) -> None:
    """Look at each page as it is read, when nothing is put into it any more."""
    app.connect("doctree-read", _Looking(app).look, priority=WHEN_ALL_IS_READ)
    app.connect("env-purge-doc", _forget)
