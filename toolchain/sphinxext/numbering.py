"""Chapter numbers go on from one numbered toctree to the next; a toctree of class `appendix` has letters.

Sphinx begins again at 1 in each numbered toctree, so that a book in parts would have several chapters of one number. A toctree
without `:numbered:` before the first numbered one is front matter, one after them is back matter.

Sections that recur on every page, such as a summary, have no numbers: those that follow count on without a gap.
"""

from collections.abc import Callable
from string import ascii_uppercase
from typing import Any, NamedTuple, cast

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.environment import BuildEnvironment
from sphinx.environment.collectors.toctree import TocTreeCollector

APPENDIX = "appendix"
FRONT, MAIN, BACK = "front", "main", "back"

RECURRING = "toolchain_recurring"
"""Option of Sphinx: the headings of sections that have no numbers."""
CONTENTS_DEPTH = 2
"""Levels that the printed contents have of a part which does not say how many: chapters and sections."""
BEFORE_THE_CONTENTS = 400
SKIPPED = "skip_section_number"
"""Attribute of an entry of a page's contents that Sphinx does not number."""


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
    book_parts, matter = [], FRONT
    for toctree in env.get_doctree(env.config.root_doc).findall(addnodes.toctree):
        if toctree.get("numbered"):
            matter = APPENDIX if _is_appendix(toctree) else MAIN
        elif matter != FRONT:
            matter = BACK
        depth = toctree.get("maxdepth", 0)
        pages = tuple(name for _, name in toctree["entries"] if name in env.found_docs)
        book_parts.append(
            Part(matter, toctree.get("caption") or "", depth if depth > 0 else CONTENTS_DEPTH, pages)
        )
    return book_parts


def chapters(env: BuildEnvironment) -> list[tuple[str, str]]:
    """Return the root's pages in order, each with the matter that it belongs to."""
    return [(name, part.matter) for part in parts(env) for name in part.pages]


def numbering_depth(env: BuildEnvironment) -> int:
    """Return how many levels carry numbers: 1 for chapters, 2 for sections too, and so on."""
    toctrees = env.get_doctree(env.config.root_doc).findall(addnodes.toctree)
    return max((int(toctree.get("numbered", 0)) for toctree in toctrees), default=0)


def _is_appendix(toctree: addnodes.toctree) -> bool:
    # Sphinx puts the option's classes on the node around the toctree.
    return isinstance(toctree.parent, nodes.Element) and APPENDIX in toctree.parent.get("classes", [])


def _renumber(env: BuildEnvironment) -> None:
    """Give every numbered chapter its place in the book instead of its place in its toctree."""
    if env.config.root_doc not in env.numbered_toctrees:
        return
    counts = {MAIN: 0, APPENDIX: 0}
    for name, matter in chapters(env):
        if matter in counts and env.toc_secnumbers.get(name):
            counts[matter] += 1
            first: int | str = counts[matter] if matter == MAIN else ascii_uppercase[counts[matter] - 1]
            _set_first(env, name, first, set())


def _set_first(env: BuildEnvironment, name: str, first: int | str, visited: set[str]) -> None:
    """Replace the first component of all section numbers of a page and of the pages below it."""
    if name in visited:
        return
    visited.add(name)
    all_numbers: dict[str, dict[str, Any]] = env.toc_secnumbers  # letters stand in them too
    numbers = all_numbers.get(name, {})
    all_numbers[name] = {
        anchor: (first, *number[1:]) if number else number for anchor, number in numbers.items()
    }
    toc = env.tocs.get(name)
    for node in (toc, env.titles.get(name)):
        for reference in node.findall(nodes.Element) if node is not None else ():
            if reference.get("secnumber"):
                reference["secnumber"] = [first, *reference["secnumber"][1:]]
    for toctree in toc.findall(addnodes.toctree) if toc is not None else ():
        for _, below in toctree["entries"]:
            if below in env.toc_secnumbers:
                _set_first(env, below, first, visited)


def recurring_sections(tree: nodes.document, config: Config) -> list[nodes.section]:
    """Return the sections of a tree that recur; what is below such a section is not looked at again."""
    sections: list[nodes.section] = []
    for section in tree.findall(nodes.section):
        title = section.next_node(nodes.title)
        is_below = isinstance(section.parent, nodes.section)
        if is_below and title is not None and title.astext().strip() in config[RECURRING]:
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


def _forget_numbers(env: BuildEnvironment) -> None:
    """Take the numbers of last time away: Sphinx gives new ones, and leaves them on a page that has none any more."""
    for node in (*env.tocs.values(), *env.titles.values()):
        for numbered in node.findall(nodes.Element):
            numbered.attributes.pop("secnumber", None)


def _skip_recurring(env: BuildEnvironment) -> None:
    """Mark the entries of sections that recur, and of what is below them, in every page's contents."""
    for toc in env.tocs.values():
        for entry in toc.findall(addnodes.compact_paragraph):
            if entry.attributes.pop(RECURRING, False):
                del entry[SKIPPED]
        for list_item in toc.findall(nodes.list_item):
            is_below = isinstance(list_item.parent.parent, nodes.list_item)
            if is_below and list_item[0].astext().strip() in env.config[RECURRING]:
                for entry in list_item.findall(addnodes.compact_paragraph):
                    if SKIPPED not in entry:
                        entry[SKIPPED] = entry[RECURRING] = True


def _without_numbers(env: BuildEnvironment) -> None:
    """Say of what was skipped that it has no number: what Sphinx knows nothing of gets the page's."""
    for name, numbers in env.toc_secnumbers.items():
        for entry in env.tocs[name].findall(addnodes.compact_paragraph):
            if RECURRING in entry:
                reference = cast("nodes.reference", entry[0])
                reference.attributes.pop("secnumber", None)
                numbers[reference["anchorname"]] = ()


def setup(app: Sphinx) -> None:
    """Put the renumbering between Sphinx's numbering of sections and that of figures, which builds on it."""
    app.add_config_value(RECURRING, (), "env", types=(list, tuple))
    app.connect("doctree-read", _lift_toctrees, priority=BEFORE_THE_CONTENTS)
    if getattr(TocTreeCollector, "_toolchain_numbering", False):
        return
    original: Callable[[TocTreeCollector, BuildEnvironment], list[str]] = (
        TocTreeCollector.assign_section_numbers
    )

    def assign_section_numbers(self: TocTreeCollector, env: BuildEnvironment) -> list[str]:
        earlier = dict(env.toc_secnumbers)
        _forget_numbers(env)
        _skip_recurring(env)
        original(self, env)
        _without_numbers(env)
        _renumber(env)
        return [name for name, numbers in env.toc_secnumbers.items() if numbers != earlier.get(name)]

    TocTreeCollector.assign_section_numbers = assign_section_numbers  # type: ignore[method-assign]
    TocTreeCollector._toolchain_numbering = True  # type: ignore[attr-defined] # noqa: SLF001
