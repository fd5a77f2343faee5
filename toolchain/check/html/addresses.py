"""Addresses on the site's pages: where they lead, as a browser would find it, and where they stand in the sources."""

import posixpath
from collections.abc import Iterator
from html import escape
from urllib.parse import SplitResult, unquote, urlsplit

from msgspec import Struct

from toolchain.check.base import BuiltBook
from toolchain.forms.html.reading.site import Site, SiteLink
from toolchain.sources.source_files import bibliographies

WEB = frozenset({"http", "https"})
IGNORED = str.maketrans("", "", "\t\n\r")
"""Browsers leave these out of an address."""
DOI = "//doi.org/"
"""In addresses whose path is the DOI of a publication, which is all that a bibliography has."""
TOP = frozenset({"", "top"})
"""Fragments that lead to the top of every page."""
SHORTEST = 3
"""The fewest characters of a part of an address that is looked for by itself."""


class Resolved(Struct, frozen=True):
    """Where an address leads inside the site."""

    target: str
    """Path in the site."""
    fragment: str = ""
    problem: str = ""
    """What is wrong with it; empty if nothing is."""


def outward(url: str, home: str) -> str:
    """Return an address of the web outside the book's own site, whole and without spaces; empty for any other."""
    try:
        parts = urlsplit(url.strip().translate(IGNORED))
        inside = _at_home(parts, urlsplit(home))
    except ValueError:
        return ""
    if not parts.netloc or inside or (parts.scheme or "https") not in WEB:
        return ""
    return parts._replace(scheme=parts.scheme or "https").geturl()


def resolve(url: str, page: str, site: Site, home: str = "") -> Resolved | None:
    """Follow an address from a page; None if it leads elsewhere. `home` is where the site is published."""
    try:
        parts, base = urlsplit(url.strip().translate(IGNORED)), urlsplit(home)
        path = unquote(parts.path, errors="strict")
        at_home = _at_home(parts, base)
    except ValueError as error:
        return Resolved(url, problem=f"is no address: {error}")
    if (parts.scheme or parts.netloc) and not at_home:
        return None
    if at_home or path.startswith("/"):
        root = _root(base)
        if not home or not f"{path}/".startswith(root):
            return Resolved(url, problem="is outside the site")
        target = posixpath.normpath(path[len(root) :] or "index.html")
    else:
        target = posixpath.normpath(posixpath.join(posixpath.dirname(page), path)) if path else page
    return _resolve_path(target, parts.fragment, site)


def _at_home(parts: SplitResult, base: SplitResult) -> bool:
    """Say whether an absolute address is one of the book's own site."""
    same_host = (
        bool(base.netloc) and parts.netloc.lower() == base.netloc.lower() and (parts.scheme or "https") in WEB
    )
    return same_host and f"{unquote(parts.path)}/".startswith(_root(base))


def _root(base: SplitResult) -> str:
    """Return the path of the site's first folder, as the names of the folders are: an address may encode any letter of them."""
    return unquote(base.path).rstrip("/") + "/"


def _resolve_path(target: str, fragment: str, site: Site) -> Resolved:
    """Find a path and a fragment in the site; what is wrong with them is the problem of the result."""
    if target == ".." or target.startswith("../"):
        return Resolved(target, fragment, "is outside the site")
    index = posixpath.normpath(posixpath.join(target, "index.html"))
    if target not in site.files:
        if index not in site.files:
            return Resolved(target, fragment, "no such file in the site")
        target = index
    place = fragment.partition(":~:")[0]
    ids = site.pages[target].ids if target in site.pages else None
    if ids is None or unquote(place).lower() in TOP or place in ids or unquote(place) in ids:
        return Resolved(target, fragment)
    return Resolved(target, fragment, "no such place in that page")


def place_of(built: BuiltBook, page: str, address: SiteLink) -> tuple[str, int | None] | None:
    """Return the source and the line in which an address stands; None if it comes from no source."""
    document = built.documents.get(page.removesuffix(".html"))
    if document is None or not address.own:
        return None
    for path in (document.path, *_bibliographies(built)):
        lines = (built.line_of(path, needle) for needle in _needles(address.url))
        if line := next((number for number in lines if number), None):
            return path, line
    return (document.path, None) if document.path.endswith(".ipynb") else None


def _bibliographies(built: BuiltBook) -> list[str]:
    """Return the files that entries of the bibliography, and their links, come from."""
    return [built.relative(path) for path in bibliographies(built.settings)]


def _needles(url: str) -> Iterator[str]:
    """Yield what to look for in a source: the address as it may be written there, then what it ends with."""
    yield f'"{url}"'  # as HTML in the text has it: a picture of Markdown's may have the same address
    yield url
    yield escape(url)
    yield unquote(url)
    if doi := url.partition(DOI)[2]:
        yield unquote(doi)
    path, _, fragment = url.partition("#")
    for part in (unquote(fragment), posixpath.basename(path.partition("?")[0])):
        if len(part) >= SHORTEST:
            yield part
