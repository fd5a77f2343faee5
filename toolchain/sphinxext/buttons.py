"""Buttons at the head of a page, for its notebook."""

from typing import Any

from sphinx.application import Sphinx

from toolchain.model.sphinx import current

AFTER_THE_THEME = 600


def _add(app: Sphinx, pagename: str, _template: str, context: dict[str, Any], _doctree: object) -> None:
    """Put a group of buttons before those of the theme."""
    handoff = current()
    buttons = handoff.buttons.get(pagename, ()) if handoff else ()
    if not buttons or app.builder.format != "html":
        return
    group = [
        {
            "type": "link",
            "text": each.text,
            "tooltip": each.tooltip,
            "icon": each.icon,
            "label": f"notebook-{each.text.lower()}-button",
            "url": each.url if "://" in each.url else context["pathto"](each.url, 1),
        }
        for each in buttons
    ]
    found = {
        "type": "group",
        "tooltip": "The notebook of this page",
        "icon": "fas fa-download",
        "buttons": group,
        "label": "notebook-buttons",
    }
    context.setdefault("header_buttons", []).insert(0, found)


def setup(app: Sphinx) -> None:
    """Add them when a page is written."""
    app.connect("html-page-context", _add, priority=AFTER_THE_THEME)
