"""Buttons at the head of a page, for what readers can download of it."""

import re
from functools import lru_cache
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.builders.html import StandaloneHTMLBuilder
from sphinx.config import Config
from sphinx.util import texescape

from toolchain.model import Button
from toolchain.model.sphinx import current
from toolchain.sphinxext.words import say

AFTER_THE_THEME = 600
PAGE = re.compile(r"\\label\{\\detokenize\{(?P<name>[^{}]+::doc)\}\}")
"""What Sphinx writes for LaTeX where a page begins."""


def offered(page: str) -> tuple[Button, ...]:
    """Return what is offered at the head of a page: nothing of print that print does not have, whoever has left it out."""
    sphinx_input = current()
    if sphinx_input is None:
        return ()
    project = Path(sphinx_input.project)
    return tuple(
        button
        for button in sphinx_input.buttons.get(page, ())
        if not button.printed_in or _label(page) in _printed(project / button.printed_in)
    )


def _label(page: str) -> str:
    """Return what Sphinx calls the place of a page in LaTeX."""
    texescape.init()
    label = f"{page}::doc".translate(texescape.tex_replace_map)
    return label.encode("ascii", "backslashreplace").decode("ascii").replace("\\", "_")


def _printed(latex: Path) -> frozenset[str]:
    """Return the labels of the pages that the printed book has, as Sphinx has written it before the site."""
    try:
        stat = latex.stat()
    except OSError:
        return frozenset()
    return _read(latex, stat.st_size, stat.st_mtime_ns)


@lru_cache(maxsize=4)
def _read(latex: Path, *_looks: int) -> frozenset[str]:
    return frozenset(PAGE.findall(latex.read_text(encoding="utf-8", errors="replace")))


def _add_buttons(
    app: Sphinx, pagename: str, _template: str, context: dict[str, Any], _doctree: object
) -> None:
    """Put a group of buttons before those of the theme."""
    buttons = offered(pagename)
    if not buttons or not isinstance(app.builder, StandaloneHTMLBuilder):
        return
    links = [
        {
            "type": "link",
            "text": say(button.text),
            "tooltip": say(button.tooltip),
            "icon": button.icon,
            "label": f"notebook-{'-'.join(button.text.lower().split())}-button",
            "url": button.url if "://" in button.url else context["pathto"](button.url, 1),
        }
        for button in buttons
    ]
    group = {
        "type": "group",
        "tooltip": say("Download this page"),
        "icon": "fas fa-download",
        "buttons": links,
        "label": "notebook-buttons",
    }
    context.setdefault("header_buttons", []).insert(0, group)


def _copy_sources(_app: Sphinx, config: Config) -> None:
    """Have the sources in the site where a book asks for the theme's button that leads to them."""
    if config.html_theme_options.get("use_download_button"):
        config["html_copy_source"] = True


def setup(app: Sphinx) -> None:
    """Add them when a page is written."""
    app.connect("config-inited", _copy_sources)
    app.connect("html-page-context", _add_buttons, priority=AFTER_THE_THEME)
