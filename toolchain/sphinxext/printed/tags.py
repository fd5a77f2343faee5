"""The elements of the book for those who do not see it: numbered, written beside SLUG.tex, and told to LaTeX where they are code or pictures."""

import posixpath
from pathlib import Path

import msgspec
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment.adapters.asset import ImageAdapter
from sphinx.writers.latex import LaTeXTranslator

from toolchain.base.files import write_atomically
from toolchain.model.printed_pictures import SUFFIX as PICTURES
from toolchain.model.printed_pictures import PrintedPicture, PrintedPictures
from toolchain.model.sphinx import project_of
from toolchain.model.tags import SUFFIX, Tags
from toolchain.sphinxext.printed.tag_numbers import NUMBER, Numbering
from toolchain.sphinxext.printed.tree import line_of, page_of


def mark(app: Sphinx, doctree: nodes.document) -> None:
    """Give the elements of the whole book numbers, the last of all that is done to it, and write down what they are."""
    numbering = Numbering()
    numbering.number(doctree)
    pictures = {
        str(image[NUMBER]): PrintedPicture(page_of(image), line_of(image), _file(app, image))
        for image in doctree.findall(nodes.image)
        if NUMBER in image
    }
    for _, name, *_ in app.config.latex_documents:
        path = Path(app.outdir) / name
        write_atomically(path.with_suffix(SUFFIX), msgspec.json.encode(Tags(tuple(numbering.elements))))
        write_atomically(path.with_suffix(PICTURES), msgspec.json.encode(PrintedPictures(pictures)))


def _file(app: Sphinx, image: nodes.Element) -> str:
    """Return the file of a picture, relative to the project; empty of what a cell has drawn."""
    at: nodes.Element | None = image.parent
    while at is not None and not str(at.get("nb_element", "")).startswith("cell_code"):
        at = at.parent
    typed = str(ImageAdapter(app.env).get_original_image_uri(image["uri"]))  # LaTeX has drawings as PDFs
    sources = Path(app.srcdir).relative_to(project_of(app.srcdir)).as_posix()
    return "" if at is not None else posixpath.normpath(posixpath.join(sources, typed))


def _visit_code(translator: LaTeXTranslator, node: nodes.Element) -> None:
    begun = len(translator.body)
    try:
        LaTeXTranslator.visit_literal_block(translator, node)
    finally:
        _say_before(
            r"\begin{sphinxVerbatim", rf"\booktagcode{{{node.get(NUMBER, '')}}}", translator.body, begun
        )


def _depart_code(translator: LaTeXTranslator, node: nodes.Element) -> None:
    LaTeXTranslator.depart_literal_block(translator, node)


def _visit_image(translator: LaTeXTranslator, node: nodes.Element) -> None:
    begun = len(translator.body)
    LaTeXTranslator.visit_image(translator, node)
    _say_before(
        r"\sphinxincludegraphics", rf"\booktagpicture{{{node.get(NUMBER, '')}}}", translator.body, begun
    )


def _say_before(what: str, said: str, written: list[str], begun: int) -> None:
    """Write something right before something else that has been written: a line of its own might end a paragraph."""
    for place in range(begun, len(written)):
        if what in written[place]:
            written[place] = written[place].replace(what, said + what, 1)
            return


def _depart_image(translator: LaTeXTranslator, node: nodes.Element) -> None:
    LaTeXTranslator.depart_image(translator, node)


def setup(app: Sphinx) -> None:
    """Write code and pictures with the numbers that they have."""
    for kind in (nodes.literal_block, nodes.doctest_block):
        app.add_node(kind, override=True, latex=(_visit_code, _depart_code))
    app.add_node(nodes.image, override=True, latex=(_visit_image, _depart_image))
