"""LaTeX that the author has typed, among text that is not LaTeX: TeX's ligatures are for it alone."""

import re

from docutils import nodes

from toolchain.sphinxext.printed.tree import raw

LIGATURE = re.compile(r"--|[`'\"]|<<|>>|,,")
"""What the fonts of typed LaTeX show as something else."""


def keep_ligatures(doctree: nodes.document) -> None:
    """Set typed LaTeX in fonts with TeX's ligatures; before any LaTeX of ours is in the tree."""
    for node in list(doctree.findall(nodes.raw)):
        if "latex" in node.get("format", "").split() and LIGATURE.search(node.astext()):
            node.replace_self([raw(r"\booktyped{}"), node, raw(r"\booktypedend{}")])


def dash_attributions(doctree: nodes.document) -> None:
    """Write the dash before who has said something: Sphinx leaves that to the ligature of three hyphens."""
    for attribution in list(doctree.findall(nodes.attribution)):
        attribution.replace_self(
            [
                raw(r"\begin{flushright}"),
                nodes.paragraph("", "—", *attribution.children),
                raw(r"\end{flushright}"),
            ]
        )
