"""The first sentence of each page, as it is read: what cards of chapters say of theirs."""

import re

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

LEADS = "toolchain_leads"
"""Attribute of Sphinx's environment: page name to the first sentence of that page; pages without one are left out."""
DESCRIPTION = "description"
"""Of the front matter: goes before the first sentence."""
SENTENCE = re.compile(r"(.+?[.!?\u3002\uff01\uff1f])(?=\s|$|[^\x00-\u2fff])", re.DOTALL)


def of(env: BuildEnvironment, page: str) -> str:
    """Return what a page says of itself: the description in its front matter, or its first sentence."""
    described = str(env.metadata[page].get(DESCRIPTION, "")).strip()
    leads: dict[str, str] = getattr(env, LEADS, {})
    return described or leads.get(page, "")


def first_sentence(tree: nodes.Element) -> str:
    """Return the first sentence of the first paragraph below the title; empty if it is not made of words alone."""
    section = next(iter(tree.findall(nodes.section)), tree)
    paragraph = next((node for node in section.children if isinstance(node, nodes.paragraph)), None)
    if paragraph is None:
        return ""
    words = ""
    for node in paragraph.children:
        if not isinstance(node, nodes.Text | nodes.emphasis | nodes.strong | nodes.literal):
            break
        words += node.astext()
    sentence = SENTENCE.match(words)
    return " ".join(sentence[1].split()) if sentence else ""


def _remember(app: Sphinx, tree: nodes.document) -> None:
    leads: dict[str, str] = getattr(app.env, LEADS, {})
    if sentence := first_sentence(tree):
        leads[app.env.current_document.docname] = sentence
    setattr(app.env, LEADS, leads)


def _forget(_app: Sphinx, env: BuildEnvironment, page: str) -> None:
    getattr(env, LEADS, {}).pop(page, None)


def setup(app: Sphinx) -> None:
    """Look at each page before anything is put into it."""
    app.connect("doctree-read", _remember, priority=1)
    app.connect("env-purge-doc", _forget)
