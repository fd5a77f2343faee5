"""What the HTML of pages says to screen readers and to validators, where Sphinx, docutils or a theme leaves it out or says it wrong."""

import re
from collections.abc import Callable
from html import escape, unescape
from types import new_class
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.writers.html5 import HTML5Translator

BEFORE_THEMES = 400
"""Themes extend the writers that they find when a builder is there; a theme's own is then over this one."""
AFTER_OTHERS = 900
NAVIGATION = "generate_toctree_html"
"""The theme's function in the context of a page that makes the contents at its side."""
RAW = "raw"
MYST_NBS = '<summary aria-label="Toggle hidden content">'
"""Of a cell that is folded: its name hides the words that are seen."""
ENTRY = re.compile(r'(<a class="[^"]*" href="[^"]*">(?P<title>(?:(?!</a>).)*)</a>\s*<details[^>]*><summary)>')
TAG = re.compile("<[^>]*>")
WHOLE = 24
"""Letters of a word of code that fit a line of the smallest phone, in a list as well."""
ON_ONE_LINE = "on-one-line"
"""Class of a short name with its number."""
LONG = re.compile(rf'(?<=<span class="pre">)[^<>]{{{WHOLE + 1},}}(?=</span>)')
PART = re.compile(rf"(?<=\w)[/._=:,-]+(?=\w)|(?:&\w+;|[^&/._=:,-]){{{WHOLE}}}(?=\w)")
"""Of such a word: up to the marks that names are made with, or as much as fits."""


class _Roles(HTML5Translator):
    """Writes pages as Sphinx does, with attributes that hold."""

    def starttag(  # type: ignore[override]
        self, node: nodes.Element, tagname: str, suffix: str = "\n", *, empty: bool = False, **attributes: Any
    ) -> str:
        said = {name.lower(): value for name, value in attributes.items()}
        if "std-numref" in node.get("classes", ()) and len(node.astext()) < WHOLE:
            said["class"] = f"{said.get('class', '')} {ON_ONE_LINE}".strip()
        if said.get("role") == "doc-biblioentry":  # of a `list`; and it is deprecated
            said["role"] = "listitem"
        elif said.get("role") == "heading":
            said.setdefault(
                "aria-level", "2"
            )  # what has no section of its own: a caption over a part of the contents
        elif tagname == "th":
            said["scope"] = "col" if isinstance(node.parent.parent, nodes.thead) else "row"
        elif tagname == "label":  # it labels the input that controls the panel
            said.pop("aria-controls", None)
        return str(super().starttag(node, tagname, suffix, empty, **said))

    def visit_Text(self, node: nodes.Text) -> None:  # noqa: N802 - docutils' name
        """Say where a long word of code may be parted, at the end of a line that is too short for it."""
        at = len(self.body)
        super().visit_Text(node)
        if self.protect_literal_text:
            self.body[at:] = [LONG.sub(_parted, piece) for piece in self.body[at:]]

    def visit_paragraph(self, node: nodes.paragraph) -> None:
        """Put a paragraph that goes on after a formula of its own line in a `div`: a `p` ends where that begins."""
        if _has_block(node):
            self.body.append(self.starttag(node, "div", "", CLASS="paragraph"))
        else:
            super().visit_paragraph(node)

    def depart_paragraph(self, node: nodes.paragraph) -> None:
        """End it as it began."""
        at = len(self.body)
        super().depart_paragraph(node)
        if _has_block(node):
            self.body[at] = "</div>"


def _parted(word: re.Match[str]) -> str:
    return PART.sub(r"\g<0><wbr/>", word[0])


def _has_block(paragraph: nodes.Element) -> bool:
    return any(isinstance(child, nodes.math_block) for child in paragraph)


def _extend_writer(app: Sphinx) -> None:
    """Extend what writes pages, whether it is Sphinx's or an extension's.

    The book theme extends Sphinx's own only where no other was set for any builder, and ours sets one for LaTeX: set here, it
    is extended in any case.
    """
    builder, registry = app.builder, app.registry
    if builder.format == "html" and hasattr(builder, "default_translator_class"):
        writer = registry.get_translator_class(builder)
        named = new_class("Roles", (_Roles, writer) if writer is not HTML5Translator else (_Roles,))
        app.set_translator(builder.name, named, override=True)


def _name_summaries(
    _app: Sphinx, _page: str, _template: str, context: dict[str, Any], _doctree: nodes.document | None
) -> None:
    """Give what folds a chapter of the contents at the side the chapter's name: it shows an arrow and no words; one that has words is named by them."""
    if body := context.get("body"):
        context["body"] = body.replace(MYST_NBS, "<summary>")
    if theirs := context.get(NAVIGATION):
        context[NAVIGATION] = _named(theirs)


def _named(make: Callable[..., Any]) -> Callable[..., Any]:
    def made(*arguments: Any, **options: Any) -> Any:
        contents = make(*arguments, **options)
        # What a template looks into is left to it; else the theme gives HTML that is written as it is.
        is_raw = RAW in (*arguments[:1], options.get("kind"))
        return contents if is_raw else ENTRY.sub(_with_name, str(contents))

    return made


def _with_name(entry: re.Match[str]) -> str:
    name = escape(unescape(TAG.sub("", entry["title"])))
    return f'{entry[1]} aria-label="{name}">'


def setup(app: Sphinx) -> None:
    """Have pages written so."""
    app.connect("builder-inited", _extend_writer, priority=BEFORE_THEMES)
    app.connect("html-page-context", _name_summaries, priority=AFTER_OTHERS)
