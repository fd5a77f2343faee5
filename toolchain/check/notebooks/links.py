"""The check of links and images in the notebooks to download: within an archive, and to the book's own site."""

from collections import defaultdict
from collections.abc import Iterator
from functools import cached_property
from urllib.parse import unquote

from lxml import html

from toolchain.check import source_places
from toolchain.check.base import BuiltBook, Check
from toolchain.check.notebooks.contents import Sightings
from toolchain.forms.notebooks.launch import FOLDER
from toolchain.forms.notebooks.reading import Archive, Lost, Notebook
from toolchain.model import Finding

GENERATED = ("genindex", "search", "py-modindex")
"""Pages of the site that Sphinx makes of itself."""
SUFFIX = ".html"
PARSER = html.HTMLParser(encoding="utf-8")


class DeadNotebookLink(Check):
    """A link or an image of a notebook that leads nowhere."""

    id = "NB002"
    follows = frozenset({"SRC002", "SRC006", "HTML001"})
    title = "a link or an image of a notebook leads nowhere"
    needs = frozenset({"notebooks"})
    explanation = (
        "Within an archive a link leads to a file or to a place in a notebook, out of it to a page of the book's site. "
        "What only the site has, such as a place within raw HTML that a notebook cannot show, is not there: refer to "
        "labels of text with {ref} or {numref}."
    )

    def findings(self, made: BuiltBook) -> Iterator[Finding]:
        """Follow every link that stays in the book."""
        seen = Sightings(made)
        site = _Site(made)
        for archive in made.archives.all:
            for lost in (*made.archives.lost(archive), *site.lost(archive)):
                message = f"the link {lost.link} leads nowhere"
                if lost.place:
                    where = source_places.source(made, lost.page) or lost.link
                    message = f"the link to “{lost.place}” leads to no place of {where}"
                seen.add(archive, lost.notebook, message, line=_line(made, lost))
        for path, line, message in seen:
            yield self.found(message, path, line)


def _line(made: BuiltBook, lost: Lost) -> int | None:
    """Return the line of the source from which a link came."""
    page = lost.notebook.page
    path = source_places.source(made, page)
    if not path:
        return None
    if lost.place and (line := source_places.reference_to(made, page, lost.page, lost.place)):
        return line
    link = unquote(lost.link)
    needles = (lost.link, link, f"#{lost.place}" if lost.place else "", link.rpartition("/")[2])
    return next((line for each in needles if each and (line := made.line_of(path, each))), None)


class _Site:
    """The book's own site, as far as it was made or the sources say what will be in it."""

    def __init__(self, made: BuiltBook) -> None:
        self._made = made
        self._address = made.settings.book.site.rstrip("/")
        self._folder = next(iter(made.paths("html")), None)
        self._known: dict[str, frozenset[str]] = {}

    def lost(self, archive: Archive) -> Iterator[Lost]:
        """Yield the links of an archive that lead to no page or place of the site."""
        if not self._address:
            return
        for notebook in archive.notebooks.values():
            for cell in notebook.markdown:
                for link in self._made.archives.said(cell.source).links:
                    if f"{link}/".startswith(f"{self._address}/") or link.startswith(f"{self._address}#"):
                        yield from self._problem(notebook, link)

    def _problem(self, notebook: Notebook, link: str) -> Iterator[Lost]:
        path, _, fragment = link.removeprefix(self._address).partition("#")
        path, fragment = unquote(path.partition("?")[0]).lstrip("/"), unquote(fragment)
        path = f"{path}index{SUFFIX}" if not path or path.endswith("/") else path
        page = path.removesuffix(SUFFIX)
        if path.endswith(SUFFIX) and page in self._made.documents:
            if fragment and fragment not in self._places(page):
                yield Lost(notebook, link, page, fragment)
        elif not self._has(path):
            yield Lost(notebook, link)

    def _has(self, path: str) -> bool:
        if path.startswith(f"{FOLDER}/"):
            archives = self._made.archives
            offered = {each.path.name for each in archives.zips}
            offered |= {f"{page}.ipynb" for each in archives.alone for page in each.pages}
            return path.removeprefix(f"{FOLDER}/") in offered
        if self._folder is not None:
            return (self._folder / path).is_file()
        # Nobody knows which other files a site would have.
        return not path.endswith(SUFFIX) or path.removesuffix(SUFFIX) in GENERATED

    def _places(self, page: str) -> frozenset[str]:
        """Return the places of a page: of the site if it was made, else those that sources and notebooks know."""
        if self._folder is None:
            return self._told[page]
        if page not in self._known:
            path = self._folder / f"{page}{SUFFIX}"
            found = html.parse(str(path), parser=PARSER).xpath("//@id | //a/@name") if path.is_file() else ()
            self._known[page] = frozenset(found)
        return self._known[page]

    @cached_property
    def _told(self) -> dict[str, frozenset[str]]:
        told: dict[str, set[str]] = defaultdict(set)
        for label in self._made.facts.labels:
            told[label.page].update((*label.ids, *label.names))
        for _, notebook in self._made.archives.notebooks:
            told[notebook.page] |= self._made.archives.places(notebook)
        return {page: frozenset(told[page]) for page in self._made.documents}
