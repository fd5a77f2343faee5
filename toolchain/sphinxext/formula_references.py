r"""References in formulas, `\eqref{label}` and `\ref{label}`: the number in every form, with a link on the site, in EPUB and in print.

Which formulas a page's formulas refer to is a part of what it shows (`shown`).
"""

import re
from collections.abc import Iterator
from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging

from toolchain.outputs.latex import FREE
from toolchain.sphinxext import mathjax
from toolchain.sphinxext.macros import Macro, expanded, taken_out
from toolchain.sphinxext.of_env import application
from toolchain.sphinxext.printed.elements import escape

COMMAND = r"\\(?P<name>eqref|refeq|ref)(?![A-Za-z])\*?"
REFERS = re.compile(COMMAND)
REFERENCE = re.compile(COMMAND + r"\s*\{\s*(?P<label>[^{}#]*?)\s*\}")
"""In the body of a command a label may be yet to come."""
ROLE = "eqref"
"""Stands for both commands where a reference has a role."""
PART = re.compile(
    r"\\(?:(?P<words>text(?:bf|it|md|normal|rm|sc|sf|sl|tt|up)?|[mhf]box|(?:short)?intertext)|(?P<mark>tag\*?))\s*(?=\{)"
    r"|\\.|[{}$]",
    re.DOTALL,
)
"""What words within a formula and formulas within words begin and end with, and the marks of rows."""
FORMULA, WORDS, MARK = "formula", "words", "mark"
OTHER = {FORMULA: WORDS, WORDS: FORMULA, MARK: MARK}
SET = {FORMULA: r"{{\text{{{}}}}}", WORDS: "{}", MARK: "{}"}
LINKS = {FORMULA: r"{{\href{{{}}}{{\text{{{}}}}}}}", WORDS: r"$\href{{{}}}{{\text{{{}}}}}$", MARK: "{1}"}
"""How a number is set, by where it stands."""
USUAL, NUMBER = "({number})", "{number}"
PLAIN, LINKED, LATEX = "plain", "linked", "latex"
"""How a number leads to its formula."""
SETS_LINKS = frozenset({"mathml", "mathjax"})
"""What sets links of formulas, of that which sets formulas in HTML."""
FORMULAS = (nodes.math, nodes.math_block)
FIRST = 50
"""Before others look at what pages refer to."""
LOGGER = logging.getLogger(__name__)


def labels(formula: nodes.Element) -> Iterator[str]:
    """Yield the labels that a formula refers to."""
    return (match["label"] for match in REFERENCE.finditer(formula.astext()))


def _write_out(app: Sphinx, doctree: nodes.document) -> None:
    """Write out the commands that stand for a reference: else nobody would see it where it is."""
    macros = _referring(mathjax.macros(app.config))
    for formula in doctree.findall(nodes.Element):
        if isinstance(formula, FORMULAS) and not formula.astext().startswith(FREE):
            text = formula.astext()
            if REFERS.search(text):
                macros |= _referring(taken_out(text)[1])
            written = expanded(text, macros)
            if written != text:
                formula[:] = [nodes.Text(written)]


def _referring(macros: dict[str, Macro]) -> dict[str, Macro]:
    return {name: macro for name, macro in macros.items() if REFERS.search(macro.body)}


class Somewhere:
    """Stands for the builder where words alone are asked for: that of the PDF knows no addresses yet."""

    name = ""

    def get_relative_uri(self, *_: Any, **__: Any) -> str:
        """Return any address."""
        return ""


def _place(before: str) -> str:
    """Return what a part of a formula is after so much of it: a formula, words in it, or the mark of a row."""
    places, coming = [FORMULA], ""
    for part in PART.finditer(before):
        if part[0] == "{":
            places.append(coming or places[-1])
        elif part[0] == "}":
            places = places[:-1] or [FORMULA]
        elif part[0] in ("$", r"\(", r"\)"):
            places[-1] = OTHER[places[-1]]
        coming = WORDS if part["words"] else MARK if part["mark"] else ""
    return places[-1]


class ReferencesInFormulas(SphinxPostTransform):
    """Puts numbers in the places of the references of a page's formulas."""

    default_priority = 5

    def run(self, **_options: Any) -> None:
        """Look at each formula."""
        builder = application(self.env).builder
        is_linked = builder.format == "html" and self.config["html_math_renderer"] in SETS_LINKS
        kind = LATEX if builder.name == LATEX else LINKED if is_linked else PLAIN
        page, known = self.env.current_document.docname, self.env.domains.math_domain.equations
        for formula in self.document.findall(nodes.Element):
            if isinstance(formula, FORMULAS) and REFERENCE.search(formula.astext()):
                for label in filter(lambda label: label not in known, labels(formula)):
                    LOGGER.warning(
                        "equation not found: %s", label, location=formula, type="ref", subtype=ROLE
                    )
                set_numbers(application(self.env), page, formula, kind)


def set_numbers(app: Sphinx, page: str, formula: nodes.Element, kind: str = PLAIN) -> None:
    """Put numbers in the places of a formula's references."""
    text, at, parts = formula.astext(), 0, []
    form = app.config.math_eqref_format or USUAL
    for match in REFERENCE.finditer(text):
        number, address = _found(app, page, match["label"], kind)
        place, words = _place(text[: match.start()]), number
        if match["name"] != "ref":
            words = form.replace(NUMBER, number)
        link = LINKS[place].format(re.sub(r"([%#])", r"\\\1", address), words)
        parts += [text[at : match.start()], link if address else SET[place].format(words)]
        at = match.end()
    formula[:] = [nodes.Text("".join((*parts, text[at:])))]


def _found(app: Sphinx, page: str, label: str, kind: str) -> tuple[str, str]:
    """Return the number of the formula with a label, and the address that it leads to, if it is to."""
    domain, asked = app.env.domains.math_domain, addnodes.pending_xref()
    if label not in domain.equations:
        return (escape(label) if kind == LATEX else label), ""
    if kind == LATEX:  # Sphinx's label of the formula
        return rf"\ref{{equation:{domain.equations[label][0]}:{label}}}", ""
    builder: Any = app.builder if kind == LINKED else Somewhere()
    found = domain.resolve_xref(app.env, page, builder, "eq", label, asked, asked)
    if found is None:
        return label, ""
    before, _, after = (app.config.math_eqref_format or USUAL).partition(NUMBER)
    address = str(found.get("refuri") or f"#{found['refid']}") if kind == LINKED else ""
    return found.astext().removeprefix(before).removesuffix(after), address


def setup(app: Sphinx) -> None:
    """Look at formulas as pages are read, and set them when all pages have their numbers."""
    app.connect("doctree-read", _write_out, priority=FIRST)
    app.add_post_transform(ReferencesInFormulas)
