"""A Content-Security-Policy on each page of the site, where a book lets no script of an output through.

The gate of outputs has taken the scripts out; should one come through yet, browsers do not run it. What may run is what the
site itself loads, and what stands in its theme and in the author's own text, by its digest.
"""

import re
from base64 import b64encode
from collections.abc import Iterator
from hashlib import sha256
from html import escape, unescape
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.builders.epub3 import Epub3Builder
from sphinx.builders.html import StandaloneHTMLBuilder

OUTPUTS = "toolchain_outputs"
"""Sphinx's name of `outputs` in `[html]`."""
STATIC = "static"
AUTHORS = "toolchain_authors_html"
"""In a page's context: the HTML that its author has written."""
SCRIPT = re.compile(r"<script\b(?P<attributes>[^>]*)>(?P<code>.*?)</script\s*>", re.IGNORECASE | re.DOTALL)
SOURCE = re.compile(r"\bsrc\s*=\s*(?:\"(?P<double>[^\"]*)\"|'(?P<single>[^']*)')", re.IGNORECASE)
HEAD = re.compile(r"<head\b[^>]*>(?:\s*<meta charset[^>]*>)?", re.IGNORECASE)
ELSEWHERE = re.compile(r"(?:https?:)?//[^\s;,'\"]+")


def policy(page: str, body: str, authors: str) -> str:
    """Return the policy of a page: its scripts are those around its body, and those that its author has written in it."""
    trusted = set(_scripts(page)) - set(_scripts(body)) | set(_scripts(authors))
    return f"script-src 'self' {' '.join(sorted(trusted))}; object-src 'none'; base-uri 'self'"


def _scripts(html: str) -> Iterator[str]:
    """Yield what a policy calls the scripts in some HTML that are not files of the site."""
    for script in SCRIPT.finditer(html):
        source = SOURCE.search(script["attributes"])
        if source is None:
            digest = sha256(script["code"].replace("\r\n", "\n").encode()).digest()
            yield f"'sha256-{b64encode(digest).decode()}'"
        elif ELSEWHERE.fullmatch(address := unescape(source["double"] or source["single"] or "")):
            yield address


def _note_authors_html(
    _app: Sphinx, _page: str, _template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Note what the author has written as HTML: all but what stands in a cell's output, or came out of one."""
    raw = doctree.findall(nodes.raw) if doctree is not None else ()
    context[AUTHORS] = "\n".join(node.astext() for node in raw if not _is_output(node))


def _is_output(node: nodes.Node | None) -> bool:
    while isinstance(node, nodes.Element):
        if {"output", "cell_output"} & set(node.get("classes", ())):
            return True
        node = node.parent
    return False


def _put_policies(app: Sphinx) -> None:
    """Put its policy at the head of each page that is written."""
    builder = app.builder
    is_book = isinstance(builder, Epub3Builder)  # nobody runs a script of one
    if not isinstance(builder, StandaloneHTMLBuilder) or is_book or app.config[OUTPUTS] != STATIC:
        return
    render = builder.templates.render

    def render_with_policy(template: str, context: dict[str, Any]) -> str:
        text: str = render(template, context)
        head = HEAD.search(text)
        if head is None:  # a part of a page
            return text
        rules = escape(policy(text, context.get("body") or "", context.get(AUTHORS, "")))
        meta = f'\n<meta http-equiv="Content-Security-Policy" content="{rules}">'
        return text[: head.end()] + meta + text[head.end() :]

    # No event tells of a whole page.
    builder.templates.render = render_with_policy


def setup(app: Sphinx) -> None:
    """Look at each page as it is written."""
    app.add_config_value(OUTPUTS, "live", "")  # when book.toml changes, every page is made anew
    app.connect("html-page-context", _note_authors_html)
    app.connect("builder-inited", _put_policies)
