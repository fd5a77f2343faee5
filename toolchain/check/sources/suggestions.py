"""What a reference that leads nowhere probably meant."""

import posixpath
import re

from toolchain.check.base import ReadBook
from toolchain.check.sources.nearest import nearest
from toolchain.model import Finding

OF_TOCTREES = "sphinx.toc."
OF_PAGES = (OF_TOCTREES, "sphinx.ref.doc")
OF_PAGES_TOO = "Unknown source document"
OF_LABELS = ("ref", "numref", "eq", "eqref", "any", "solution")
FOOTNOTE = "Unknown target name"
NOTE = re.compile(r"[ >]*\[\^(?P<name>[^\]\s]+)\]:")
"""Begins a footnote."""
SUFFIX = re.compile(r"\.(md|ipynb|html)$")


def intended_name(built: ReadBook, warning: Finding, role: str, target: str) -> str:
    """Return the name that was probably meant, as it is to be written there; empty if there is none like it."""
    labels = [label for label in built.facts.labels if label.kind != "citation"]
    numbered = {name for label in labels if label.kind == "equation" for name in label.names}
    page, _, place = target.rpartition("#")
    if page in built.facts.pages:
        closest = nearest(place, {name for label in labels if label.page == page for name in label.names})
        return f"{_seen_from(built, warning.path, page)}#{closest}" if closest else ""
    names_page = warning.id.startswith(OF_PAGES) or warning.message.startswith(OF_PAGES_TOO)
    if names_page or SUFFIX.search(page or target):
        return _page(built, warning.path, page or target)
    if warning.message.startswith(FOOTNOTE):
        notes = filter(None, map(NOTE.match, built.lines(warning.path)))
        closest = nearest(target, {note["name"] for note in notes})
        return f"[^{closest}]" if closest else ""
    if role and role not in OF_LABELS:
        return ""
    if role in ("numref", "ref") and target in numbered:
        return f"{{eq}}`{target}`"
    return nearest(
        target, numbered if role in ("eq", "eqref") else {name for label in labels for name in label.names}
    )


def _page(built: ReadBook, path: str, target: str) -> str:
    """Return the page whose name is most like one that is none, seen from where it is named."""
    bare = SUFFIX.sub("", target)
    inside = "" if target.startswith("/") else posixpath.dirname(built.settings.layout.page(path))
    absolute = posixpath.normpath(posixpath.join(inside, bare.lstrip("/")))
    closest = nearest(absolute, built.documents) or nearest(bare, built.documents)
    if not closest:
        return ""
    if target.startswith("/"):
        return f"/{closest}{_suffix(built, closest) if target != bare else ''}"
    seen = _seen_from(built, path, closest)
    return seen if target != bare else seen.removesuffix(_suffix(built, closest))


def _seen_from(built: ReadBook, path: str, page: str) -> str:
    """Return how a page's file is named in another file."""
    folder = posixpath.dirname(built.settings.layout.page(path))
    return posixpath.relpath(page, folder or ".") + _suffix(built, page)


def _suffix(built: ReadBook, page: str) -> str:
    return posixpath.splitext(built.documents[page].path)[1] if page in built.documents else ".md"
