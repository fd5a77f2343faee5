"""MathJax as a part of the site: its formulas show without a network, and no reader is reported to a third party."""

import importlib.resources
import shutil
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.builders.html import StandaloneHTMLBuilder

PACKAGE = "sphinx-mathjax-offline"
MATHJAX = "mathjax/tex-chtml-full.js"
"""All of TeX's extensions in one file, so that nothing is fetched later; below _static."""
FONTS = "mathjax/output/chtml/fonts/woff-v2"


def _copy(app: Sphinx) -> None:
    """Copy the script and its fonts out of the package that carries them, before pages name it with its checksum."""
    if not isinstance(app.builder, StandaloneHTMLBuilder):
        return
    source, target = Path(str(importlib.resources.files(PACKAGE))) / "static", Path(app.outdir) / "_static"
    for path in (source / MATHJAX, *sorted((source / FONTS).glob("*.woff"))):
        copy = target / path.relative_to(source)
        if not copy.exists() or copy.stat().st_size != path.stat().st_size:
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copy)


def setup(app: Sphinx) -> None:
    """Copy MathJax as soon as it is known that a site is made."""
    app.connect("builder-inited", _copy)
