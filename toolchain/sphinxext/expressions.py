"""Expressions in the text, `{eval}`: each shows the value that it had at its place when the notebook ran.

A number or a string becomes words of the sentence in every form; formulas and pictures are shown as MyST-NB shows them.
"""

import ast
import re
from pathlib import Path
from typing import Any

import myst_nb.ext.eval as myst_nb_eval
import nbformat
from docutils import nodes
from myst_nb import sphinx_ as myst_nb_sphinx
from myst_nb.core.variables import VariableOutput, render_variable_outputs
from myst_nb.ext.utils import RoleBase
from nbformat import NotebookNode
from sphinx.application import Sphinx
from sphinx.util.logging import getLogger

from toolchain.base import terminal
from toolchain.model import Value
from toolchain.model.sphinx import PageResult
from toolchain.outputs.kinds import SEEN
from toolchain.outputs.mimes import PLAIN
from toolchain.sphinxext.words import say

EVALUATED = "evaluated"
"""Attribute of an element whose words are a value, and so nobody has typed them."""
NOT_EVALUATED, UNREAD, UNFIT, NOTHING = "not-evaluated", "unread", "unfit", "nothing"
"""What is said of expressions, as subtypes of Sphinx's warnings."""
FORMULA = re.compile(r"\s*(?:\$(?!\$).+\$|\$\$.+\$\$|\\\(.+\\\)|\\\[.+\\\])\s*", re.DOTALL)
NUMPY = re.compile(r"np\.(?:u?int|float|complex|longdouble|str|bool)\w*\((.*)\)|np\.(True|False)_", re.DOTALL)
"""How NumPy 2 writes a number: the name of its type says nothing in a sentence."""
PICTURES = ("image/svg+xml", "image/png", "image/jpeg", "image/gif", "application/pdf")

NOT_THERE = "This has not been computed yet."

logger = getLogger(__name__)


class Values:
    """The values of the expressions in a page's text, and which of them its text has asked for."""

    def __init__(self, notebook: NotebookNode, result: PageResult | None) -> None:
        """Begin before the first cell; `result` is the page's, None if it has none, since it has no code cells."""
        self.at = 0
        """Index of the notebook's cell that is read."""
        self._after: list[int] = []
        for cell in notebook.cells:
            before = self._after[-1] if self._after else 0
            self._after.append(before + (cell.cell_type == "code"))
        self._result = result
        self._values = {(value.after, value.source): value for value in result.values} if result else {}
        self._asked: set[tuple[int, str]] = set()

    @property
    def is_whole(self) -> bool:
        """Whether the notebook has run to its end."""
        return self._result is not None and not (self._result.failure or self._result.missing)

    def of(self, source: str) -> Value | None:
        """Return the value of an expression in the cell that is read; None if it has none yet.

        Raises LookupError if the notebook has run to its end and the expression was not evaluated.
        """
        place = self._place(source)
        if self.is_whole and place not in self._values:
            raise LookupError(source)
        return self._values.get(place)

    def note(self, source: str) -> None:
        """Note that the text shows an expression in the cell that is read."""
        self._asked.add(self._place(source))

    def _place(self, source: str) -> tuple[int, str]:
        return (self._after[self.at] if self._after else 0, source)

    def unread(self) -> list[tuple[str, int]]:
        """Return the expressions that were taken for some, and that no text has asked for, with their lines."""
        return [
            (expression.written, expression.line)
            for expression in (self._result.expressions if self._result else ())
            if not expression.unread and (expression.after, expression.source) not in self._asked
        ]


def report_unread(values: Values, path: Path) -> None:
    """Warn of expressions that stand where no markup is read."""
    for written, line in values.unread():
        _warn(UNREAD, written, (str(path), line or None))


def _warn(kind: str, message: str, location: Any) -> None:
    logger.warning(message, type="toolchain", subtype=f"eval-{kind}", location=location)


def _values_of(document: nodes.document) -> Values | None:
    """Return the values of a page; None if it is no notebook."""
    renderer = document.get("nb_renderer")
    return renderer.renderer.nb_client.values if renderer is not None else None


def _written(source: str) -> str:
    return f"{{eval}}`{source}`"


class EvalRole(RoleBase):  # type: ignore[misc] # MyST-NB gives no types
    """An expression in a sentence."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """Return its value, or its code where it has none."""
        location = (self.source, self.line)
        value = _asked(self.document, self.text, location)
        if value is None:
            return [nodes.literal("", self.text, classes=["code"])], []
        fit = _fit_for_a_line(value.data)
        if fit and not _is_in_heading(self.inliner.parent):
            output = VariableOutput(fit, dict(value.metadata), self.document["nb_renderer"], "eval")
            return render_variable_outputs([output], self.document, self.line, self.source, inline=True), []
        words = _words(value.data)
        if SEEN.intersection(value.data) != {PLAIN}:
            _warn(UNFIT, _written(self.text), location)
        elif words.astext() == str(None):
            _warn(NOTHING, _written(self.text), location)
        return [words], []


class EvalDirective(myst_nb_eval.EvalDirectiveAny):  # type: ignore[misc] # as above
    """An expression whose value stands by itself."""

    final_argument_whitespace = True

    def run(self) -> list[nodes.Node]:
        """Return what MyST-NB makes of its value, or its code where it has none."""
        source = self.arguments[0]
        if _asked(self.document, source, (self.source, self.line)) is None:
            return [nodes.literal_block(source, source, language="none")]
        shown: list[nodes.Node] = super().run()
        return shown


class EvalFigure(myst_nb_eval.EvalFigureDirective):  # type: ignore[misc] # as above
    """An expression whose value is a figure, with a caption."""

    final_argument_whitespace = True

    def run(self) -> list[nodes.Node]:
        """Return what MyST-NB makes of its value: where it has none, words, so that the figure keeps its number."""
        _asked(self.document, self.arguments[0], (self.source, self.line))
        shown: list[nodes.Node] = super().run()
        return shown


def output_of(value: Value | None) -> NotebookNode:
    """Return what the directives show."""
    data, metadata = (value.data, value.metadata) if value else ({PLAIN: say(NOT_THERE)}, {})
    return nbformat.v4.new_output("display_data", data, metadata=metadata)


def _asked(document: nodes.document, source: str, location: Any) -> Value | None:
    """Return the value of an expression that the text shows; None if it has none, which is said if it should have one."""
    values = _values_of(document)
    if values is None:
        return None
    values.note(source)
    try:
        return values.of(source)
    except LookupError:
        _warn(NOT_EVALUATED, _written(source), location)
        return None


def _is_in_heading(node: nodes.Node | None) -> bool:
    """Say whether this is a heading, or in one: menus and lists of contents show words and nothing else of it."""
    while node is not None and not isinstance(node, nodes.title):
        node = node.parent
    return node is not None and isinstance(node.parent, nodes.section)


def _fit_for_a_line(data: dict[str, Any]) -> dict[str, Any]:
    """Return the forms of a value that stand in a sentence and are no words; nothing if it is to be words."""
    if isinstance(latex := data.get("text/latex"), str) and FORMULA.fullmatch(latex):
        return {"text/latex": latex}
    return {kind: data[kind] for kind in PICTURES if kind in data}


def _words(data: dict[str, Any]) -> nodes.inline:
    """Return a value as words of a sentence, which no typographer changes."""
    value = data.get(PLAIN, "")
    text = in_words(value if isinstance(value, str) else "".join(map(str, value)))
    return nodes.inline("", text, support_smartquotes=False, **{EVALUATED: True})


def in_words(text: str) -> str:
    """Return what a kernel writes of a value without what only programmers write: a string's quotes, NumPy's types."""
    text = text.strip()
    if match := NUMPY.fullmatch(text):
        return in_words(match[1] or match[2] or "")
    if text[:1] in ("'", '"') and text[-1:] == text[:1]:
        try:
            read = ast.literal_eval(text)
        except (SyntaxError, ValueError):
            read = text[1:-1]
        text = read if isinstance(read, str) else text
    return " ".join(terminal.plain(text).split())


class _Renderer(myst_nb_sphinx.SphinxNbRenderer):  # type: ignore[misc] # as above
    """Knows which cell is read: an expression's value depends on the cells before it."""

    def render_nb_cell_markdown(self, token: Any) -> None:
        """Read a cell of Markdown."""
        self.nb_client.values.at = token.meta["index"]
        super().render_nb_cell_markdown(token)


def setup(app: Sphinx) -> None:
    """Take the place of MyST-NB's own role and directives, which ask a kernel."""
    myst_nb_sphinx.SphinxNbRenderer = _Renderer
    app.add_role("eval", EvalRole(), override=True)
    app.add_directive("eval", EvalDirective, override=True)
    app.add_directive_to_domain("eval", "figure", EvalFigure, override=True)
