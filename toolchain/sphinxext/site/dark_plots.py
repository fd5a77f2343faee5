"""Plots that suit the dark: pictures that Matplotlib has written as SVG carry a second set of colours for a dark page.

What is neutral changes: black, greys and the white of the grounds. Colours of data stay, but those that would hardly be seen, which
become lighter. The style is in the file of the site and
in no result, and browsers take the scheme of the page for that of a picture in it. The ground of the picture is painted in both, so
one that does otherwise still shows a plot that can be read. A plot that has a picture or a mesh of colours in it stays as it is, on
white: which words stand on that is not known.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.builders.html import StandaloneHTMLBuilder

from toolchain.base.decoding import read_whole
from toolchain.base.files import write_atomically
from toolchain.model.sphinx import BOOK_THEME, THEME
from toolchain.sphinxext.front.place import is_site

SUFFIX = ".svg"
FIGURE = b'<g id="figure_1">'
MADE_BY = b"<dc:title>Matplotlib v"
PICTURES = re.compile(rb"<image\b|\bid=\"QuadMesh_")
COLOUR = re.compile(rb"\b(fill|stroke): (#[0-9a-f]{6})\b")
GROUND, INK = (0x16, 0x18, 0x1C), (0xCE, 0xD6, 0xDD)
"""Of the dark theme: what is white becomes the one, and what is black the other."""
CLOSE = 12
"""How far the parts of a grey may be from each other."""
CONTRAST = 3
"""That lines of data have at least, as WCAG 2.2 asks of graphics (1.4.11)."""
LINEAR = 0.04045
"""Up to which sRGB is linear."""
WHITE = "#ffffff"
GROUNDS = '#patch_1 path, g[id^="axes_"] > g[id^="patch_"]:first-child path, g[id^="legend_"] > g[id^="patch_"] path'
GRIDS = 'g[id^="xtick_"] path, g[id^="ytick_"] path'


def in_both(picture: bytes) -> bytes:
    """Return a picture with the colours for the dark; as it is if it is no plot, or none that can be told apart."""
    if FIGURE not in picture or MADE_BY not in picture[:2000] or PICTURES.search(picture):
        return picture
    rules = " ".join(_rules(picture))
    style = f"<style>@media (prefers-color-scheme: dark) {{ {rules} }}</style>\n "
    return picture.replace(FIGURE, style.encode() + FIGURE, 1)


def _rules(picture: bytes) -> Iterator[str]:
    ground = _colour(GROUND)
    yield f":root {{ background: {ground} }}"
    yield f"#figure_1 {{ fill: {_colour(INK)} }}"  # what has no colour of its own: letters
    for kind, colour in sorted(
        {(kind.decode(), colour.decode()) for kind, colour in COLOUR.findall(picture)}
    ):
        parts = tuple(bytes.fromhex(colour[1:]))
        is_grey = colour != WHITE and max(parts) - min(parts) <= CLOSE
        dark = _in_the_dark(sum(parts) / 3 / 0xFF) if is_grey else _colour(_seen(parts))
        if dark != colour:
            yield f'[style*="{kind}: {colour}"] {{ {kind}: {dark} !important }}'
    # White is the ground or a colour of data: only its place tells.
    for place in GROUNDS.split(", "):
        yield f'{place}[style*="fill: {WHITE}"] {{ fill: {ground} !important }}'
    for place in GRIDS.split(", "):
        yield f'{place}[style*="stroke: {WHITE}"] {{ stroke: {_in_the_dark(0.85)} !important }}'


def _in_the_dark(lightness: float) -> str:
    """Return the colour for a grey, which is 0 where it is black."""
    return _colour(
        tuple(round(ink + (ground - ink) * lightness) for ink, ground in zip(INK, GROUND, strict=True))
    )


def _seen(parts: tuple[int, ...]) -> tuple[int, ...]:
    """Return a colour of the same hue that stands out from the ground."""
    while (_luminance(parts) + 0.05) / (_luminance(GROUND) + 0.05) < CONTRAST:
        parts = tuple(min(0xFF, part + max(1, (0xFF - part) // 16)) for part in parts)
    return parts


def _luminance(parts: tuple[int, ...]) -> float:
    """Return how bright a colour is, as WCAG reckons it."""
    red, green, blue = (_linear(part / 0xFF) for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(part: float) -> float:
    return part / 12.92 if part <= LINEAR else ((part + 0.055) / 1.055) ** 2.4


def _colour(parts: tuple[int, ...]) -> str:
    return f"#{bytes(parts).hex()}"


def put_into(path: Path) -> None:
    """Give a file of the site both sets of colours, if it is such a plot."""
    picture = read_whole(path) if path.suffix == SUFFIX else None
    if picture is not None and (both := in_both(picture)) != picture:
        write_atomically(path, both)


def _put(app: Sphinx, error: Exception | None) -> None:
    """Look at the pictures that have been copied into the site in this run."""
    if error is None and suits(app) and isinstance(app.builder, StandaloneHTMLBuilder):
        for name in app.builder.images.values():
            put_into(Path(app.outdir, app.builder.imagedir, name))


def suits(app: Sphinx) -> bool:
    """Say whether a site has a theme that tells browsers which scheme a page has."""
    return is_site(app) and app.config.html_theme in (THEME, BOOK_THEME)


def setup(app: Sphinx) -> None:
    """Come after the pictures have been copied."""
    app.connect("build-finished", _put)
