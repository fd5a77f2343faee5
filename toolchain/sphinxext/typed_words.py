r"""Formulas and code in the words of roles, in entries of the index and in terms: Sphinx takes all of these as characters.

In Markdown, `{ref}` with the words "the $\ell_2$ norm", and `{index}` with an entry that says so, have a formula in every form. A
term is found by its words as they are typed, and stands so in the index.
"""

import re
from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.domains.index import IndexRole
from sphinx.environment import BuildEnvironment
from sphinx.transforms import SphinxTransform
from sphinx.transforms.post_transforms import SphinxPostTransform

from toolchain.sphinxext.entry_marks import CLOSE, OPEN, marked, set_marks

PART = re.compile(
    r"\\(?P<escaped>[$`])|(?<!\$)\$(?![\s$])(?P<formula>(?:\\.|[^\\$])+?)(?<!\s)\$(?![\d$])|(?P<fence>`+)(?P<code>.+?)(?P=fence)(?!`)"
)
"""A formula between dollars, as MyST has it, and code between backquotes."""
WITH_WORDS = frozenset({"std", "prf", "math"})
"""Domains whose references say what is typed, and take it as characters."""
BEFORE_BOXES = 2
"""Whoever resolves references begins later."""
RESTRUCTURED = ".rst"


def typed(text: str) -> str:
    """Return typed words with marks for their formulas and their code."""
    return PART.sub(_mark, text)


def _mark(match: re.Match[str]) -> str:
    if match["escaped"]:
        return match["escaped"]
    name, inner = ("math", match["formula"]) if match["formula"] else ("tt", match["code"].strip())
    return f"{OPEN[name]}{inner}{CLOSE}"


def as_typed(node: nodes.Node) -> str:
    """Return how the words of an element are typed, as far as an entry of the index can have them."""
    if isinstance(node, addnodes.index):
        return ""
    if isinstance(node, nodes.math):
        return f"${node.astext()}$"
    if isinstance(node, nodes.literal) and "`" not in node.astext():
        return f"`{node.astext()}`"
    if isinstance(node, nodes.Element) and node.children:
        return "".join(map(as_typed, node.children))
    return node.astext()


class _Index(IndexRole):
    """Sphinx's role, which sets its words."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        (*entry, text), messages = super().run()
        is_markdown = _is_markdown(self.env)
        return [*entry, *(_set(text.astext()) if is_markdown else [text])], messages


def _is_markdown(env: BuildEnvironment) -> bool:
    return env.doc2path(env.current_document.docname).suffix != RESTRUCTURED


def _set(text: str) -> list[nodes.Node]:
    return set_marks([nodes.Text(typed(text))])


class TypedWords(SphinxTransform):
    """Sets the words that a page's references have of their own, and finds terms as they are typed."""

    default_priority = 500

    def apply(self, **_options: Any) -> None:
        """Look at each reference, and at each term."""
        if not _is_markdown(self.env):
            return
        for reference in self.document.findall(addnodes.pending_xref):
            words = reference.children[0] if len(reference.children) == 1 else None
            if not isinstance(words, nodes.inline) or reference.get("refdomain") not in WITH_WORDS:
                continue
            if typed(words.astext()) != words.astext():
                content = _set(words.astext())
                if reference.get("reftype") == "term" and not reference.get("refexplicit"):
                    said = "".join(node.astext() for node in content)
                    reference["reftarget"] = said
                    content = [nodes.Text(said)]
                words[:] = content
        for term in self.document.findall(nodes.term):
            for index in term.findall(addnodes.index):
                said, typed_so = term.astext(), as_typed(term)
                index["entries"] = [
                    (kind, typed_so if text == said else text, *others)
                    for kind, text, *others in index["entries"]
                ]


class MarkedWords(SphinxPostTransform):
    """Passes such words through what takes them as characters."""

    default_priority = BEFORE_BOXES

    def run(self, **_options: Any) -> None:
        """Look at each reference that has more than characters."""
        for reference in self.document.findall(addnodes.pending_xref):
            if reference.get("refdomain") in WITH_WORDS:
                for words in reference.children:
                    if isinstance(words, nodes.inline) and any(
                        isinstance(inner, nodes.Element) for inner in words
                    ):
                        words[:] = [nodes.Text(marked(words))]


def setup(app: Sphinx) -> None:
    """Look as pages are read, and before references are resolved."""
    app.add_role("index", _Index(), override=True)
    app.add_transform(TypedWords)
    app.add_post_transform(MarkedWords)
