"""What a reference that leads nowhere probably meant."""

import posixpath
import re

from toolchain.check.base import BuiltBook
from toolchain.check.sources.nearest import nearest
from toolchain.model import Finding

TOCTREE = "toctree contains reference to"
OF_PAGES = ("unknown document", "Unknown source document", TOCTREE)
OF_LABELS = ("ref", "numref", "eq", "any")
FOOTNOTE = "Unknown target name"
SUFFIX = re.compile(r"\.(md|ipynb)$")


def meant(made: BuiltBook, warning: Finding, role: str, target: str) -> str:
    """Return the name that was probably meant, as it is to be written there; empty if there is none like it."""
    labels = [each for each in made.facts.labels if each.kind != "citation"]
    numbered = {name for each in labels if each.kind == "equation" for name in each.names}
    page, _, place = target.rpartition("#")
    if page in made.facts.pages:
        found = nearest(place, {name for each in labels if each.page == page for name in each.names})
        return f"{page}.md#{found}" if found else ""
    if warning.message.startswith(OF_PAGES) or SUFFIX.search(page or target):
        return _page(made, warning.path, page or target)
    if (role and role not in OF_LABELS) or warning.message.startswith(FOOTNOTE):
        return ""
    if role in ("numref", "ref") and target in numbered:
        return f"{{eq}}`{target}`"
    return nearest(target, numbered if role == "eq" else {name for each in labels for name in each.names})


def _page(made: BuiltBook, path: str, target: str) -> str:
    """Return the page whose name is most like one that is none, seen from where it is named."""
    bare = SUFFIX.sub("", target)
    folder = posixpath.dirname(path).partition("/")[2]
    inside = "" if target.startswith("/") else folder
    absolute = posixpath.normpath(posixpath.join(inside, bare.lstrip("/")))
    found = nearest(absolute, made.documents) or nearest(bare, made.documents)
    if not found:
        return ""
    suffix = target[len(bare) :]
    return f"/{found}{suffix}" if target.startswith("/") else posixpath.relpath(found, folder or ".") + suffix
