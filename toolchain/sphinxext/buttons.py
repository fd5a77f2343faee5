"""Buttons at the head of a page, for what readers can download of it."""

from typing import Any

from sphinx.application import Sphinx
from sphinx.builders.html import StandaloneHTMLBuilder
from sphinx.config import Config

from toolchain.model.sphinx import current
from toolchain.sphinxext.words import say

AFTER_THE_THEME = 600


def _add_buttons(
    app: Sphinx, pagename: str, _template: str, context: dict[str, Any], _doctree: object
) -> None:
    """Put a group of buttons before those of the theme."""
    sphinx_input = current()
    buttons = sphinx_input.buttons.get(pagename, ()) if sphinx_input else ()
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
