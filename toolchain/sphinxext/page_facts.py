"""Under the title of each page of the site: how long it takes to read, how long its code took and on what, when it was changed.

Where its results come from the line at the end of the page says in full: `provenance`.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.writers.html5 import HTML5Translator

from toolchain.model.sphinx import current
from toolchain.sphinxext import provenance
from toolchain.sphinxext.front.place import is_site
from toolchain.sphinxext.of_env import application
from toolchain.sphinxext.words import say

CLASS = "page-facts"
WORDS_A_MINUTE = 200
LINES_A_MINUTE = 12
"""Of code that is read."""
LEAST = 2
"""Minutes: what is read in less needs no warning."""
WORD = re.compile(r"[^\W_][\w'\u2019-]*")
IDEOGRAPHS = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
A_WORD = 2
"""Ideographs."""
OUTPUT = "cell_output"
READING, CODE, CHANGED = "About {} minutes to read", "Code: {} on {}", "Changed {}"
BEFORE_RELATIONS = 845


class page_facts(nodes.General, nodes.Element):  # noqa: N801 - as docutils names nodes
    """What is known of a page, each in words."""


def shown(page: str) -> Iterator[str]:
    """Yield what decides about the line besides the page itself."""
    sphinx_input = current()
    yield _date(sphinx_input.changed.get(page)) if sphinx_input else ""


def minutes(tree: nodes.Element) -> int:
    """Return how many minutes it takes to read a page, with the code on it and without what that code printed."""
    words = lines = 0
    to_do: list[nodes.Node] = [tree]
    while to_do:
        node = to_do.pop()
        if isinstance(node, nodes.literal_block):
            lines += sum(1 for line in node.astext().splitlines() if line.strip())
        elif isinstance(node, nodes.Text):
            text = node.astext()
            ideographs = len(IDEOGRAPHS.findall(text))
            words += (
                len(WORD.findall(IDEOGRAPHS.sub(" ", text) if ideographs else text)) + ideographs // A_WORD
            )
        elif isinstance(node, nodes.Element) and not _is_unread(node):
            to_do += node.children
    return round(words / WORDS_A_MINUTE + lines / LINES_A_MINUTE)


def _is_unread(node: nodes.Element) -> bool:
    classes = node["classes"]
    # A list of works is looked into, not read.
    return (
        isinstance(node, nodes.Invisible | nodes.raw | nodes.citation)
        or OUTPUT in classes
        or provenance.UNSEARCHED in classes
    )


def _date(seconds: int | None) -> str:
    return datetime.fromtimestamp(seconds, UTC).date().isoformat() if seconds is not None else ""


def _said(page: str, tree: nodes.document) -> Iterator[nodes.Node]:
    sphinx_input = current()
    if (reading := minutes(tree)) >= LEAST:
        yield nodes.Text(say(READING).format(reading))
    result = sphinx_input.results.get(page) if sphinx_input else None
    if result and result.provenance and result.provenance.seconds is not None:
        device = provenance.device(result.provenance)
        if device:
            yield nodes.Text(say(CODE).format(provenance.duration(result.provenance.seconds), device))
    if sphinx_input and (date := _date(sphinx_input.changed.get(page))):
        yield nodes.Text(say(CHANGED).format(date))


class SayFacts(SphinxPostTransform):
    """Puts the line on the pages of the site; the first page is of the whole book."""

    default_priority = BEFORE_RELATIONS

    def run(self, **_options: Any) -> None:
        """Look at the page as it is shown."""
        app, page = application(self.env), self.env.current_document.docname
        section = next(iter(self.document.findall(nodes.section)), None)
        title = section.first_child_matching_class(nodes.title) if section else None
        if (
            current() is None
            or section is None
            or title is None
            or not is_site(app)
            or page == app.config.root_doc
        ):
            return
        items = [nodes.inline("", "", said) for said in _said(page, self.document)]
        if items:
            section.insert(title + 1, page_facts("", *items, classes=[CLASS, provenance.UNSEARCHED]))


def _open(translator: HTML5Translator, node: page_facts) -> None:
    translator.body.append(translator.starttag(node, "div"))


def _close(translator: HTML5Translator, _node: page_facts) -> None:
    translator.body.append("</div>\n")


def setup(app: Sphinx) -> None:
    """Say it when a page is written."""
    app.add_node(page_facts, html=(_open, _close))
    app.add_post_transform(SayFacts)
