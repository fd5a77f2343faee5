"""Sphinx's EPUB: pages that are XML; nothing in it that is not the book's. Its formulas are those of the site, MathML."""

import html
import os
from pathlib import Path
from typing import Any

import lxml.html
from lxml import etree
from sphinx.application import Sphinx
from sphinx.builders.epub3 import Epub3Builder

from toolchain.sphinxext import epub_properties

BEFORE_OTHERS_ASK = 100
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
    toc_metadata = builder.toc_metadata

    def content_of_the_book() -> None:
        kept = Path(app.doctreedir)
        if kept.is_relative_to(app.outdir):
            files = (os.path.relpath(path, app.outdir) for path in kept.rglob("*"))
            app.config["epub_exclude_files"] = [*app.config.epub_exclude_files, *files]
        app.config["version"] = VERSION if is_without else app.config.version
        build_content()
        epub_properties.say(Path(app.outdir))

    def well_formed(template: str, context: dict[str, Any]) -> str:
        return _as_xml(render(template, context))

    def same_identifier(level: int, navpoints: list[Any]) -> dict[str, Any]:
        # Of the contents for older readers, too: Sphinx has its own name of the identifier there.
        return toc_metadata(level, navpoints) | {"uid": html.escape(app.config.epub_identifier)}

    builder.toc_metadata = same_identifier  # type: ignore[method-assign]
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
    """Prepare before the builder asks for a version."""
    app.connect("builder-inited", _prepare, priority=BEFORE_OTHERS_ASK)
