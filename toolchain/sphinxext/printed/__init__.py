"""The printed book: what only LaTeX needs to have in the book's tree. How it looks is in texinputs/*.sty."""

from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

from toolchain.sphinxext.printed import (
    boxes,
    characters,
    code,
    conversion,
    designs,
    discussion,
    editions,
    first_page,
    formulas,
    headings,
    index,
    line_comments,
    math_packages,
    notes,
    outputs,
    pictures,
    scripts,
    struck,
    structure,
    table_words,
    tables,
    tags,
    typed,
    typed_html,
)
from toolchain.sphinxext.printed.elements import FONTS_OF_SCRIPTS, escape
from toolchain.sphinxext.printed.held import Held
from toolchain.sphinxext.printed.html import marks
from toolchain.sphinxext.printed.tree import raw


def _prepare(app: Sphinx, doctree: nodes.document, _name: str) -> None:
    """Give the whole book's tree what only the printed book needs."""
    if app.builder.name != "latex":
        return
    typed.keep_ligatures(doctree)
    structure.begin_parts(app, doctree)
    structure.set_recurring(app, doctree)
    structure.part_bibliography(doctree)
    structure.place_bibliography(app, doctree)
    if str(getattr(app.config, "bibtex_reference_style", "")).startswith("author_year"):
        doctree.insert(0, raw(r"\bibliographywithoutlabels"))
    # The rule that MyST draws above a page's footnotes: in print they stand at the foot, under a rule of their own.
    for rule in list(doctree.findall(nodes.transition)):
        if "footnotes" in rule["classes"]:
            rule.parent.remove(rule)
    characters.leave_out_controls(doctree)
    typed.dash_attributions(doctree)
    notes.set_after_arguments(doctree)
    notes.number_marks(doctree)
    characters.blacken(doctree)
    discussion.draw_codes(doctree)
    formulas.spell_out_unfinished(doctree)
    formulas.write_for_latex(doctree)
    struck.set_struck(doctree)
    formulas.number_once(doctree)
    formulas.end_comments(doctree)
    math_packages.load(app, doctree)
    designs.set_cards(doctree)
    boxes.prepare(doctree)
    pictures.centre_figures(doctree)
    pictures.centre_images(doctree)
    pictures.size_images(app, doctree)
    pictures.fit_figures(doctree)
    outputs.shorten(app, doctree)
    table_words.show_hidden(doctree)
    table_words.note(app, doctree)
    tables.fit(doctree)
    headings.keep_with_boxes(doctree)
    headings.word_bookmarks(doctree)
    held = Held(app.builder)
    headings.hold_formulas(held, doctree)
    index.set_entries(held, doctree)
    code.break_between_outputs(doctree)
    code.break_long_words(doctree)
    scripts.turn_round(doctree)
    scripts.load_fonts(app, doctree)
    tags.mark(app, doctree)


def _begin(app: Sphinx) -> None:
    if app.builder.name == "latex":
        pictures.rename_for_tex(app)
        first_page.print_text(app)
        _escape_the_rest(app.builder)


def _escape_the_rest(builder: Any) -> None:
    """Escape the text of its template that Sphinx does not, the edition; and call the contents what the language calls them.

    Sphinx would call them as the first part, whose name stands in them.
    """
    builder.context["date"] = escape(builder.config.today)
    builder.get_contentsname = lambda _page: ""


def setup(app: Sphinx) -> None:
    """Prepare the tree of the whole book once it is assembled, and its editions."""
    app.connect("builder-inited", _begin)
    app.connect("doctree-resolved", _prepare)
    first_page.setup(app)
    app.add_config_value(FONTS_OF_SCRIPTS, {}, "", dict)
    editions.setup(app)
    outputs.setup(app)
    typed_html.setup(app)
    marks.setup(app)
    conversion.setup(app)
    line_comments.setup(app)
    tags.setup(app)
