"""Chapter numbers go on from one numbered toctree to the next; a toctree of class `appendix` has letters.

Sphinx begins again at 1 in each numbered toctree, so that a book in parts would have several chapters of one number. A toctree
without `:numbered:` before the first numbered one is front matter, one after them is back matter.
"""

from collections.abc import Callable
from string import ascii_uppercase
from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.environment.collectors.toctree import TocTreeCollector

APPENDIX = "appendix"
FRONT, MAIN, BACK = "front", "main", "back"

SectionNumber = tuple[int | str, ...]


def chapters(env: BuildEnvironment) -> list[tuple[str, str]]:
    """Return the root's pages in order, each with the matter that it belongs to: front, main, appendix or back."""
    found, matter = [], FRONT
    for toctree in env.get_doctree(env.config.root_doc).findall(addnodes.toctree):
        if toctree.get("numbered"):
            matter = APPENDIX if _is_appendix(toctree) else MAIN
        elif matter != FRONT:
            matter = BACK
        found += [(name, matter) for _, name in toctree["entries"] if name in env.found_docs]
    return found


def numbering_depth(env: BuildEnvironment) -> int:
    """Return how many levels carry numbers: 1 for chapters, 2 for sections too, and so on."""
    toctrees = env.get_doctree(env.config.root_doc).findall(addnodes.toctree)
    return max((int(each.get("numbered", 0)) for each in toctrees), default=0)


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


def _set_first(env: BuildEnvironment, name: str, first: int | str, seen: set[str]) -> None:
    """Replace the first component of all section numbers of a page and of the pages below it."""
    if name in seen:
        return
    seen.add(name)
    all_numbers: dict[str, dict[str, Any]] = env.toc_secnumbers  # letters stand in them too
    numbers = all_numbers.get(name, {})
    all_numbers[name] = {anchor: (first, *each[1:]) if each else each for anchor, each in numbers.items()}
    toc = env.tocs.get(name)
    for node in (toc, env.titles.get(name)):
        for reference in node.findall(nodes.Element) if node is not None else ():
            if reference.get("secnumber"):
                reference["secnumber"] = [first, *reference["secnumber"][1:]]
    for toctree in toc.findall(addnodes.toctree) if toc is not None else ():
        for _, below in toctree["entries"]:
            if below in env.toc_secnumbers:
                _set_first(env, below, first, seen)


def setup(_app: Sphinx) -> None:
    """Put the renumbering between Sphinx's numbering of sections and that of figures, which builds on it."""
    if getattr(TocTreeCollector, "_toolchain_numbering", False):
        return
    original: Callable[[TocTreeCollector, BuildEnvironment], list[str]] = (
        TocTreeCollector.assign_section_numbers
    )

    def assign_section_numbers(self: TocTreeCollector, env: BuildEnvironment) -> list[str]:
        before = dict(env.toc_secnumbers)
        original(self, env)
        _renumber(env)
        return [name for name, numbers in env.toc_secnumbers.items() if numbers != before.get(name)]

    TocTreeCollector.assign_section_numbers = assign_section_numbers  # type: ignore[method-assign]
    TocTreeCollector._toolchain_numbering = True  # type: ignore[attr-defined] # noqa: SLF001
