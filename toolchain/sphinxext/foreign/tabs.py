"""Tabs become one text after the other, each below its label.

sphinx-tabs makes other nodes for other builders as it reads a page; here a page is read once for all forms, so it is told that
ours are like the site. Of sphinx-inline-tabs only the site has tabs at all.
"""

from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.transforms.post_transforms import SphinxPostTransform

from toolchain.sphinxext.notebook_text.builder import NAME
from toolchain.sphinxext.placing import put

VALID_BUILDERS = "sphinx_tabs_valid_builders"
SET, LIST, PANEL = "sphinx-tabs", "SphinxTabsTablist", "SphinxTabsPanel"
INLINE = "TabContainer"
"""Class of a tab of sphinx-inline-tabs."""


class TabsInARow(SphinxPostTransform):
    """Takes sets of tabs apart."""

    default_priority = 210
    formats = ("latex", NAME)

    def run(self, **_options: Any) -> None:
        """Look at the inner ones last: they stand in what becomes of the outer ones."""
        for node in list(self.document.findall(nodes.container)):
            if SET in node["classes"]:
                put(_of_set(node), node)
            elif type(node).__name__ == INLINE:
                label, *content = node.children
                put([_label(label), *(part for inner in content for part in inner.children)], node)


def _of_set(tabs: nodes.Element) -> list[nodes.Node]:
    """Return the panels of a set, each after its label."""
    labels = [label for row in tabs.children if type(row).__name__ == LIST for label in row.children]
    panels = [panel for panel in tabs.children if type(panel).__name__ == PANEL]
    if not labels or len(labels) != len(panels):
        return list(tabs.children)
    return [
        node for label, panel in zip(labels, panels, strict=True) for node in (_label(label), *panel.children)
    ]


def _label(label: nodes.Node) -> nodes.rubric:
    return nodes.rubric("", "", *label.children)


def _treat_alike(_app: Sphinx, config: Config) -> None:
    if VALID_BUILDERS in config:
        config[VALID_BUILDERS] = [*config[VALID_BUILDERS], "latex", NAME]


def setup(app: Sphinx) -> None:
    """Tell sphinx-tabs of our builders, and take tabs apart for them."""
    app.connect("config-inited", _treat_alike)
    app.add_post_transform(TabsInARow)
