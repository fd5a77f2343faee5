"""The numbers of sections in Sphinx are those of `sources.numbering`, which says what is counted and how.

Sphinx's own would begin again at 1 in each numbered toctree, so that a book in parts would have several chapters of one number.
"""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple, cast

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.environment import BuildEnvironment
from sphinx.environment.collectors.toctree import TocTreeCollector

from toolchain.model import Heading, Toctree
from toolchain.sources.numbering import APPENDIX, MAIN, Number, matters, recurs, section_numbers
from toolchain.sphinxext.own_contents import OPTION

RECURRING = "toolchain_recurring"
"""Option of Sphinx: the headings of sections that have no numbers."""
RESTARTS = "toolchain_numbers_restart"
"""Option of Sphinx: whether chapters count from 1 in each toctree of the first page."""
CONTENTS_DEPTH = 2
"""Levels that the printed contents have of a part which does not say how many: chapters and sections."""
BEFORE_THE_CONTENTS = 400


class Part(NamedTuple):
    """A toctree of the first page."""

    matter: str
    """Front, main, appendix or back."""
    caption: str
    depth: int
    """Levels that the contents have of it."""
    pages: tuple[str, ...]


def parts(env: BuildEnvironment) -> list[Part]:
    """Return the first page's toctrees in order."""
    toctrees = _first_toctrees(env)
    is_main = has_no_front(env)
    return [
        Part(
            MAIN if is_main else matter,
            toctree.get("caption") or "",
            depth if (depth := toctree.get("maxdepth", 0)) > 0 else CONTENTS_DEPTH,
            tuple(name for _, name in toctree["entries"] if name in env.found_docs),
        )
        for toctree, matter in zip(toctrees, matters(_toctree(node, 0) for node in toctrees), strict=True)
    ]


def has_no_front(env: BuildEnvironment) -> bool:
    """Say whether a book is all main matter: it has no numbers at all, and contents apart from its pages, or no others."""
    return (bool(env.config[OPTION]) or lists_nothing(env)) and not numbering_depth(env)


def lists_nothing(env: BuildEnvironment) -> bool:
    """Say whether the first page is the whole book."""
    return not any(toctree["entries"] for toctree in _first_toctrees(env))


def chapters(env: BuildEnvironment) -> list[tuple[str, str]]:
    """Return the root's pages in order, each with the matter that it belongs to."""
    return [(name, part.matter) for part in parts(env) for name in part.pages]


def numbering_depth(env: BuildEnvironment) -> int:
    """Return how many levels carry numbers: 1 for chapters, 2 for sections too, and so on."""
    return max((int(toctree.get("numbered", 0)) for toctree in _first_toctrees(env)), default=0)


def _first_toctrees(env: BuildEnvironment) -> list[addnodes.toctree]:
    return list(env.tocs[env.config.root_doc].findall(addnodes.toctree))


def _contents(toc: nodes.Element, level: int) -> Iterator[Heading | Toctree]:
    """Yield what Sphinx has as the contents of a page: its headings and its toctrees, in their order."""
    for node in toc.children:
        if isinstance(node, addnodes.toctree):
            yield _toctree(node, level)
        elif isinstance(node, addnodes.compact_paragraph):
            if _is_heading(node):
                yield Heading(level, node.astext())
        elif isinstance(node, nodes.Element):
            yield from _contents(node, level + isinstance(node, nodes.list_item))


def _is_heading(entry: addnodes.compact_paragraph) -> bool:
    return "skip_section_number" not in entry  # as the entries of functions and classes have it


def _toctree(node: addnodes.toctree, level: int) -> Toctree:
    return Toctree(
        level=level,
        entries=tuple(name for _, name in node["entries"]),
        numbered=node.get("numbered", 0),
        appendix=APPENDIX in node,
    )


def _set_numbers(env: BuildEnvironment) -> None:
    """Put the numbers where Sphinx looks for them."""
    contents = {name: list(_contents(toc, 0)) for name, toc in env.tocs.items()}
    numbers_by_page = section_numbers(
        contents, env.config[RECURRING], env.config.root_doc, restarts=env.config[RESTARTS]
    )
    all_numbers: dict[str, dict[str, Number]] = {}  # letters stand in them too
    for name, toc in env.tocs.items():
        entries = filter(_is_heading, toc.findall(addnodes.compact_paragraph))
        references = [cast("nodes.reference", entry[0]) for entry in entries]
        numbers = numbers_by_page.get(name, ((),) * len(references))
        env.titles[name]["secnumber"] = next(map(list, numbers), None)
        for reference, number in zip(references, numbers, strict=True):
            reference["secnumber"] = list(number) or None
        if name in numbers_by_page:
            anchors = (reference["anchorname"] for reference in references)
            all_numbers[name] = dict(zip(anchors, numbers, strict=True))
    env.toc_secnumbers = cast("Any", all_numbers)


def recurring_sections(tree: nodes.document, config: Config) -> list[nodes.section]:
    """Return the sections of a tree that recur; what is below such a section is not looked at again."""
    sections: list[nodes.section] = []
    for section in tree.findall(nodes.section):
        title = section.next_node(nodes.title)
        is_below = isinstance(section.parent, nodes.section)
        if is_below and title is not None and recurs(title.astext(), config[RECURRING]):
            sections.append(section)
    inner = {
        below for section in sections for below in section.findall(nodes.section) if below is not section
    }
    return [section for section in sections if section not in inner]


def _lift_toctrees(app: Sphinx, tree: nodes.document) -> None:
    """Move the pages that are listed within a section that recurs behind it: they are no part of a summary."""
    for section in recurring_sections(tree, app.config):
        wrappers = {toctree.parent for toctree in section.findall(addnodes.toctree)}
        moved = [compound for compound in section.findall(nodes.compound) if compound in wrappers]
        for compound in moved:
            compound.parent.remove(compound)
        at = section.parent.index(section) + 1
        section.parent[at:at] = moved


def _mark_appendices(_app: Sphinx, tree: nodes.document) -> None:
    """Say of toctrees that they are appendices: Sphinx puts their classes on the node around them, and copies them alone."""
    for toctree in tree.findall(addnodes.toctree):
        if isinstance(toctree.parent, nodes.Element) and APPENDIX in toctree.parent["classes"]:
            toctree[APPENDIX] = True


def setup(app: Sphinx) -> None:
    """Put the renumbering between Sphinx's numbering of sections and that of figures, which builds on it."""
    app.add_config_value(RECURRING, (), "env", types=(list, tuple))
    app.add_config_value(RESTARTS, default=False, rebuild="env", types=(bool,))
    app.connect("doctree-read", _mark_appendices, priority=BEFORE_THE_CONTENTS)
    app.connect("doctree-read", _lift_toctrees, priority=BEFORE_THE_CONTENTS)
    if getattr(TocTreeCollector, "_toolchain_numbering", False):
        return
    original: Callable[[TocTreeCollector, BuildEnvironment], list[str]] = (
        TocTreeCollector.assign_section_numbers
    )

    def assign_section_numbers(self: TocTreeCollector, env: BuildEnvironment) -> list[str]:
        earlier = dict(env.toc_secnumbers)
        original(self, env)  # it warns of pages that are listed twice
        _set_numbers(env)
        return [name for name, numbers in env.toc_secnumbers.items() if numbers != earlier.get(name)]

    TocTreeCollector.assign_section_numbers = assign_section_numbers  # type: ignore[method-assign]
    TocTreeCollector._toolchain_numbering = True  # type: ignore[attr-defined] # noqa: SLF001
