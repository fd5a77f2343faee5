"""What a page builds on, and what leads on from it: said on the page, on the site with links, in print by numbers."""

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform

from toolchain.model.sphinx import current
from toolchain.sphinxext.front import contents
from toolchain.sphinxext.front.contents import Page
from toolchain.sphinxext.front.place import is_print, is_site, link
from toolchain.sphinxext.of_env import application
from toolchain.sphinxext.provenance import UNSEARCHED, place
from toolchain.sphinxext.words import say

CLASS = "relations"
BUILDS_ON, LEADS_TO = "Builds on", "Leads on to"
BEFORE_THE_FRONT = 840


def builds_on(page: str) -> tuple[str, ...]:
    """Return the pages that a page builds on."""
    sphinx_input = current()
    return sphinx_input.prerequisites.get(page, ()) if sphinx_input else ()


def leads_to(page: str) -> tuple[str, ...]:
    """Return the pages that build on a page."""
    sphinx_input = current()
    return _leading(tuple(sphinx_input.prerequisites.items())).get(page, ()) if sphinx_input else ()


def of(page: str) -> list[tuple[str, str]]:
    """Return what is said of a page's relations: the words, and the other page."""
    return [
        *((BUILDS_ON, name) for name in builds_on(page)),
        *((LEADS_TO, name) for name in leads_to(page)),
    ]


@lru_cache(maxsize=1)
def _leading(prerequisites: tuple[tuple[str, tuple[str, ...]], ...]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for page, needed in prerequisites:
        for other in needed:
            found[other] = (*found.get(other, ()), page)
    return found


class SayRelations(SphinxPostTransform):
    """Puts the two lines on the pages that have such relations."""

    default_priority = BEFORE_THE_FRONT

    def run(self, **_options: Any) -> None:
        """Look at the page; in print at each page of the whole book."""
        app = application(self.env)
        if is_print(app):
            for file in self.document.findall(addnodes.start_of_file):
                if builds_on(file["docname"]):
                    section = next(iter(file.findall(nodes.section)), None)
                    self._insert(section, self._printed(file["docname"]))
            return
        page = self.env.current_document.docname
        section = next(iter(self.document.findall(nodes.section)), None)
        for head, names in ((BUILDS_ON, builds_on(page)), (LEADS_TO, leads_to(page))):
            pages = [contents.page(self.env, name) for name in names if name in self.env.titles]
            if not pages:
                continue
            line = nodes.paragraph("", f"{say(head)} ", *self._links(app, page, pages), nodes.Text("."))
            said = nodes.container("", line, classes=[CLASS, UNSEARCHED])
            if head == BUILDS_ON:
                self._insert(section, said)
            elif is_site(app):
                parent, index = place(self.document)
                before = _first_of_the_end(parent, index)
                parent.insert(before, said)

    @staticmethod
    def _insert(section: nodes.section | None, said: nodes.Element) -> None:
        if section is not None:
            section.insert(_after_title(section), said)

    @staticmethod
    def _links(app: Sphinx, page: str, pages: list[Page]) -> Iterator[nodes.Node]:
        for number, other in enumerate(pages):
            if number:
                yield nodes.Text(" and " if number == len(pages) - 1 else ", ")
            yield link(app, page, other)

    def _printed(self, page: str) -> nodes.Element:
        pages = [contents.page(self.env, name) for name in builds_on(page) if name in self.env.titles]
        words = [one.reference for one in pages]
        text = " and ".join(filter(None, (", ".join(words[:-1]), words[-1]))) if words else ""
        return nodes.paragraph("", "", nodes.emphasis("", f"{say(BUILDS_ON)} {text}."), classes=[CLASS])


def _after_title(section: nodes.section) -> int:
    first = section.first_child_matching_class(nodes.title)
    return 0 if first is None else first + 1


def _first_of_the_end(parent: nodes.Element, index: int) -> int:
    """Return the place before what is at the end of each page: where it is discussed, where results come from."""
    while index and UNSEARCHED in getattr(parent[index - 1], "attributes", {}).get("classes", ()):
        index -= 1
    return index


def setup(app: Sphinx) -> None:
    """Say it when a page is written."""
    app.add_post_transform(SayRelations)
