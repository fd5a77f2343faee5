"""What a title says where it is repeated: in references, in the contents beside a page, in the search.

The mark of a note is no part of it. What it refers to is known only when every page has been read, and may change when
this page does not; so the words of such titles are found anew in each build.
"""

import re
from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.builders.html import StandaloneHTMLBuilder
from sphinx.environment import BuildEnvironment
from sphinx.transforms import SphinxContentsFilter, SphinxTransform
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.docutils import new_document
from sphinx.util.nodes import clean_astext
from sphinx.writers.html5 import HTML5Translator
from sphinx.writers.latex import LaTeXTranslator

from toolchain.sphinxext import formula_references
from toolchain.sphinxext.entry_marks import plain
from toolchain.sphinxext.formula_references import Somewhere
from toolchain.sphinxext.of_env import application

REFERRING = "toolchain_referring"
"""Attribute of Sphinx's environment: page name to the page's titles that refer to something, as they were read."""
RESOLVED_BEFORE_THE_DOMAINS = 840
AFTER_CONTENTS = 700
"""When the contents of a page that was read have been gathered."""
AFTER_NUMBERS = 850
"""When what is in all pages has its numbers, and before it is known which pages are to be written."""
BEFORE_WRITERS_LOOK = 500
BREAK = re.compile(r"\\\\|<br ?/?>")
NAMED = nodes.title | nodes.caption


class footnote_reference(nodes.footnote_reference):  # noqa: N801 - writers look for a method by the name of a node's class
    """The mark of a note in a title: it is shown, and is no part of the title's words."""

    def astext(self) -> str:
        """Return nothing."""
        return ""


class SilentMarks(SphinxTransform):
    """Takes marks of notes out of the words of titles and captions."""

    default_priority = RESOLVED_BEFORE_THE_DOMAINS

    def apply(self, **_options: Any) -> None:
        """Look at every title of a page."""
        for title in self.document.findall(lambda node: isinstance(node, NAMED)):
            for mark in list(title.findall(nodes.footnote_reference)):
                mark.replace_self(footnote_reference(mark.rawsource, "", *mark.children, **mark.attributes))
            for node in list(title.findall(nodes.raw)):
                if BREAK.fullmatch(node.astext().strip()):
                    # Of Markdown's there is one for each form, of HTML's there is one.
                    following = node.next_node(descend=False, siblings=True)
                    is_first = isinstance(following, nodes.raw) and "latex" in following.get("format", "")
                    node.replace_self([] if is_first else [line_break()])


class SpeakingMarks(SphinxPostTransform):
    """Gives marks their words back where writers ask for them; the site has them in its search."""

    default_priority = BEFORE_WRITERS_LOOK

    def run(self, **_options: Any) -> None:
        """Look at every mark that was silenced."""
        if not isinstance(application(self.env).builder, StandaloneHTMLBuilder):
            for mark in list(self.document.findall(footnote_reference)):
                mark.replace_self(
                    nodes.footnote_reference(mark.rawsource, "", *mark.children, **mark.attributes)
                )


class line_break(nodes.Inline, nodes.Element):  # noqa: N801 - as above
    """A line break in a title or a caption, which as words is a space."""

    def astext(self) -> str:
        """Return a space."""
        return " "


def _break_line(translator: HTML5Translator, _node: line_break) -> None:
    translator.body.append("<br />\n")


def _break_latex(translator: LaTeXTranslator, _node: line_break) -> None:
    # The contents and the heads of pages have no room for a second line.
    translator.body.append(" " if translator.in_title else "\\\\\n")


def _nothing(_translator: Any, _node: line_break) -> None:
    pass


def _remember(app: Sphinx, doctree: nodes.document) -> None:
    """Keep the titles of a page that refer to something."""
    page = app.env.current_document.docname
    kept: dict[str, Any] = dict(getattr(app.env, REFERRING, {}))
    kept.pop(page, None)
    top = next(iter(doctree.findall(nodes.section)), None)
    titles = [
        (title.parent is top, tuple(title.parent["ids"]), title.deepcopy())
        for title in doctree.findall(lambda node: isinstance(node, NAMED))
        if any(True for node in title.findall(nodes.Element) if _refers(node))
    ]
    if titles:
        kept[page] = titles
    setattr(app.env, REFERRING, kept)


def _refers(node: nodes.Element) -> bool:
    return isinstance(node, addnodes.pending_xref) or (
        isinstance(node, formula_references.FORMULAS) and any(formula_references.labels(node))
    )


def _resolve(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """Say in contents, titles and labels what the references in titles say; a title may refer to such a title."""
    kept = {page: titles for page, titles in getattr(env, REFERRING, {}).items() if page in env.found_docs}
    for _ in range(2 if kept else 0):
        for page, titles in kept.items():
            for first, identifiers, node in titles:
                title = node.deepcopy()
                _resolve_in_place(app, page, title)
                _rename(env, page, identifiers, clean_astext(title))
                _retitle(env, page, identifiers, _contents(title), first=first)
    return []


def _contents(title: nodes.Element) -> list[nodes.Node]:
    """Return what the contents show of a title."""
    visitor = SphinxContentsFilter(new_document(""))
    title.walkabout(visitor)
    return list(visitor.get_entry_text())


def _retitle(
    env: BuildEnvironment, page: str, identifiers: tuple[str, ...], words: list[nodes.Node], *, first: bool
) -> None:
    anchors = {"" if first else f"#{identifier}" for identifier in identifiers}
    for entry in env.tocs[page].findall(nodes.reference):
        if entry.get("anchorname") in anchors:
            entry[:] = words
    if first:
        env.titles[page][:] = [node.deepcopy() for node in words]


def _resolve_in_place(app: Sphinx, page: str, node: nodes.Element) -> None:
    for reference in list(node.findall(addnodes.pending_xref)):
        reference.parent[reference.parent.index(reference)] = nodes.Text(words(app, page, reference))
    for formula in filter(_refers, node.findall(nodes.math)):
        formula_references.set_numbers(app, page, formula)


def words(app: Sphinx, page: str, reference: addnodes.pending_xref) -> str:
    """Return what a reference shows."""
    domain = app.env.domains.get(reference.get("refdomain") or "")
    content = reference.children[0] if reference.children else nodes.inline()
    target = reference["reftarget"]
    if domain is None:  # one of MyST's, which has words of its own or those of what it leads to
        _, _, title = app.env.domains.standard_domain.labels.get(target.lower(), ("", "", ""))
        return content.astext() or title
    arguments = (app.env, page, Somewhere(), reference["reftype"], target, reference, content.deepcopy())
    found: Any = domain.resolve_xref(*arguments)  # type: ignore[arg-type]
    return plain(found.astext() if found is not None else content.astext())


def _rename(env: BuildEnvironment, page: str, identifiers: tuple[str, ...], words: str) -> None:
    labels = env.domains.standard_domain.labels
    for name, (docname, identifier, _) in list(labels.items()):
        if docname == page and identifier in identifiers:
            labels[name] = (docname, identifier, words)


def setup(app: Sphinx) -> None:
    """Look while a page is read, and when all have been."""
    app.add_transform(SilentMarks)
    app.connect("doctree-read", _remember, priority=AFTER_CONTENTS)
    app.add_post_transform(SpeakingMarks)
    html, latex = (_break_line, _nothing), (_break_latex, _nothing)
    app.add_node(line_break, html=html, latex=latex)
    app.connect("env-get-updated", _resolve, priority=AFTER_NUMBERS)
