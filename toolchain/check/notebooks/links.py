"""The check of links and images in the notebooks to download: within an archive, and to the book's own site."""

from collections import defaultdict
from collections.abc import Iterator
from functools import cached_property
from urllib.parse import unquote

from lxml import html

from toolchain.base.files import is_file
from toolchain.check import source_places
from toolchain.check.base import BuiltBook, Check
from toolchain.check.notebooks.contents import Sightings
from toolchain.forms.html.form import DOWNLOADS
from toolchain.forms.notebooks.reading.archives import Archive, Lost, Notebook
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

    def findings(self, built: BuiltBook) -> Iterator[Finding]:
        """Follow every link that stays in the book."""
        sightings = Sightings(built)
        site = _Site(built)
        for archive in built.archives.all:
            for lost in (*built.archives.lost(archive), *site.lost(archive)):
                message = f"the link {lost.link} leads nowhere"
                if lost.place:
                    where = source_places.source(built, lost.page) or lost.link
                    message = f"the link to “{lost.place}” leads to no place of {where}"
                sightings.add(archive, lost.notebook, message, line=_line(built, lost))
        for path, line, message in sightings:
            yield self.found(message, path, line)


def _line(built: BuiltBook, lost: Lost) -> int | None:
    """Return the line of the source from which a link came."""
    page = lost.notebook.page
    path = source_places.source(built, page)
    if not path:
        return None
    if lost.place and (line := source_places.reference_to(built, page, lost.page, lost.place)):
        return line
    link = unquote(lost.link)
    needles = (lost.link, link, f"#{lost.place}" if lost.place else "", link.rpartition("/")[2])
    return next((line for needle in needles if needle and (line := built.line_of(path, needle))), None)


class _Site:
    """The book's own site, as far as it was made or the sources say what will be in it."""

    def __init__(self, built: BuiltBook) -> None:
        self._built = built
        self._address = built.settings.book.site.rstrip("/")
        self._folder = next(iter(built.paths("html")), None)
        self._site_places: dict[str, frozenset[str]] = {}

    def lost(self, archive: Archive) -> Iterator[Lost]:
        """Yield the links of an archive that lead to no page or place of the site."""
        if not self._address:
            return
        for notebook in archive.notebooks.values():
            for cell in notebook.markdown:
                for link in self._built.archives.markdown_content(cell.source).links:
                    if f"{link}/".startswith(f"{self._address}/") or link.startswith(f"{self._address}#"):
                        yield from self._problem(notebook, link)

    def _problem(self, notebook: Notebook, link: str) -> Iterator[Lost]:
        path, _, fragment = link.removeprefix(self._address).partition("#")
        path, fragment = unquote(path.partition("?")[0]).lstrip("/"), unquote(fragment)
        path = f"{path}index{SUFFIX}" if not path or path.endswith("/") else path
        page = path.removesuffix(SUFFIX)
        if path.endswith(SUFFIX) and page in self._built.documents:
            if fragment and fragment not in self._places(page):
                yield Lost(notebook, link, page, fragment)
        elif not self._has(path):
            yield Lost(notebook, link)

    def _has(self, path: str) -> bool:
        if path.startswith(f"{DOWNLOADS}/"):
            archives = self._built.archives
            offered = {archive.path.name for archive in archives.zips}
            offered |= {f"{page}.ipynb" for archive in archives.alone for page in archive.pages}
            return path.removeprefix(f"{DOWNLOADS}/") in offered
        if self._folder is not None:
            return is_file(self._folder / path)
        # Nobody knows which other files a site would have.
        return not path.endswith(SUFFIX) or path.removesuffix(SUFFIX) in GENERATED

    def _places(self, page: str) -> frozenset[str]:
        """Return the identifiers on a page: of the site if it was made, else those that sources and notebooks declare."""
        if self._folder is None:
            return self._declared_places[page]
        if page not in self._site_places:
            path = self._folder / f"{page}{SUFFIX}"
            identifiers = (
                html.parse(str(path), parser=PARSER).xpath("//@id | //a/@name") if is_file(path) else ()
            )
            self._site_places[page] = frozenset(identifiers)
        return self._site_places[page]

    @cached_property
    def _declared_places(self) -> dict[str, frozenset[str]]:
        places: dict[str, set[str]] = defaultdict(set)
        for label in self._built.facts.labels:
            places[label.page].update((*label.ids, *label.names))
        for _, notebook in self._built.archives.notebooks:
            places[notebook.page] |= self._built.archives.places(notebook)
        return {page: frozenset(places[page]) for page in self._built.documents}
