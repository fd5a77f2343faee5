"""What cells put out, in print: of each output the form that paper can show, and of long ones only the beginning."""

import re
from collections.abc import Iterable
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging

from toolchain.base import terminal
from toolchain.outputs import charts, html
from toolchain.outputs.mimes import PLAIN, SEVERAL, WIDGET
from toolchain.outputs.reprs import is_address, is_name
from toolchain.sphinxext import typed_html
from toolchain.sphinxext.printed import latex_of_outputs, markup
from toolchain.sphinxext.printed.elements import address
from toolchain.sphinxext.printed.html.marks import as_line
from toolchain.sphinxext.printed.tree import page_of, raw

LIMIT = "toolchain_output_lines"
"""Sphinx's name of `output_lines` in `[pdf]`."""
LINE = 80
"""Characters of what a cell prints in a line of the page."""
PASTED = "pasted-math"
"""Class of a formula out of an output that the text asks for, with `{glue:math}`."""
ALARMING = frozenset({"stderr", "traceback"})
"""Classes of what is no ordinary output."""
ORDER = (
    SEVERAL,
    "application/pdf",
    "image/svg+xml",
    "image/png",
    "image/jpeg",
    "image/gif",
    "text/html",
    "text/latex",
    "text/markdown",
    "text/plain",
)
"""Of the forms of an output the first that print can show."""
MOVING = re.compile(r"application/(?!pdf$|javascript$)")

logger = logging.getLogger(__name__)


class ChooseForPrint(SphinxPostTransform):
    """Leaves of every output the one form that is best in print, before MyST-NB chooses by a list of kinds."""

    default_priority = 3
    builders = ("latex",)

    def run(self, **_: Any) -> None:
        """Look at each output."""
        for bundle in list(self.document.findall(nodes.container)):
            if bundle.get("nb_element") == "mime_bundle":
                bundle.replace_self(_static(bundle))
        for formula in list(self.document.findall(nodes.math_block)):
            if PASTED in formula["classes"]:
                latex_of_outputs.set_or_show(formula)


class SetPasted(SphinxPostTransform):
    """Sets HTML of other pages' outputs, which MyST-NB pastes into the text late, and as it came."""

    default_priority = 6
    builders = ("latex",)

    def run(self, **_: Any) -> None:
        """Look at what has been pasted."""
        for pasted in list(filter(typed_html.is_pasted, self.document.findall(nodes.raw))):
            page = markup.parse(pasted.astext())
            found = _of_html(pasted.astext()) or (
                [] if page is None else list(markup.blocks(page, lenient=True))
            )
            if not found and page is not None and markup.is_seen(page):
                _say_unprintable(pasted)
            in_line = isinstance(pasted.parent, nodes.TextElement)
            pasted.parent.replace(pasted, as_line(found) if in_line else found)


def _say_unprintable(output: nodes.Element, libraries: Iterable[str] = ()) -> None:
    """Warn of an output; `libraries` are what would draw it."""
    logger.warning(
        "nothing of this output can be printed%s",
        "".join(f": {library}" for library in sorted(libraries)),
        type="toolchain",
        subtype="unprintable",
        location=output,
    )


def _static(bundle: nodes.container) -> list[nodes.Node]:
    """Return what print shows of an output; warn if it shows nothing of what the site shows."""
    forms = {str(form["mime_type"]): form for form in bundle.children if isinstance(form, nodes.Element)}
    page = markup.parse(forms["text/html"].astext()) if "text/html" in forms else None
    seen = page is not None and markup.is_seen(page)
    is_drawn = any(kind == WIDGET or charts.library(kind) for kind in forms) or (
        seen and not html.has_words(forms["text/html"].astext())
    )
    for kind in ORDER:
        if kind == PLAIN and len(forms) > 1 and (is_name if is_drawn else is_address)(_text(forms)):
            continue
        if kind in forms and (printed := _printed(kind, forms[kind])):
            return printed
    if "text/latex" in forms:
        return [
            latex_of_outputs.as_text(forms["text/latex"].astext(), inline=not _is_block(forms["text/latex"]))
        ]
    if page is not None and (words := markup.blocks(page, lenient=True)):
        return list(words)
    if seen or any(MOVING.match(kind) for kind in forms):
        _say_unprintable(bundle, {*map(charts.library, forms)} - {""})
    return []


def _text(forms: dict[str, nodes.Element]) -> str:
    return forms[PLAIN].astext() if PLAIN in forms else ""


def _printed(kind: str, form: nodes.Element) -> list[nodes.Node]:
    """Return what print shows of one form; nothing if there is nothing to show."""
    if kind == "text/html":
        return _of_html(form.astext())
    if kind == "text/latex":
        return _of_latex(form)
    if kind == "text/markdown":
        latex_of_outputs.hold_to_data(form)
    return list(form.children)


def _of_html(text: str) -> list[nodes.Node]:
    """Return what print shows of HTML: all of it, or its pictures."""
    root = markup.parse(text)
    if root is None:
        return []
    pictures = [nodes.image(uri=picture, candidates={"?": picture}) for picture in markup.pictures(root)]
    return list(markup.blocks(root, lenient=bool(pictures)) or pictures)


def _of_latex(form: nodes.Element) -> list[nodes.Node]:
    """Return what the LaTeX of an output is set as; nothing if it is not admitted."""
    text, inline = form.astext().strip(), not _is_block(form)
    free = latex_of_outputs.is_free(form)
    found = latex_of_outputs.read(text, form, quiet=free)
    if found:
        return latex_of_outputs.set_as(found, inline=inline)
    return latex_of_outputs.set_free(text, inline=inline) if free else []


def _is_block(form: nodes.Element) -> bool:
    """Say whether MyST-NB has made a formula of its own line of it."""
    return any(isinstance(node, nodes.math_block) for node in form.children)


def shorten(app: Sphinx, doctree: nodes.document) -> None:
    """Cut what cells printed, and the tables that they show, after as many lines and rows as the option says."""
    limit = app.config[LIMIT]
    for block in list(doctree.findall(nodes.literal_block)):
        if "output" in block["classes"]:
            _cut_text(app, block, limit)
        for kind in ALARMING.intersection(block["classes"]):
            block.replace_self(nodes.container("", block.deepcopy(), classes=[kind]))
    for body in list(doctree.findall(nodes.tbody)):
        if "output" in body.parent.parent["classes"] and len(body) > limit:
            _say_how_much_more(app, body.parent.parent, f"{len(body) - limit:,} more rows")
            del body[limit:]


def _cut_text(app: Sphinx, block: nodes.literal_block, limit: int) -> None:
    """Keep the first `limit` lines of the page, of which a long line of output takes several."""
    lines = terminal.plain(block.astext()).expandtabs(8).rstrip().split("\n")
    room, shown = limit, []
    for line in lines:
        if room <= 0:
            break
        shown.append(line[: room * LINE])
        room -= -(-max(len(line), 1) // LINE)
    if shown[-1] != lines[len(shown) - 1]:
        hidden = len(lines[len(shown) - 1]) - len(shown[-1])
        _say_how_much_more(app, block, f"{hidden:,} more characters in this line")
    elif len(shown) < len(lines):
        _say_how_much_more(app, block, f"{len(lines) - len(shown):,} more lines")
    text = "\n".join(shown)
    block.children = [nodes.Text(text)]
    block.rawsource = text


def _say_how_much_more(app: Sphinx, block: nodes.Element, amount: str) -> None:
    """Say below a block how much more there is, and at which address of the site."""
    name = page_of(block) or app.config.root_doc
    site = app.config.html_baseurl.rstrip("/")
    where = address(f"{site}/{name}.html") if site else ""
    block.parent.insert(block.parent.index(block) + 1, raw(rf"\bookmore{{{amount}}}{{{where}}}"))


def setup(app: Sphinx) -> None:
    """Choose while the book is written."""
    app.add_config_value(LIMIT, 40, "")
    app.add_post_transform(ChooseForPrint)
    app.add_post_transform(SetPasted)
