"""MathJax as a part of the site: its formulas show without a network, and no reader is reported to a third party."""

import importlib.resources
import shutil
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.builders.epub3 import Epub3Builder
from sphinx.builders.html import StandaloneHTMLBuilder
from sphinx.config import Config

from toolchain.model import MathJax
from toolchain.sphinxext.macros import Macro

PACKAGE = "sphinx-mathjax-offline"
MATHJAX = "mathjax/tex-chtml-full.js"
"""All of TeX's extensions in one file, so that nothing is fetched later; below _static."""
FONTS = "mathjax/output/chtml/fonts/woff-v2"


def told(config: Config) -> MathJax | None:
    """Return what conf.py has told MathJax of formulas; None if it has another MathJax, or loads packages of it."""
    tex = _tex(config)
    if config["mathjax_path"] != MATHJAX or config["mathjax_config_path"] or "packages" in tex:
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


def _tex(config: Config) -> dict[str, Any]:
    """Return what conf.py says of MathJax's input, of the version that the site has; nothing if that is no table."""
    said = config["mathjax3_config"]
    tex = said.get("tex", {}) if isinstance(said, dict) else {}
    return tex if isinstance(tex, dict) else {}


def _copy(app: Sphinx) -> None:
    """Copy the script and its fonts out of the package that carries them, before pages name it with its checksum."""
    if not isinstance(app.builder, StandaloneHTMLBuilder) or isinstance(app.builder, Epub3Builder):
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
