r"""The LaTeX that authors have typed on a page: its formulas, and the files that it has TeX read."""

import re
from collections.abc import Iterable, Iterator

from docutils import nodes

from toolchain.model import Reference, Sample
from toolchain.sphinxext.notebook_text.maths import COMMENT

OUT_OF_CELLS = frozenset({"pasted-math", "text_latex"})
"""MyST-NB's classes of formulas that stand in the text and were put out by a cell."""
TYPED = (nodes.math, nodes.math_block, nodes.raw)
"""What is looked at here."""
READING = re.compile(
    r"\\(?P<command>input|include|subfile|import|subimport|includegraphics|includepdf|includesvg|VerbatimInput|BVerbatimInput"
    r"|LVerbatimInput|verbatiminput|lstinputlisting|inputminted|InputIfFileExists|openin|openout|bibliography|usepackage)"
    r"(?![A-Za-z])\*?\s*(?:\\[A-Za-z]+\s*=?\s*)?(?:\[[^\]]*\]\s*)*(?:\{(?P<braced>[^{}]*)\}|(?P<bare>[^\s\\{}$]+))"
)
"""What makes TeX read a file, and the first thing after it, which names the file."""

Located = tuple[nodes.Element, int | None]
"""An element, and its line."""


def formulas(elements: Iterable[Located]) -> Iterator[Sample]:
    """Yield the formulas among a page's elements."""
    for node, line in elements:
        if isinstance(node, nodes.math | nodes.math_block) and not OUT_OF_CELLS.intersection(node["classes"]):
            yield Sample(node.astext(), line)


def files(elements: Iterable[Located]) -> Iterator[Reference]:
    """Yield what formulas and raw LaTeX have TeX read: the command and the path."""
    for node, line in elements:
        if OUT_OF_CELLS.intersection(node["classes"]):
            continue
        is_latex = isinstance(node, nodes.raw) and "latex" in str(node.get("format", ""))
        if is_latex or isinstance(node, nodes.math | nodes.math_block):
            text = node.astext()
            for match in READING.finditer(COMMENT.sub("", text)):
                path = match["braced"] if match["braced"] is not None else match["bare"]
                at = None if line is None else line + text.count("\n", 0, text.find(match[0]))
                yield Reference(match["command"], path.strip(), at)
