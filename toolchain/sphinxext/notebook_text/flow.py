"""A page as a list of cells: Markdown between the places of its code cells."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from docutils import nodes
from sphinx.locale import admonitionlabels

from toolchain.model.notebook_text import CellText
from toolchain.sphinxext.boxes.box import BOX
from toolchain.sphinxext.notebook_text.blocks import LEFT_OUT, Blocks, Numbers
from toolchain.sphinxext.notebook_text.by_extensions import Hooks
from toolchain.sphinxext.notebook_text.inline import Inline, anchors, named
from toolchain.sphinxext.notebook_text.layout import quoted

DEEPEST = 6
CELL = "cell_code"
"""What MyST-NB calls the container of a code cell."""


class Piece(NamedTuple):
    """A block of Markdown, or the place of a code cell."""

    node: nodes.Element
    """What it is made of."""
    block: str | int
    box: nodes.Element | None = None
    """The innermost box that it is quoted in; what is quoted in one box is one quote."""


class Flow:
    """Writes one page."""

    def __init__(
        self, inline: Inline, numbers: Numbers, place: Callable[[int], int | None], hooks: Hooks
    ) -> None:
        """Write lines by `inline`; `place` gives the position of the cell that a line of the source is in."""
        self.blocks = Blocks(inline, numbers, hooks)
        self._inline = inline
        self._numbers = numbers
        self._place = place
        self._hooks = hooks

    def parts(self, document: nodes.document) -> Iterator[CellText]:
        """Yield the cells of a page; a heading begins a new one, and so does what another cell of the source has."""
        pending, box = "", None
        place: int | None = None
        for piece in self._flow(document, 0):
            block, at = piece.block, self._place_of(piece.node, place)
            if pending and (isinstance(block, int) or block.startswith("#") or at != place):
                yield CellText(markdown=pending, place=place)
                pending = ""
            place = at
            if isinstance(block, int):
                yield CellText(code=block)
            elif pending:
                between = "\n>\n" if box is not None and piece.box is box else "\n\n"
                pending = f"{pending}{between}{block}"
            else:
                pending = block
            box = piece.box
        if pending:
            yield CellText(markdown=pending, place=place)

    def _place_of(self, node: nodes.Element, before: int | None) -> int | None:
        """Return the place of the cell that a block comes from; that of the block before it if its line is not known."""
        line = next((inner.line for inner in node.findall(nodes.Element) if inner.line), None)
        place = self._place(line) if line else None
        return before if place is None else max(place, before or 0)

    def _flow(self, parent: nodes.Element, level: int) -> Iterator[Piece]:
        """Yield blocks of Markdown and places of code cells, each with its node."""
        for node in parent.children:
            if not isinstance(node, nodes.Element):
                continue
            if isinstance(node, nodes.target):
                # Sections and figures have their ids themselves; at the end of a page nothing has them.
                if name := anchors(node):
                    yield Piece(node, name)
            elif isinstance(node, nodes.section):
                yield self._heading(node, level)
                yield from self._flow(node, level + 1)
            elif isinstance(node, nodes.title) and isinstance(parent, nodes.section):
                continue
            elif isinstance(node, nodes.container) and node.get("nb_element") == CELL:
                if name := anchors(node):
                    yield Piece(node, name)
                yield Piece(node, int(node["cell_index"]))
                yield from (Piece(node, caption) for caption in self._captions(node))
            elif self._spans_cells(node):
                yield from self._opened(node, level)
            else:
                yield from (Piece(node, block) for block in self.blocks.block(node))

    def _heading(self, section: nodes.section, level: int) -> Piece:
        title = next(iter(section.findall(nodes.title)), None)
        number = next(filter(None, map(self._numbers.section, section["ids"])), "")
        text = self._inline.children(title) if title is not None else ""
        heading = f"{'#' * min(level + 1, DEEPEST)} {number} {text}".replace("  ", " ")
        return Piece(title if title is not None else section, f"{heading} {anchors(section)}".rstrip())

    def _captions(self, cell: nodes.Element) -> Iterator[str]:
        """Yield the captions of the figures that a code cell makes: Jupyter shows the figure and not them."""
        for figure in cell.findall(nodes.figure):
            yield from self.blocks.caption(figure)

    def _spans_cells(self, node: nodes.Element) -> bool:
        """Say whether code cells stand within a node, shown or, in a box, not: the text around them is in several cells."""
        if any(name in node["classes"] for name in LEFT_OUT):
            return False
        if any(inner.get("nb_element") == CELL for inner in node.findall(nodes.container)):
            return True
        lines = {inner.line for inner in node.findall(nodes.Element) if inner.line} if BOX in node else set()
        return len({place for line in lines if (place := self._place(line)) is not None}) > 1

    def _opened(self, node: nodes.Element, level: int) -> Iterator[Piece]:
        """Yield the pieces of a node in which there are code cells: these are cells, and what is between them is quoted."""
        if (hook := self._hooks.of(node)) is not None:
            written = hook.begin(node, self._inline.children)
            yield from (Piece(node, block) for block in written.body)
            yield from self._flow(node, level) if written.descends else ()
            yield from (Piece(node, block) for block in hook.end(node, written))
            return
        box = node if isinstance(node, nodes.Admonition) else None
        if beginning := f"{named(node)}{self._name(node) if box is not None else ''}":
            yield _quoted(Piece(node, beginning), box)
        for piece in self._flow(node, level):
            if box is None or not isinstance(piece.node, nodes.title):
                yield _quoted(piece, box)

    def _name(self, box: nodes.Element) -> str:
        """Return the title of a box, or what boxes of its kind are called."""
        title = next((child for child in box.children if isinstance(child, nodes.title)), None)
        if title is not None:
            return self._inline.bold(title)
        kind = str(admonitionlabels.get(type(box).__name__, ""))
        return f"**{kind}**" if kind else ""


def _quoted(piece: Piece, box: nodes.Element | None) -> Piece:
    """Return a piece as it stands within a box."""
    if box is None or isinstance(piece.block, int):
        return piece
    return Piece(piece.node, quoted(piece.block), piece.box or box)
