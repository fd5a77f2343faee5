"""Legends that greys make useless: two entries of the same grey are found, what still tells them apart is not."""

from functools import partial
from pathlib import Path

import pytest

from toolchain.check.preflight import greys
from toolchain.forms.pdf import standards
from toolchain.forms.pdf.colours import Cmyk

RED, BLUE, PALE = "#c02020", "#20688c", "#9fc5d8"
"""The first two are equally dark."""
DASHES = "stroke-dasharray: 5.55,2.4; "
SQUARE, ROUND = "M -3 3 L 3 3 L 3 -3", "M 0 3 C 0.8 3 1.5 2.7 2.1 2.1"


def sign(number: int, colour: str, *, dashes: str = "", marker: str = "", name: str = "") -> str:
    """Return an entry as Matplotlib writes it: a line, its marker, and its words as paths with a comment."""
    at = 20 + 12 * number
    line = f'<path d="M 198 {at} L 206 {at} L 214 {at}" style="fill: none; stroke: {colour}; {dashes}stroke-width: 1.5"/>'
    shape = (
        f'<defs><path id="m{number}" d="{marker}" style="stroke: {colour}"/></defs>'
        f'<use xlink:href="#m{number}" x="206" y="{at}" style="fill: {colour}; stroke: {colour}"/>'
    )
    words = f"<!-- {name or f'curve {number}'} --><g><path d='M 0 1'/></g>"
    return (
        f'<g id="line2d_{number}">{line}<g>{shape if marker else ""}</g></g><g id="text_{number}">{words}</g>'
    )


def drawn(folder: Path, *signs: str, before: str = "") -> Path:
    path = folder / "plot.svg"
    path.write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink">'
        f'<g id="figure_1"><g id="legend_1">{before}{"".join(signs)}</g></g></svg>',
        encoding="utf-8",
    )
    return path


@pytest.mark.parametrize(
    "signs",
    [
        (sign(0, RED), sign(1, BLUE)),
        (sign(0, RED, dashes=DASHES), sign(1, BLUE, dashes=DASHES)),
        (sign(0, RED, marker=ROUND), sign(1, BLUE, marker=ROUND)),
        (sign(0, RED), sign(2, PALE), sign(1, BLUE)),
    ],
    ids=["lines", "dashed", "marked", "among others"],
)
def test_two_entries_of_one_grey_are_named(tmp_path: Path, signs: tuple[str, ...]) -> None:
    assert greys.alike(drawn(tmp_path, *signs)) == "“curve 0” and “curve 1”"


def test_the_frame_and_the_title_are_no_entries(tmp_path: Path) -> None:
    before = (
        '<g id="patch_9"><path d="M 1 1 L 9 9" style="fill: #ffffff"/></g><g id="text_9"><!-- Kind --></g>'
    )

    assert greys.alike(drawn(tmp_path, sign(0, RED), sign(1, BLUE), before=before))


@pytest.mark.parametrize(
    "signs",
    [
        (sign(0, RED), sign(1, PALE)),
        (sign(0, RED), sign(1, BLUE, dashes=DASHES)),
        (sign(0, RED, marker=ROUND), sign(1, BLUE, marker=SQUARE)),
        (sign(0, RED), sign(1, BLUE, marker=SQUARE)),
        (sign(0, RED), sign(1, RED)),  # nor does the screen tell them apart
        (sign(0, RED),),
    ],
    ids=["lighter", "another pattern", "another marker", "a marker", "one colour", "alone"],
)
def test_what_still_tells_them_apart_is_none(tmp_path: Path, signs: tuple[str, ...]) -> None:
    assert not greys.alike(drawn(tmp_path, *signs))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b'<svg xmlns="http://www.w3.org/2000/svg"><g id="legend_1"><g id="line2d_1"><path style="fill: ',
        b'<!DOCTYPE svg [<!ENTITY a "&#34;"><!ENTITY b "&a;&a;">]><svg><g id="legend_1">&b;</g></svg>',
        (
            b'<svg xmlns="http://www.w3.org/2000/svg"><g id="legend_1"><g id="x"><path d="M" style="fill: #zz0000"/></g>'
            b'<g id="text_1"/><g><path style="stroke: #12"/></g><g id="text_2"/></g></svg>'
        ),
    ],
)
def test_what_is_no_plot_of_matplotlibs_is_read_as_none(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "plot.svg"
    path.write_bytes(content)

    assert not greys.alike(path)
    assert not greys.alike(tmp_path / "gone.svg")


@pytest.mark.parametrize(
    ("colours", "alike"),
    [
        (("#0000ff", "#2828c8"), True),  # two blues, of which inks have neither
        (("#00ff00", "#46e128"), True),
        ((RED, BLUE), False),
        (("#00ff00", "#00ff64"), False),
        (("#1f77b4", "#2f87c4"), False),  # as near to each other on a screen
    ],
)
def test_colours_that_become_the_same_inks_are_named(
    colours: tuple[str, str], *, alike: bool, tmp_path: Path
) -> None:
    same = partial(greys._one_of_inks, target=Cmyk(standards.paper()))  # noqa: SLF001 - the test of four inks
    path = drawn(tmp_path, *(sign(number, colour) for number, colour in enumerate(colours)))

    assert bool(greys.alike(path, same)) is alike
