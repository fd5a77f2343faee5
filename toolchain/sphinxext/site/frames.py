"""Frames have a title, which screen readers read in the place of what is in them: where none is typed, what is known.

That is the words between the marks, which are for forms without frames, else the title of the page within, else the address; and
for what a cell puts out that has none, the title of the page. A check names those of authors that have an address only.
"""

import re
from html import escape, unescape
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

from toolchain.base.frames import titled_by

TAG = r"(?:[^<>\"']|\"[^\"]*\"|'[^']*')*"
FRAME = re.compile(
    r"<!--.*?-->|<(?P<raw>script|style|textarea|xmp)\b.*?</(?P=raw)\s*>"
    rf"|<iframe(?P<attributes>(?=[\s/>]){TAG})>(?P<words>.*?)(?=</iframe\b|\Z)|<[a-z/!]{TAG}>",
    re.IGNORECASE | re.DOTALL,
)
"""A frame, or what may have the mark of one in it and is none."""
ATTRIBUTE = re.compile(r"(?P<name>[^\s\"'<>/=]+)(?:\s*=\s*(?P<value>\"[^\"]*\"|'[^']*'|[^\s\"'>]+))?")
NAMING = ("title", "aria-label", "aria-labelledby")
TITLE = re.compile(r"<title\b[^>]*>(?P<words>.*?)</title", re.IGNORECASE | re.DOTALL)
MARK = re.compile(r"<[^>]*>")


def titled(html: str, page: str) -> str:
    """Return HTML in which each frame has a title; `page` is that of the page, for a frame of which nothing is known."""
    return FRAME.sub(lambda found: _titled(found, page), html) if "<iframe" in html.lower() else html


def _titled(found: re.Match[str], page: str) -> str:
    if found["attributes"] is None:
        return found[0]
    attributes = {
        match["name"].lower(): unescape((match["value"] or "").strip("\"'"))
        for match in ATTRIBUTE.finditer(found["attributes"])
    }
    is_hidden = "hidden" in attributes or attributes.get("aria-hidden", "").lower() == "true"
    if is_hidden or any(attributes.get(name, "").strip() for name in NAMING):
        return found[0]
    within = TITLE.search(attributes.get("srcdoc", ""))
    title = (
        _words(found["words"])
        or _words(within["words"] if within else "")
        or titled_by(attributes.get("src", ""))
        or page
    )
    kept = re.sub(
        r"(?<![^\s\"'])title(?:\s*=\s*(?:\"\s*\"|'\s*'))?(?=[\s/]|$)",
        "",
        found["attributes"],
        flags=re.IGNORECASE,
    )
    return f'<iframe title="{escape(title)}"{kept}>{found["words"]}'


def _words(html: str) -> str:
    return " ".join(unescape(MARK.sub(" ", html)).split())


def _title_frames(
    _app: Sphinx, _page: str, _template: str, context: dict[str, Any], tree: nodes.document | None
) -> None:
    if tree is not None and context.get("body"):
        context["body"] = titled(context["body"], _words(context.get("title") or ""))


def setup(app: Sphinx) -> None:
    """Look at the text of each page, of whatever theme."""
    app.connect("html-page-context", _title_frames)
