"""Checks of the site: its links, its pages, its search."""

import posixpath
import re
from collections.abc import Iterator
from typing import Any

import msgspec

from toolchain.base.decoding import decode_json, read_whole
from toolchain.base.units import count
from toolchain.check.base import BuiltBook, Check
from toolchain.check.html.addresses import Resolved, place_of, resolve
from toolchain.forms.html.form import DOWNLOADS, PRINTED
from toolchain.forms.html.reading.site import Site, SiteLink
from toolchain.model import Document, Finding, Severity
from toolchain.model.sphinx import SEARCH_FOLDER, SEARCH_INDEX

OFFERED_BY = {DOWNLOADS: "notebooks", PRINTED: "pdf"}
"""Folders of the site with what other forms give it, and which do."""
SEARCH = "searchindex.js"
"""Sphinx's index, of a site with another theme."""
PLAIN = re.compile(r"(?P<path>(?!/)[\w./-]*)(?:#(?P<place>[\w.:-]+))?")
"""An address within the site of which nothing is encoded, and nothing is to be left out."""
INDEX = re.compile(rb"\s*Search\.setIndex\((?P<json>.*)\)\s*;?\s*", re.DOTALL)
OUR_INDEX = re.compile(rb"toolchainSearch\.index\((?P<json>.*)\)\s*", re.DOTALL)


class DeadLink(Check):
    """A link, image or script inside the site that leads nowhere."""

    id = "HTML001"
    follows = frozenset({"SRC002", "SRC006"})
    title = "a link or resource inside the site does not exist"
    needs = frozenset({"html"})
    explanation = (
        "A page of the built site names a file, or a place in a page, that the site does not have. Refer to labels "
        "with {ref}, {numref} or a Markdown link to the source file; Sphinx then writes the address. What raw HTML "
        "names is not copied: keep pictures in img/ and show them with ![](…), and files with {download}."
    )

    def findings(self, built: BuiltBook) -> Iterator[Finding]:
        """Resolve every address of every page as a browser would; what all pages have in common is said once."""
        shared: dict[tuple[str, str], list[tuple[str, str, str]]] = {}
        # A page that is missing as a whole, and the search, are other checks'.
        missing = {SEARCH, SEARCH_INDEX, *(f"{name}.html" for name in built.documents)} - built.site.files
        for page, address, resolved in dead(built.site, missing, built.settings.book.site):
            offered = OFFERED_BY.get(resolved.target.partition("/")[0])
            if offered and offered not in built.forms:
                continue  # that they could not be made has been said
            where = place_of(built, page, address)
            message = f"{address.url}: {resolved.problem}"
            if where is None:
                # Every page has its own way to what is not there.
                to = resolved.target if resolved.target != page else ""
                shared.setdefault((to, resolved.fragment), []).append((page, address.url, resolved.problem))
            else:
                yield self.found(message, *where)
        for pages in shared.values():
            page, url, problem = pages[0]
            others = f", and {count(len(pages) - 1, 'more page')}" if len(pages) > 1 else ""
            yield self.found(f"{url}: {problem}{others}", f"{built.site.folder}/{page}")


class MissingPage(Check):
    """A page of the book that readers of the site do not get."""

    id = "HTML005"
    title = "a page of the book is not in the site, or is empty there"
    needs = frozenset({"html"})
    explanation = (
        "Every source below book/ becomes a page. One that is not there, or has no word in it, was lost after it was "
        "made, or left out by what _config/conf.py says: build again, and correct the configuration."
    )

    def findings(self, built: BuiltBook) -> Iterator[Finding]:
        """Look for every page of the book."""
        for document in built.book.documents:
            page = built.site.pages.get(f"{document.name}.html")
            if page is None and document.off and not document.listed:
                continue  # beside the site's own files for instance; that it is in no toctree has been said
            if page is None:
                yield self.found("has no page in the site", document.path)
            elif page.empty:
                yield self.found("its page in the site is empty", document.path)


class UnsearchablePage(Check):
    """A page that the site's search does not find."""

    id = "HTML006"
    title = "the search does not know a page, or nothing at all"
    needs = frozenset({"html"})
    explanation = (
        f"The search of the site looks into {SEARCH_INDEX}; with a theme that is not the toolchain's, into {SEARCH}, which "
        "Sphinx writes. Readers cannot find what is not in it: build again."
    )

    def findings(self, built: BuiltBook) -> Iterator[Finding]:
        """Read the index as the search does."""
        is_ours = any(name.startswith(f"{SEARCH_FOLDER}/") for name in built.site.files)
        name = SEARCH_INDEX if is_ours else SEARCH
        place = f"{built.site.folder}/{name}"
        if name not in built.site.files:
            yield self.found("there is no such file: the search finds nothing", place)
            return
        indexed = (_ours if is_ours else _sphinxs)(read_whole(built.settings.project / place) or b"")
        if indexed is None:
            yield self.found("is empty or damaged: the search finds nothing", place)
            return
        for document in built.book.documents:
            if document.name not in indexed:
                yield self.found("the search does not know this page", document.path)


class UnnamedPage(Check):
    """A page that tabs, bookmarks and search engines cannot tell from another, or that is read out in a wrong language."""

    id = "HTML007"
    title = "a page without a title of its own, or without its language"
    severity = Severity.ADVICE
    needs = frozenset({"html"})
    explanation = (
        "The title is what tabs, bookmarks and search engines show of a page, and what a screen reader reads first: "
        "two pages need two. Give the page a heading that says what is in it. The language decides how the page is "
        "read out and hyphenated; it comes from `language` in [book]."
    )

    def findings(self, built: BuiltBook) -> Iterator[Finding]:
        """Compare the titles of the book's pages."""
        document_by_title: dict[str, Document] = {}
        for document in built.book.documents:
            page = built.site.pages.get(f"{document.name}.html")
            if page is None or page.empty:
                continue
            line = _heading(built, document)
            if not page.title:
                yield self.found("its page has no title", document.path, line)
            elif page.title in document_by_title:
                other = document_by_title[page.title].path
                yield self.found(f"its title is also that of {other}: {page.title}", document.path, line)
            else:
                document_by_title[page.title] = document
            if not page.language:
                yield self.found("its page does not say in which language it is", document.path)


class _Index(msgspec.Struct):
    """What the checks need of Sphinx's search index."""

    docnames: tuple[str, ...]
    titles: tuple[str, ...]
    terms: dict[str, msgspec.Raw]
    titleterms: dict[str, msgspec.Raw]
    """Of a book that has titles and nothing else this is all that there is."""


def _sphinxs(script: bytes) -> set[str] | None:
    """Return the pages that Sphinx's index knows; None if it can find none."""
    match = INDEX.fullmatch(script)
    index = decode_json(match["json"], _Index) if match else None
    if index is None or not (index.terms or index.titleterms or not any(index.titles)):
        return None
    return set(index.docnames[: len(index.titles)])


class _OurIndex(msgspec.Struct):
    """What the checks need of the index of the toolchain's theme."""

    pages: tuple[tuple[Any, ...], ...]
    """Name, address, page above, and a section for each heading: what it is called stands last."""
    words: str


def _ours(script: bytes) -> set[str] | None:
    """Return the pages that our index knows; None if it can find none."""
    match = OUR_INDEX.fullmatch(script)
    index = decode_json(match["json"], _OurIndex) if match else None
    if index is None or (
        not index.words and any(section[-1] for page in index.pages for section in page[3:])
    ):
        return None
    return {str(page[0]) for page in index.pages}


def dead(site: Site, missing: set[str], home: str) -> Iterator[tuple[str, SiteLink, Resolved]]:
    """Yield the addresses that lead nowhere, with their pages, but for those that lead to what is `missing` anyway.

    `home` is where the site is published.
    """
    # Pages of one folder lead the same ways: a sidebar has as many addresses as the book has pages.
    led: dict[tuple[str, str], Resolved | None] = {}
    for name, page in site.pages.items():
        folder = posixpath.dirname(name)
        for address in page.addresses:
            url = address.url
            start = folder if _has_path(url) else name
            if (start, url) not in led:
                leads = _leads(url, name, folder, site)
                led[start, url] = None if leads else _problem(resolve(url, name, site, home), missing)
            if resolved := led[start, url]:
                yield name, address, resolved


def _leads(url: str, page: str, folder: str, site: Site) -> bool:
    """Say whether an address of the simplest kind leads somewhere: of nearly all addresses no more has to be known."""
    plain = PLAIN.fullmatch(url)
    if plain is None:
        return False
    target = posixpath.normpath(posixpath.join(folder, plain["path"])) if plain["path"] else page
    place = plain["place"]
    return target in site.files and (not place or target not in site.pages or place in site.pages[target].ids)


def _has_path(url: str) -> bool:
    """Say whether an address leads to the same from every page of a folder."""
    first = url[:1]
    # What an address may begin with and browsers leave out is none of the path.
    return first > " " and first not in "#?" and not first.isspace()


def _problem(resolved: Resolved | None, missing: set[str]) -> Resolved | None:
    return resolved if resolved and resolved.problem and resolved.target not in missing else None


def _heading(built: BuiltBook, document: Document) -> int | None:
    facts = built.facts.pages.get(document.name)
    return next((heading.line for heading in facts.tops), None) if facts else None
