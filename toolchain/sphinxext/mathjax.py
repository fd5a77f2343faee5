"""What books tell MathJax, and MathJax as a part of the site of those that ask for what only it has.

Of all others formulas are MathML (`site/mathml`), and no file of MathJax is in the site.
"""

import importlib.resources
import shutil
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.builders.epub3 import Epub3Builder
from sphinx.builders.html import StandaloneHTMLBuilder
from sphinx.config import Config
from sphinx.locale import _
from sphinx.util.math import get_node_equation_number
from sphinx.writers.html5 import HTML5Translator

from toolchain.model import MathJax
from toolchain.sphinxext.macros import Macro

PACKAGE = "sphinx-mathjax-offline"
MATHJAX = "mathjax/tex-chtml-full.js"
"""All of TeX's extensions in one file, so that nothing is fetched later; below _static."""
FONTS = "mathjax/output/chtml/fonts/woff-v2"

AFTER_MYST = 600
UNDERSTOOD = frozenset({"macros", "environments"})
"""What is said of its input that does not need MathJax itself."""
OF_DELIMITERS = frozenset(
    {
        "displayMath",
        "inlineMath",
        "processEnvironments",
        "processEscapes",
        "processRefs",
        "maxBuffer",
        "maxMacros",
    }
)
"""What has no meaning where formulas have been found before."""


DELIMITERS = {
    False: ("inlineMath", ((r"\(", r"\)"),)),
    True: ("displayMath", (("$$", "$$"), (r"\[", r"\]"))),
}


def is_asked_for(config: Config) -> bool:
    """Say whether a book asks for MathJax itself: for one of its own, or for what is not known of without it."""
    said = config["mathjax3_config"]
    loads = isinstance(said, dict) and "loader" in said
    return bool(
        config["mathjax_path"] != MATHJAX
        or config["mathjax_config_path"]
        or loads
        or _tex(config).keys() - UNDERSTOOD - OF_DELIMITERS
    )


def told(config: Config) -> MathJax | None:
    """Return what conf.py has told MathJax of formulas; None if it has another MathJax, or loads packages of it."""
    tex = _tex(config)
    if is_asked_for(config):
        return None
    named = (tex.get(kind, {}) for kind in ("macros", "environments"))
    return MathJax(macros=tuple(sorted({str(name) for table in named for name in table})))


def macros(config: Config) -> dict[str, Macro]:
    """Return the commands that conf.py defines for MathJax, by their names without the backslash."""
    defined: dict[str, Macro] = {}
    for name, value in _tex(config).get("macros", {}).items():
        parts = [value] if isinstance(value, str) else value
        if isinstance(parts, list | tuple) and parts and isinstance(parts[0], str):
            count, default = (*parts[1:3], None, None)[:2] if len(parts) > 1 else (0, None)
            defined[str(name)] = Macro(
                parts[0], int(count or 0), default if isinstance(default, str) else None
            )
    return defined


def environments(config: Config) -> dict[str, tuple[str, str, int, str | None]]:
    """Return the environments that conf.py defines for MathJax: how they begin and end, and what they take."""
    found: dict[str, tuple[str, str, int, str | None]] = {}
    said = _tex(config).get("environments", {})
    for name, value in said.items() if isinstance(said, dict) else ():
        if (
            isinstance(value, list | tuple)
            and len(value) > 1
            and all(isinstance(one, str) for one in value[:2])
        ):
            begin, end, count, default = (*value, *(0, None)[len(value) - 2 :])[:4]
            found[str(name)] = (begin, end, int(count or 0), default if isinstance(default, str) else None)
    return found


def delimiters(config: Config) -> dict[bool, list[tuple[str, str]]]:
    """Return what formulas in HTML stand between, of displays by True: what conf.py says, or what MathJax takes by itself."""
    tex, found = _tex(config), {}
    for is_display, (key, usual) in DELIMITERS.items():
        said = tex.get(key, usual)
        pairs = said if isinstance(said, list | tuple) else ()
        found[is_display] = [
            (str(pair[0]), str(pair[1])) for pair in pairs if isinstance(pair, list | tuple) and len(pair) > 1
        ]
    return found


def _tex(config: Config) -> dict[str, Any]:
    """Return what conf.py says of MathJax's input, of the version that the site has; nothing if that is no table."""
    said = config["mathjax3_config"]
    tex = said.get("tex", {}) if isinstance(said, dict) else {}
    return tex if isinstance(tex, dict) else {}


def _copy(app: Sphinx) -> None:
    """Copy the script and its fonts out of the package that carries them, before pages name it with its checksum."""
    builder = app.builder
    if not isinstance(builder, StandaloneHTMLBuilder) or isinstance(builder, Epub3Builder):
        return
    if builder.math_renderer_name != "mathjax" or app.config["mathjax_path"] != MATHJAX:
        return
    source, target = Path(str(importlib.resources.files(PACKAGE))) / "static", Path(app.outdir) / "_static"
    for path in (source / MATHJAX, *sorted((source / FONTS).glob("*.woff"))):
        copy = target / path.relative_to(source)
        if not copy.exists() or copy.stat().st_size != path.stat().st_size:
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copy)


def _number_environments(app: Sphinx) -> None:
    """Have the site show the number also of a formula that is an environment by itself: Sphinx leaves it out there."""
    visit, depart = app.registry.html_block_math_renderers["mathjax"]

    def visit_with_number(translator: HTML5Translator, formula: nodes.math_block) -> None:
        whole = formula.get("no-wrap", formula.get("nowrap")) and "amsmath" not in formula["classes"]
        if not (whole and formula.get("number")):
            visit(translator, formula)
            return
        start = translator.starttag(formula, "div", "", CLASS="math notranslate nohighlight")
        translator.body.append(f'{start}<span class="eqno">({get_node_equation_number(translator, formula)})')
        translator.add_permalink_ref(formula, _("Link to this equation"))
        translator.body.append(f"</span>{translator.encode(formula.astext())}</div>\n")
        raise nodes.SkipNode

    app.registry.html_block_math_renderers["mathjax"] = (visit_with_number, depart)


def setup(app: Sphinx) -> None:
    """Copy MathJax as soon as it is known that a site is made, and have formulas written after MyST has decided how."""
    app.connect("builder-inited", _copy)
    app.connect("builder-inited", _number_environments, priority=AFTER_MYST)
