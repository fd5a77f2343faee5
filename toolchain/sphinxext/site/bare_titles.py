"""Titles of pages as words: the theme puts them into the page, for print, as if they were HTML."""

from html import escape
from typing import Any

from sphinx.application import Sphinx

PAGE_TITLE = "pagetitle"
"""In a page's context, by sphinx-book-theme, whose layout shows it when the page is printed."""
AFTER_THE_THEME = 600


def _escape(_app: Sphinx, _page: str, _template: str, context: dict[str, Any], _tree: object) -> None:
    if PAGE_TITLE in context:
        context[PAGE_TITLE] = escape(str(context[PAGE_TITLE]))


def setup(app: Sphinx) -> None:
    """Come after the theme."""
    app.connect("html-page-context", _escape, priority=AFTER_THE_THEME)
