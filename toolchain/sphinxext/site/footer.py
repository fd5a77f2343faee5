"""The foot of every page: under which licences the book is, and the ways to its index and to the licences of others."""

from typing import Any

from sphinx.application import Sphinx

from toolchain.sphinxext.site import notices, publication
from toolchain.sphinxext.words import say

INDEX = "genindex"
"""The page that Sphinx makes of what is in the index."""


def _add(app: Sphinx, _page: str, _template: str, context: dict[str, Any], _doctree: object) -> None:
    book = publication.of(app.config).book
    said = ((say("Text"), book.text_licence), (say("Code"), book.code_licence))
    context["book_licences"] = [(what, licence) for what, licence in said if licence]
    context["notices"] = (notices.NAME, say(notices.TITLE)) if notices.is_made(app) else ()
    context["use_index"] = any(name == INDEX for name, *_ in context["rellinks"])


def setup(app: Sphinx) -> None:
    """Tell the template, `licence.html`, when a page is written."""
    app.connect("html-page-context", _add)
