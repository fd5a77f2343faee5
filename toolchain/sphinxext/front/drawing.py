"""Drawings of what builds on what: SVG whose boxes are links, for the site, and the same for TeX."""

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from textwrap import wrap
from typing import Any

from msgspec import Struct
from msgspec.structs import replace
from sphinx.util.texescape import tex_replace_map

from toolchain.sphinxext.front.contents import Page
from toolchain.sphinxext.front.layered import Line, lay_out
from toolchain.sphinxext.printed import elements

Groups = Sequence[tuple[str, Sequence[Page]]]
Needs = Mapping[str, Sequence[str]]
WIDEST = 3
"""Boxes of a row: so many fit beside each other on a page, with titles that can be read."""
LINES = 3
"""Of text in a box."""
CUT = "…"


class _Sizes(Struct, frozen=True):
    """How large things are: units of SVG, or points of PDF."""

    box: tuple[float, float]
    """Of two lines."""
    line: float
    between: tuple[float, float]
    """Boxes beside each other, and rows."""
    label: float
    """What the name of a group needs."""
    head: tuple[float, float] = (3.5, 7.0)
    """Half the width of an arrow's head, and its length."""


class _Drawn(Struct, frozen=True):
    """A graph in which everything has its place; down is positive."""

    size: tuple[float, float]
    boxes: tuple[tuple[Page, float, float], ...]
    labels: tuple[tuple[str, float], ...]
    curves: tuple[tuple[tuple[float, float], ...], ...]
    """Points of each line: where it begins, and three for each curve and each straight piece after that."""


SCREEN = _Sizes(box=(196.0, 50.0), line=17.5, between=(20.0, 36.0), label=32.0)
PAPER = _Sizes(box=(104.0, 24.0), line=9.0, between=(9.0, 19.0), label=17.0, head=(2.2, 4.4))
LETTERS = 25
"""That a line in a box has on the site."""


def _fitting(groups: Groups, sizes: _Sizes) -> _Sizes:
    """Return sizes with boxes that have room for the longest title, and no more."""
    lines = max((len(_lines(page)) for _, pages in groups for page in pages), default=1)
    return replace(sizes, box=(sizes.box[0], sizes.box[1] + (lines - 2) * sizes.line))


def svg(groups: Groups, needs: Needs, uris: Mapping[str, str], alternative: str) -> str:
    """Return the picture for the site."""
    sizes = _fitting(groups, SCREEN)
    drawn = _draw(groups, needs, sizes)
    width, height = drawn.size
    size = (
        f'viewBox="-1 -1 {_n(width + 2)} {_n(height + 2)}" width="{_n(width + 2)}" height="{_n(height + 2)}"'
    )
    named = f'role="group" aria-label="{escape(alternative)}"'
    lines = [f'<svg class="prerequisites-graph" xmlns="http://www.w3.org/2000/svg" {named} {size}>']
    lines += [f'<path class="prerequisites-line" d="{_path(curve)}"/>' for curve in drawn.curves]
    lines += [f'<path class="prerequisites-head" d="{_head(curve, sizes)}"/>' for curve in drawn.curves]
    lines += [
        f'<text class="prerequisites-group" x="0" y="{_n(y + sizes.label - 20)}">{escape(label)}</text>'
        for label, y in drawn.labels
    ]
    for page, x, y in drawn.boxes:
        lines.append(f'<a href="{escape(uris[page.name])}">')
        lines.append(
            f'<rect x="{_n(x)}" y="{_n(y)}" width="{_n(sizes.box[0])}" height="{_n(sizes.box[1])}" rx="6"/>'
        )
        lines += _words(page, x + sizes.box[0] / 2, y + sizes.box[1] / 2)
        lines.append("</a>")
    return "\n".join([*lines, "</svg>"])


def latex(groups: Groups, needs: Needs) -> str:
    """Return the drawing for print."""
    sizes = _fitting(groups, PAPER)
    drawn = _draw(groups, needs, sizes)
    width, height = drawn.size
    paths = " ".join(_pdf_path(curve, height, sizes) for curve in drawn.curves)
    frames = " ".join(
        f"{_n(x)} {_n(height - y - sizes.box[1])} {_n(sizes.box[0])} {_n(sizes.box[1])} re"
        for _, x, y in drawn.boxes
    )
    labels = "".join(
        rf"\bookgraphlabel{{{_n(height - y - sizes.label + 5)}}}{{{elements.escape(label)}}}"
        for label, y in drawn.labels
    )
    boxes = "".join(
        rf"\bookgraphbox{{{_n(x)}}}{{{_n(height - y - sizes.box[1])}}}{{{_n(sizes.box[0])}}}{{{_n(sizes.box[1])}}}"
        rf"{{{_label(page.name)}}}{{{elements.escape(page.text)}}}"
        for page, x, y in drawn.boxes
    )
    return rf"\bookgraph{{{_n(width)}}}{{{_n(height)}}}{{{paths}}}{{{frames}}}{{{labels}{boxes}}}"


def _draw(groups: Groups, needs: Needs, sizes: _Sizes) -> _Drawn:
    laid = lay_out([[page.name for page in pages] for _, pages in groups], needs, WIDEST)
    across = sizes.box[0] + sizes.between[0]
    first = {laid.row[pages[0].name]: label for label, pages in groups if label}
    tops, top = [], 0.0
    labels = []
    for number in range(len(laid.rows)):
        if number in first:
            labels.append((first[number], top))
            top += sizes.label
        tops.append(top)
        top += sizes.box[1] + sizes.between[1]
    place = {
        node: (middle * across - sizes.between[0] / 2, tops[laid.row[node]])
        for node, middle in laid.across.items()
    }
    boxes = tuple(
        (page, place[page.name][0] - sizes.box[0] / 2, place[page.name][1])
        for _, pages in groups
        for page in pages
    )
    size = (max(laid.width * across - sizes.between[0], sizes.box[0]), top - sizes.between[1])
    curves = tuple(tuple(_points(line, place, sizes)) for line in laid.lines)
    return _Drawn(size, boxes, tuple(labels), curves)


def _points(
    line: Line, place: Mapping[Any, tuple[float, float]], sizes: _Sizes
) -> Iterator[tuple[float, float]]:
    """Yield the points of a line: down from a box, straight through the rows between, to the top of the other."""
    height = sizes.box[1]
    x, y = place[line.start]
    above, y = x, y + height
    yield x, y
    for node in line.by[1:]:
        x, top = place[node]
        end = top - (sizes.head[1] if node == line.end else 0.0)
        middle = max((y + end) / 2, end - sizes.between[1] / 2)
        yield from ((above, middle), (x, middle), (x, end))
        above, y = x, top
        if node != line.end:
            yield from ((x, top), (x, top + height), (x, top + height))
            y = top + height


def _path(curve: Sequence[tuple[float, float]]) -> str:
    points = [f"{_n(x)} {_n(y)}" for x, y in curve]
    return f"M{points[0]}" + "".join(f"C{' '.join(points[at : at + 3])}" for at in range(1, len(points), 3))


def _head(curve: Sequence[tuple[float, float]], sizes: _Sizes) -> str:
    (x, y), (half, length) = curve[-1], sizes.head
    return f"M{_n(x - half)} {_n(y)}L{_n(x + half)} {_n(y)}L{_n(x)} {_n(y + length)}Z"


def _pdf_path(curve: Sequence[tuple[float, float]], height: float, sizes: _Sizes) -> str:
    points = [f"{_n(x)} {_n(height - y)}" for x, y in curve]
    (x, y), (half, length) = (curve[-1][0], height - curve[-1][1]), sizes.head
    bends = " ".join(f"{' '.join(points[at : at + 3])} c" for at in range(1, len(points), 3))
    head = f"{_n(x - half)} {_n(y)} m {_n(x + half)} {_n(y)} l {_n(x)} {_n(y - length)} l f"
    return f"{points[0]} m {bends} S {head}"


def _words(page: Page, x: float, y: float) -> Iterator[str]:
    """Yield the text of a box, in lines around its middle."""
    lines = _lines(page)
    if lines[-1].endswith(CUT):
        yield f"<title>{escape(page.text)}</title>"
    yield f'<text x="{_n(x)}" y="{_n(y)}">'
    for number, line in enumerate(lines):
        down = (number - (len(lines) - 1) / 2) * 1.25 + 0.35 if number == 0 else 1.25
        # The space is for those who hear or copy the text.
        yield f'<tspan x="{_n(x)}" dy="{_n(down)}em">{escape(line)}{" " if number < len(lines) - 1 else ""}</tspan>'
    yield "</text>"


def _lines(page: Page) -> list[str]:
    """Return the lines of a box."""
    wide = any(unicodedata.east_asian_width(character) in "WF" for character in page.text)
    lines = wrap(page.text, LETTERS // 2 if wide else LETTERS) or [page.name]
    if len(lines) > LINES:
        lines = [*lines[: LINES - 1], f"{lines[LINES - 1][: LETTERS - 1].rstrip()}{CUT}"]
    return lines


def _label(page: str) -> str:
    """Return Sphinx's label of a page, as its writer of LaTeX has it."""
    name = f"{page}::doc".translate(tex_replace_map).encode("ascii", "backslashreplace").decode("ascii")
    return rf"\detokenize{{{name.replace(chr(92), '_')}}}"


def _n(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
