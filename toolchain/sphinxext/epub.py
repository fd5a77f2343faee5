"""Sphinx's EPUB: pages that are XML; nothing in it that is not the book's. Its formulas are those of the site, MathML."""

import os
from pathlib import Path
from typing import Any

import lxml.html
from lxml import etree
from sphinx.application import Sphinx
from sphinx.builders.epub3 import Epub3Builder

VERSION = "1.0"
"""Sphinx wants every EPUB to have one, and an edition of a book is no number."""


def _prepare(app: Sphinx) -> None:
    """Take the places of what Sphinx has no events for."""
    builder = app.builder
    if not isinstance(builder, Epub3Builder):
        return
    # No page shows it.
    is_without = not app.config.version
    if is_without:
        app.config["version"] = VERSION
        app.connect("env-get-outdated", _take_version_away)
    build_content, render = builder.build_content, builder.templates.render

    def content_of_the_book() -> None:
        kept = Path(app.doctreedir)
        if kept.is_relative_to(app.outdir):
            files = (os.path.relpath(path, app.outdir) for path in kept.rglob("*"))
            app.config["epub_exclude_files"] = [*app.config.epub_exclude_files, *files]
        app.config["version"] = VERSION if is_without else app.config.version
        build_content()

    def well_formed(template: str, context: dict[str, Any]) -> str:
        return _as_xml(render(template, context))

    builder.build_content = content_of_the_book  # type: ignore[method-assign]
    builder.templates.render = well_formed


def _take_version_away(app: Sphinx, *_: object) -> list[str]:
    app.config["version"] = ""
    return []


def _as_xml(text: str) -> str:
    """Return a page as XML: authors and outputs may have written HTML in it, which ends no element that it need not end."""
    if "<html" not in text:
        return text
    try:
        etree.fromstring(text.encode())
    except etree.XMLSyntaxError:
        page = lxml.html.document_fromstring(text.encode(), parser=lxml.html.HTMLParser(encoding="utf-8"))
        written = etree.tostring(page, encoding="unicode", method="xml")
        return f'<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE html>\n{written}'
    return text


def setup(app: Sphinx) -> None:
    """Prepare when it is known what is made."""
    app.connect("builder-inited", _prepare)
