r"""Formulas as each form can set them: environments within `$$`, links to numbers, commands that conf.py or the page defines."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.nodes import make_refnode

from toolchain.outputs.latex import FREE
from toolchain.sphinxext import mathjax
from toolchain.sphinxext.macros import Macro, expanded, taken_out
from toolchain.sphinxext.notebook_text import builder, maths
from toolchain.sphinxext.of_env import application
from toolchain.sphinxext.printed.tree import raw

DISPLAY = re.compile(rf"\\(begin|end)\{{({'|'.join(maths.INNER)})\*?\}}")
MARK = re.compile(r"\\tag(\*?)\s*\{((?:[^{}]|\{[^{}]*\})*)\}")
"""What an author writes instead of a number."""
BEFORE_EQUATIONS = 4
"""Of Sphinx's transforms, the one of LaTeX for references to formulas is the fifth."""
FORMULAS = (nodes.math, nodes.math_block)
LATEX, EPUB = "latex", "epub"


def _set_within(_app: Sphinx, doctree: nodes.document) -> None:
    """Give environments that are formulas by themselves the form that they have within another, where they stand in one."""
    for formula in doctree.findall(nodes.Element):
        if not isinstance(formula, FORMULAS):
            continue
        text = formula.astext()
        if text.startswith(FREE):
            continue  # for TeX as it is
        if not (formula.get("nowrap") or formula.get("no-wrap")) and DISPLAY.search(text):
            whole = maths.ENVIRONMENT.fullmatch(text)
            inner = maths.body(text) if whole else DISPLAY.sub(_inner, maths.NUMBERS.sub("", text))
            formula[:] = [nodes.Text(inner)]
            if whole and maths.TAG.search(inner) and not formula.get("label"):
                formula["nowrap"] = formula["no-wrap"] = True


def _inner(match: re.Match[str]) -> str:
    name = maths.INNER[match[2]]
    return f"\\{match[1]}{{{name}}}" if name else ""


class LinkToFormula(SphinxPostTransform):
    """Makes of a Markdown link to a formula what every form can set: its number, or the words of the link if it has any."""

    default_priority = BEFORE_EQUATIONS

    def run(self, **_options: Any) -> None:
        """Look at each of MyST's links."""
        equations = self.env.domains.math_domain.equations
        for node in list(self.document.findall(addnodes.pending_xref)):
            target = node.get("reftargetid") or node["reftarget"]
            if node["reftype"] != "myst" or target not in equations:
                continue
            if node.get("refexplicit"):
                node.replace_self(self._link(node, target, equations[target][0]))
            else:
                node["refdomain"], node["reftype"], node["reftarget"] = "math", "eq", target

    def _link(self, node: addnodes.pending_xref, target: str, page: str) -> list[nodes.Node]:
        """Return the words of a link, which lead to a formula."""
        if application(self.env).builder.name == LATEX:
            # Sphinx's label of the formula: for LaTeX a link leads to no other of its places.
            return [raw(rf"\hyperref[equation:{page}:{target}]{{"), *node.children, raw("}")]
        words = nodes.inline("", "", *node[0].children)
        identifier = nodes.make_id(f"equation-{target}")
        return [
            make_refnode(
                application(self.env).builder, node.get("refdoc", self.env.docname), page, identifier, words
            )
        ]


def _say_marks(formula: nodes.math_block) -> None:
    """Set the marks that an author has given to a formula with a number as words beside it: LaTeX has one or the other."""
    label = formula.get("label")
    if label and formula.get("number") and not maths.RANDOM.fullmatch(f"equation-{label}"):
        said = MARK.sub(
            lambda mark: rf"\qquad\text{{{mark[2] if mark[1] else f'({mark[2]})'}}}", formula.astext()
        )
        if said != formula.astext():
            formula[:] = [nodes.Text(said)]


def _write_out(app: Sphinx, doctree: nodes.document, _name: str) -> None:
    """Write commands out where another than the site's MathJax sets the formulas."""
    is_jupyter = app.builder.name == builder.NAME
    for formula in doctree.findall(nodes.math_block):
        _say_marks(formula)
    known = mathjax.macros(app.config)
    if app.builder.name == LATEX:
        preamble = "".join(_preamble(app))
        known = {name: macro for name, macro in known.items() if f"\\{name}" not in preamble}
    of_page: dict[str, Macro] = {}
    for node in list(doctree.findall(nodes.Element)):
        if isinstance(node, addnodes.start_of_file):
            of_page = {}
        elif isinstance(node, FORMULAS) and not _is_of_cell(node):
            _write_out_of(node, known, None if is_jupyter else of_page)


def _is_mathml(app: Sphinx) -> bool:
    return app.builder.format == "html" and app.config["html_math_renderer"] == "mathml"


def _write_out_of_page(app: Sphinx, doctree: nodes.document, name: str) -> None:
    if app.builder.name in (LATEX, EPUB) or _is_mathml(app):  # notebooks have whole pages written out
        _write_out(app, doctree, name)


def _write_out_of(formula: nodes.Element, known: dict[str, Macro], of_page: dict[str, Macro] | None) -> None:
    """Write out what a formula's commands stand for.

    Where `of_page` is given, take what it defines itself into it, and the definitions away: Jupyter has them as they are.
    """
    text = formula.astext()
    if of_page is not None:
        text, found = taken_out(text)
        of_page |= found
        if found and not text.strip() and not formula.get("label"):
            formula.parent.remove(formula)
            return
    written = expanded(text, {**known, **(of_page or {})})
    if written != formula.astext():
        formula[:] = [nodes.Text(written)]


def _is_of_cell(node: nodes.Node) -> bool:
    at = node.parent
    while at is not None and at.get("nb_element") != "cell_code_output":
        at = at.parent
    return at is not None


def _preamble(app: Sphinx) -> Iterator[str]:
    """Yield the LaTeX in which a book may define commands itself."""
    yield str(app.config.latex_elements.get("preamble", ""))
    for path in sorted(Path(app.confdir, "latex").glob("*")):
        if path.suffix in (".sty", ".tex", ".cls", ".def"):
            yield path.read_text(encoding="utf-8", errors="replace")


def setup(app: Sphinx) -> None:
    """Look at each page as it is read, and again as a form is made of it."""
    app.connect("doctree-read", _set_within)
    app.add_event(builder.WHOLE)
    app.connect("doctree-resolved", _write_out_of_page)
    app.connect(builder.WHOLE, _write_out)
    app.add_post_transform(LinkToFormula)
