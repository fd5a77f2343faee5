"""Sphinx's EPUB: formulas as MathML, for readers of books run no scripts; pages that are XML; nothing in it that is not the book's."""

import os
import re
from pathlib import Path
from typing import Any

import lxml.html
from docutils import nodes
from docutils.utils.math import MathError, latex2mathml
from lxml import etree
from sphinx.application import Sphinx
from sphinx.builders.epub3 import Epub3Builder
from sphinx.util import logging
from sphinx.util.math import get_node_equation_number
from sphinx.writers.html5 import HTML5Translator

from toolchain.sphinxext.notebook_text import maths

MATHML = "mathml"
MATHJAX = "mathjax"
BEFORE_OTHERS_ASK = 100
REWRITTEN = (
    (re.compile(r"\\dots(?![A-Za-z])"), r"\\ldots"),
    (re.compile(r"\\([dt]?frac)\s*(\d)\s*(\d)"), r"\\\1{\2}{\3}"),
    (re.compile(r"\\(begin|end)\{(?:alignedat\}\{\d+|gathered|split|alignedat)\}"), r"\\\1{aligned}"),
    (re.compile(r"\\(begin|end)\{(?:array\}\s*\{[^{}]*|array)\}"), r"\\\1{matrix}"),
    (re.compile(r"\\(begin|end)\{dcases\}"), r"\\\1{cases}"),
)
"""What docutils does not read, and what it does."""
VERSION = "1.0"
"""Sphinx wants every EPUB to have one, and an edition of a book is no number."""
LOGGER = logging.getLogger(__name__)


def _mathml(node: nodes.Element, *, block: bool) -> str:
    """Return a formula as MathML, or as it is typed if docutils cannot read it, of which it says so."""
    typed = maths.body(node.astext())
    for pattern, instead in REWRITTEN:
        typed = pattern.sub(instead, typed)
    try:
        # As a block, docutils would lay out the rows of environments once more.
        formula = str(latex2mathml.tex2mathml(typed))
        return formula.replace("<math ", '<math display="block" ', 1) if block else formula
    except (MathError, SyntaxError, ValueError, IndexError, AttributeError, KeyError, TypeError) as error:
        LOGGER.warning(
            "this formula stands in the EPUB as it is typed: %s",
            " ".join(str(error).split()),
            location=node,
            type="toolchain",
            subtype="mathml",
        )
        return f"<code>{_escaped(node.astext())}</code>"


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _visit_inline(self: HTML5Translator, node: nodes.Element) -> None:
    self.body.append(f"{self.starttag(node, 'span', '', CLASS='math')}{_mathml(node, block=False)}</span>")
    raise nodes.SkipNode


def _visit_block(self: HTML5Translator, node: nodes.Element) -> None:
    self.body.append(self.starttag(node, "div", CLASS="math"))
    if node["number"]:
        self.body.append(f'<span class="eqno">({get_node_equation_number(self, node)})</span>')  # type: ignore[arg-type] # it is a block
    self.body.append(f"{_mathml(node, block=True)}</div>\n")
    raise nodes.SkipNode


def _prepare(app: Sphinx) -> None:
    """Take the places of MathJax and of what Sphinx has no events for."""
    builder = app.builder
    if not isinstance(builder, Epub3Builder):
        return
    if builder.math_renderer_name == MATHJAX:  # else a book has chosen another
        app.add_html_math_renderer(MATHML, (_visit_inline, None), (_visit_block, None))
        app.config["epub_math_renderer"] = MATHML
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
    """Prepare before others ask how formulas are set."""
    app.connect("builder-inited", _prepare, priority=BEFORE_OTHERS_ASK)
