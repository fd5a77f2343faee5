"""A page with the licences of what the site has from others: fonts, drawings, style sheets and scripts, as their owners give them.

It is no page of the book: it stands in none of its lists, and the foot of every page leads to it.
"""

from collections.abc import Iterator
from html import escape
from importlib.metadata import PackageNotFoundError, distribution
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple

from sphinx.application import Sphinx
from sphinx.builders.singlehtml import SingleFileHTMLBuilder

from toolchain.model.sphinx import PYDATA_THEME, THEME
from toolchain.sphinxext import drawn, mathjax
from toolchain.sphinxext.front.place import is_site
from toolchain.sphinxext.site import icons
from toolchain.sphinxext.site.theme import FONTS
from toolchain.sphinxext.words import say

NAME, TITLE = "notices", "Licences"
LICENCES = ("LICEN", "COPYING", "NOTICE")
"""Beginnings of the names of files in which distributions have theirs."""
BOOTSTRAP = "theme/pydata_sphinx_theme/static/scripts/bootstrap.js"
"""Of pydata-sphinx-theme."""
NOT_SAID = "Under the Apache License, Version 2.0: https://www.apache.org/licenses/LICENSE-2.0"
"""Of MathJax, whose distribution lacks it."""


class Part(NamedTuple):
    """Something of others in the site."""

    name: str
    what: str
    """What the site has of it."""
    licence: str


def is_made(app: Sphinx) -> bool:
    """Say whether the site has the page: its theme is ours, and the book has no page of that name."""
    return (
        is_site(app)
        and app.config.html_theme == THEME
        and not isinstance(app.builder, SingleFileHTMLBuilder)
        and NAME not in app.env.found_docs
    )


def _parts(app: Sphinx) -> Iterator[Part]:
    """Yield what is in the site."""
    static = Path(app.outdir, "_static")
    yield Part("Source Serif and STIX Two Math", "fonts", _read(FONTS.with_name("NOTICES.txt")))
    yield Part("Font Awesome Free", "the drawings of icons", _beside(icons.SCRIPT))
    yield Part("Bootstrap", "style sheets, and scripts where a page needs them", _beside(BOOTSTRAP))
    for name, what in (
        ("pydata-sphinx-theme", "templates, style sheets and scripts"),
        ("sphinx-book-theme", "templates, style sheets and scripts"),
        ("Sphinx", "templates, style sheets and scripts"),
        ("Pygments", "the colours of code"),
        ("myst-nb", "the style sheet of cells"),
    ):
        yield Part(name, what, _of_distribution(name))
    if "sphinx_copybutton" in app.extensions:
        yield Part("sphinx-copybutton", "the buttons that copy code", _of_distribution("sphinx-copybutton"))
    if "sphinx_design" in app.extensions:
        yield Part("sphinx-design", "cards, grids and tabs", _of_distribution("sphinx-design"))
    for file, name, of in (
        (drawn.MANAGER, "Jupyter Widgets", "widgetsnbextension"),
        (drawn.LIBRARIES["vega"], "Vega, Vega-Lite and Vega-Embed", "vl-convert-python"),
        (drawn.LIBRARIES["plotly"], "Plotly", "plotly"),
    ):
        if static.joinpath(file).is_file():
            yield Part(name, "scripts that draw outputs", _of_distribution(of))
    if static.joinpath(mathjax.MATHJAX).is_file():
        yield Part("MathJax", "the scripts and fonts of formulas", NOT_SAID)


def _beside(script: str) -> str:
    """Return the licence of a script that pydata-sphinx-theme carries."""
    return files(PYDATA_THEME).joinpath(f"{script}.LICENSE.txt").read_text(encoding="utf-8")


def _of_distribution(name: str) -> str:
    """Return what an installed distribution says of its licence."""
    try:
        found = distribution(name)
    except PackageNotFoundError:
        return ""
    named = (path for path in found.files or () if path.name.upper().startswith(LICENCES))
    own = [path for path in named if ".dist-info" in path.parts[0]]
    return "\n\n".join(_read(Path(str(path.locate()))) for path in sorted(own))


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def _page(app: Sphinx) -> Iterator[tuple[str, dict[str, Any], str]]:
    if not is_made(app):
        return
    parts = "".join(
        f"<section><h2>{escape(part.name)}</h2><p>{escape(say('The site has of it: {}.').format(say(part.what)))}</p>"
        f'<pre class="notice">{escape(part.licence.strip())}</pre></section>'
        for part in _parts(app)
    )
    title, what = escape(say(TITLE)), escape(say("What this site has from others is under these licences."))
    body = f"<section><h1>{title}</h1><p>{what}</p>{parts}</section>"
    yield NAME, {"title": say(TITLE), "body": body}, "page.html"


def setup(app: Sphinx) -> None:
    """Write it after the pages of the book."""
    app.connect("html-collect-pages", _page)
