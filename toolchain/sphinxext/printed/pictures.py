"""Pictures: where they stand on the page, how large, and what their files are called for TeX."""

import re

import imagesize
from docutils import nodes
from sphinx.application import Sphinx

from toolchain.base.files import is_file
from toolchain.sphinxext.printed.tree import inside, raw

SCREEN_DPI = 96
"""Pixels per inch of a picture that does not say how many it has; the same as CSS has."""
LEAST_DPI = 10
"""Fewer are no resolution: without a unit, a JPEG says by 1 and 1 that its pixels are square."""
MOST_DPI = 2400
"""More no printer has: what says so was never meant for one."""
RASTER = (".png", ".jpg", ".jpeg")
LINE = 85
"""Characters of a caption in a line."""
MEANS_SOMETHING = re.compile(r"[^A-Za-z0-9._-]+")
"""What may mean something to TeX in the name of a file, or something else to its helpers."""


class _Names(dict[str, str]):
    """The names that pictures get beside the book for TeX, by the paths that they come from."""

    def __setitem__(self, path: str, name: str) -> None:
        """Keep a name that is as good for TeX as for people; of two that would become the same, one gets a number."""
        stem, dot, suffix = MEANS_SOMETHING.sub("-", name).rpartition(".")
        taken = {other for known, other in self.items() if known != path}
        numbers = ("", *(f"-{number}" for number in range(2, len(taken) + 2)))
        free = (f"{stem}{number}{dot}{suffix}" for number in numbers)
        super().__setitem__(path, next(new for new in free if new not in taken))


def rename_for_tex(app: Sphinx) -> None:
    """Have Sphinx copy pictures under names that TeX can read."""
    app.builder.images = _Names(app.builder.images)


def centre_figures(doctree: nodes.document) -> None:
    """Let no words run beside a figure: what LaTeX has for that breaks off at lists and boxes, and covers what follows."""
    for figure in doctree.findall(nodes.figure):
        if figure.get("align") in ("left", "right"):
            figure["align"] = "center"


def fit_figures(doctree: nodes.document) -> None:
    """Say how long the caption of a figure is: its picture may be made to fit what is left of a page."""
    for figure in list(doctree.findall(nodes.figure)):
        words = "".join(child.astext() for child in figure.children)
        if not inside(figure, nodes.table) and len(list(figure.findall(nodes.image))) == 1:
            figure.parent.insert(figure.parent.index(figure), raw(rf"\bookfit{{{1 + len(words) // LINE}}}"))


def centre_images(doctree: nodes.document) -> None:
    """Centre every image that stands alone as a figure's image is: a plot without a caption, a paragraph's only child."""
    for image in list(doctree.findall(nodes.image)):
        alone = isinstance(image.parent, nodes.paragraph) and len(image.parent) == 1
        if alone and not isinstance(image.parent.parent, nodes.entry):
            image.parent.replace_self(image)
        if not isinstance(image.parent, nodes.figure | nodes.TextElement) and "align" not in image:
            image["align"] = "center"


def size_images(app: Sphinx, doctree: nodes.document) -> None:
    """Give pictures of pixels the size that their resolution says; LaTeX would take an inch for 72 pixels."""
    for image in doctree.findall(nodes.image):
        path = app.srcdir / image["uri"]
        if "width" in image or "height" in image or path.suffix.lower() not in RASTER or not is_file(path):
            continue
        pixels, _ = imagesize.get(path)
        dpi, _ = imagesize.getDPI(path)
        if pixels > 0:
            image["width"] = f"{pixels / (dpi if LEAST_DPI <= dpi <= MOST_DPI else SCREEN_DPI):.4f}in"
