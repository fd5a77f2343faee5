r"""What a reference shows of a title is set as the title is: Sphinx takes its characters, of a formula those of its source.

Of `# The norm $\ell_2$`, Sphinx's `{ref}` says "The norm \ell_2". Titles that have more than words are kept in characters, as
`entry_marks` has them, beside what they say.
"""

import re
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.builders import Builder
from sphinx.environment import BuildEnvironment
from sphinx.errors import NoUri
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


def by_page(env: BuildEnvironment) -> dict[str, dict[str, str]]:
    """Return the titles of each page that have more than words, by what they say."""
    kept: dict[str, dict[str, str]] = getattr(env, MARKED, {})
    return kept


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
        titles, labels = by_page(self.env), self.env.domains.standard_domain.labels
        for reference in self.document.findall(addnodes.pending_xref) if titles else ():
            page, _, title = labels.get(reference["reftarget"], ("", "", ""))
            words = titles.get(page, {}).get(title)
            if words and reference.get("reftype") == "numref" and GAP in reference.astext():
                # Sphinx fills in what else has a gap, and asks for one.
                marks = BRACE.sub(lambda brace: literal(brace[0]), words)
                filled = reference.astext().replace(GAP, marks)
                filled += "" if NUMBER in filled else NO_NUMBER
                reference[:] = [nodes.inline("", filled, classes=["xref", "std", "std-numref"])]


class MarkedTitles(SphinxPostTransform):
    """Puts the marks of titles into the references that show them."""

    default_priority = LATER - 1

    def run(self, **_options: Any) -> None:
        """Look at each reference within the book that shows a title and nothing else."""
        builder, here = application(self.env).builder, self.env.current_document.docname
        pages: dict[str, dict[str, str]] = {}
        for page, titles in sorted(by_page(self.env).items()):
            for said in titles:
                pages.setdefault(said, {})[page] = titles[said]
        for reference in self.document.findall(nodes.reference) if pages else ():
            texts = list(reference.findall(nodes.Text))
            if len(texts) == 1 and (titled := pages.get(plain(reference.astext()))):
                page = _page_of(reference, builder, here, titled)
                if page:
                    texts[0].parent.replace(texts[0], nodes.Text(titled[page]))


def _page_of(reference: nodes.reference, builder: Builder, here: str, pages: Iterable[str]) -> str:
    """Return which of some pages a reference leads to; empty if it is none of them."""
    if "refid" in reference:
        part = reference.parent
        while part is not None and not part.get(
            "docname"
        ):  # as sections have where the whole book is one tree
            part = part.parent
        own = str(part["docname"]) if part is not None else here
        return own if own in pages else ""
    if reference.get("internal"):
        address = reference.get("refuri", "").partition("#")[0]
        for page in pages:
            with suppress(NoUri):  # it is not in the printed book
                if builder.get_relative_uri(here, page).partition("#")[0] == address:
                    return page
    return ""


def setup(app: Sphinx) -> None:
    """Look as pages are read, and when their references are resolved."""
    app.connect("doctree-read", _keep, priority=WHEN_NAMES_ARE_KNOWN)
    app.connect("env-purge-doc", _forget)
    app.add_post_transform(NamesInNumbers)
    app.add_post_transform(MarkedTitles)
