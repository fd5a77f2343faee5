"""The printed book: what only LaTeX needs to have in the book's tree. How it looks is in texinputs/*.sty."""

from docutils import nodes
from sphinx.application import Sphinx

from toolchain.sphinxext.printed import code, editions, formulas, pictures, places, structure, tables
from toolchain.sphinxext.printed.tree import raw


def _prepare(app: Sphinx, doctree: nodes.document, _name: str) -> None:
    """Give the whole book's tree what only the printed book needs."""
    if app.builder.name != "latex":
        return
    structure.switch_matters(app, doctree)
    structure.place_bibliography(doctree)
    if str(getattr(app.config, "bibtex_reference_style", "")).startswith("author_year"):
        doctree.insert(0, raw(r"\bibliographywithoutlabels"))
    # The rule that MyST draws above a page's footnotes: in print they stand at the foot, under a rule of their own.
    for rule in list(doctree.findall(nodes.transition)):
        if "footnotes" in rule["classes"]:
            rule.parent.remove(rule)
    formulas.number_once(doctree)
    formulas.end_comments(doctree)
    pictures.centre_images(doctree)
    tables.break_tall_tables(doctree)
    code.keep_code_whole(doctree)


def setup(app: Sphinx) -> None:
    """Prepare the tree of the whole book once it is assembled, and its editions."""
    app.connect("doctree-resolved", _prepare)
    editions.setup(app)
    places.setup(app)
