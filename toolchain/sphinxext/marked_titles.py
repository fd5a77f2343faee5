r"""What a reference shows of a title is set as the title is: Sphinx takes its characters, of a formula those of its source.

Of `# The norm $\ell_2$`, Sphinx's `{ref}` says "The norm \ell_2". Titles that have more than words are kept in characters, as
`entry_marks` has them, beside what they say.
"""

import re
from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.nodes import clean_astext

from toolchain.sphinxext.entry_marks import ANY, LATER, literal, marked, plain
from toolchain.sphinxext.of_env import application

MARKED = "toolchain_marked_titles"
"""Attribute of Sphinx's environment: page name to the page's titles that have more than words, by what they say."""
TITLED = nodes.title | nodes.caption | nodes.term | nodes.rubric
WHEN_NAMES_ARE_KNOWN = 700
BEFORE_SPHINX = 5
"""It resolves references at 10."""
GAP = "{name}"
"""For a title, in the words of a reference to a number."""
NUMBER, NO_NUMBER = "{number}", "{number:.0}"
BRACE = re.compile("[{}%]")
"""What means something in such words."""


def of(env: BuildEnvironment) -> dict[str, str]:
    """Return the titles of the book that have more than words, by what they say."""
    by_page: dict[str, dict[str, str]] = getattr(env, MARKED, {})
    return {said: words for page in sorted(by_page) for said, words in by_page[page].items()}


def _keep(app: Sphinx, tree: nodes.document) -> None:
    kept: dict[str, dict[str, str]] = getattr(app.env, MARKED, {})
    page = app.env.current_document.docname
    kept.pop(page, None)
    found = {
        said: words
        for title in tree.findall(nodes.Element)
        if isinstance(title, TITLED)
        and (said := clean_astext(title))
        and (words := marked(title)) != said
        and not ANY.search(said)
    }
    if found:
        kept[page] = found
    setattr(app.env, MARKED, kept)


def _forget(_app: Sphinx, env: BuildEnvironment, page: str) -> None:
    getattr(env, MARKED, {}).pop(page, None)


class NamesInNumbers(SphinxPostTransform):
    """Puts titles with marks where the words of a reference by number have a gap for one."""

    default_priority = BEFORE_SPHINX

    def run(self, **_options: Any) -> None:
        """Look at each such reference."""
        if application(self.env).builder.name == "latex":
            return  # LaTeX's own, which is the title as it is set
        titles, labels = of(self.env), self.env.domains.standard_domain.labels
        for reference in self.document.findall(addnodes.pending_xref) if titles else ():
            _, _, title = labels.get(reference["reftarget"], ("", "", ""))
            if reference.get("reftype") == "numref" and GAP in reference.astext() and title in titles:
                # Sphinx fills in what else has a gap, and asks for one.
                marks = BRACE.sub(lambda brace: literal(brace[0]), titles[title])
                words = reference.astext().replace(GAP, marks)
                words += "" if NUMBER in words else NO_NUMBER
                reference[:] = [nodes.inline("", words, classes=["xref", "std", "std-numref"])]


class MarkedTitles(SphinxPostTransform):
    """Puts the marks of titles into the references that show them."""

    default_priority = LATER - 1

    def run(self, **_options: Any) -> None:
        """Look at each reference within the book that shows a title and nothing else."""
        titles = of(self.env)
        for reference in self.document.findall(nodes.reference) if titles else ():
            is_within = reference.get("internal") or "refid" in reference
            title = titles.get(plain(reference.astext())) if is_within else None
            texts = list(reference.findall(nodes.Text))
            if title and len(texts) == 1:
                texts[0].parent.replace(texts[0], nodes.Text(title))


def setup(app: Sphinx) -> None:
    """Look as pages are read, and when their references are resolved."""
    app.connect("doctree-read", _keep, priority=WHEN_NAMES_ARE_KNOWN)
    app.connect("env-purge-doc", _forget)
    app.add_post_transform(NamesInNumbers)
    app.add_post_transform(MarkedTitles)
