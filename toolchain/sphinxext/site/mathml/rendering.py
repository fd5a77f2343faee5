"""Formulas on pages: a `math` element in what Sphinx has around a formula, with its number, or the TeX of what cannot be set.

MathJax, which sets formulas in the browser, is part of the site of a book that asks for what only MathJax has.
"""

from collections.abc import Collection

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.builders.epub3 import Epub3Builder
from sphinx.config import Config
from sphinx.locale import _
from sphinx.util import logging
from sphinx.util.math import get_node_equation_number
from sphinx.writers.html5 import HTML5Translator

from toolchain.outputs.latex import mathjax as known
from toolchain.sphinxext import formulas, mathjax
from toolchain.sphinxext.macros import Macro, taken_out
from toolchain.sphinxext.site.mathml.as_xml import as_xml
from toolchain.sphinxext.site.mathml.converting import Environments, NotSetError, mathml
from toolchain.sphinxext.site.mathml.elements import escaped

MATHML, MATHJAX = "mathml", "mathjax"
CLASSES = "math notranslate nohighlight"
BEFORE_OTHERS_ASK = 100
FIRST = 100
"""Formulas are looked at as they are typed: what else looks at a page writes some of them in another way."""
LOGGER = logging.getLogger(__name__)


def _environments(config: Config) -> Environments:
    return tuple(sorted(mathjax.environments(config).items()))


def of_config(tex: str, config: Config, *, display: bool) -> str:
    """Return a formula as MathML, with the commands that a book has defined. Raises NotSetError."""
    return mathml(tex, display=display, macros=mathjax.macros(config), environments=_environments(config))


def _math(translator: HTML5Translator, node: nodes.Element, *, display: bool) -> str:
    """Return a formula as MathML; as its TeX if that cannot be, which has been said as the page was read."""
    try:
        made = of_config(node.astext(), translator.config, display=display)
    except NotSetError:
        return f'<code class="math-typed">{escaped(node.astext())}</code>'
    is_xml = isinstance(translator.builder, Epub3Builder)
    return as_xml(made) if is_xml else made


def _visit_inline(self: HTML5Translator, node: nodes.Element) -> None:
    start = self.starttag(node, "span", "", CLASS=CLASSES)
    self.body.append(f"{start}{_math(self, node, display=False)}</span>")
    raise nodes.SkipNode


def _visit_block(self: HTML5Translator, node: nodes.Element) -> None:
    # What scrolls if it has no room is the formula, and not its number.
    self.body.append(self.starttag(node, "div", "", CLASS=CLASSES))
    if node["number"]:
        self.body.append(f'<span class="eqno">({get_node_equation_number(self, node)})')  # type: ignore[arg-type] # it is a block
        if not isinstance(self.builder, Epub3Builder):
            self.add_permalink_ref(node, _("Link to this equation"))
        self.body.append("</span>")
    self.body.append(f'<div class="math-scroll">{_math(self, node, display=True)}</div></div>\n')
    raise nodes.SkipNode


def _choose(app: Sphinx, config: Config) -> None:
    """Decide what sets formulas, unless a book has: what it brings for that, MathJax if it asks for that, or else MathML."""
    if config["html_math_renderer"] is None:
        others = sorted(app.registry.html_inline_math_renderers.keys() - {MATHML, MATHJAX})
        config["html_math_renderer"] = (
            others[0] if others else MATHJAX if mathjax.is_asked_for(config) else MATHML
        )


def _choose_for_epub(app: Sphinx) -> None:
    """No reader of books runs MathJax."""
    if isinstance(app.builder, Epub3Builder) and app.config["html_math_renderer"] == MATHJAX:
        app.config["epub_math_renderer"] = MATHML


def _name_what_cannot_be_set(app: Sphinx, doctree: nodes.document) -> None:
    """Warn of each formula of a page that the site shows as its TeX; what a formula defines holds to the page's end."""
    if app.config["html_math_renderer"] != MATHML:
        return
    macros: dict[str, Macro] = mathjax.macros(app.config)
    environments = _environments(app.config)
    for formula in doctree.findall(nodes.Element):
        if isinstance(formula, nodes.math | nodes.math_block):
            text, found = taken_out(formula.astext())
            macros |= found
            try:
                mathml(
                    text,
                    display=isinstance(formula, nodes.math_block),
                    macros=macros,
                    environments=environments,
                )
            except NotSetError as error:
                names = macros.keys() | {name for name, _ in environments}
                if not _is_unknown_to_jupyter(text, names):  # else a check says so
                    LOGGER.warning(
                        "the site shows a formula as its TeX: %s",
                        error,
                        location=formula,
                        type="toolchain",
                        subtype=MATHJAX if formulas.is_of_cell(formula) else MATHML,
                    )


def _is_unknown_to_jupyter(text: str, defined: Collection[str]) -> bool:
    read = known.read(text)
    return any(known.unknown(read, defined)) or any(known.unmatched(read, defined))


def setup(app: Sphinx) -> None:
    """Choose before others ask how formulas are set."""
    app.add_html_math_renderer(MATHML, (_visit_inline, None), (_visit_block, None))
    app.connect("config-inited", _choose)
    app.connect("builder-inited", _choose_for_epub, priority=BEFORE_OTHERS_ASK)
    app.connect("doctree-read", _name_what_cannot_be_set, priority=FIRST)
