"""Solutions of exercises are folded on the site, so that readers think first: a click or a key opens them. Print has them whole.

What an author says goes before it: a solution with the class `dropdown` or `toggle` is as that extension has it, and one with the
class `open` is not folded. A folder of Jupyter Book shows what Jupyter Book does.
"""

from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.writers.html5 import HTML5Translator

from toolchain.sphinxext.front.place import is_site
from toolchain.sphinxext.of_env import application
from toolchain.sphinxext.own_contents import OPTION

SOLUTION = "solution"
"""Class of a solution: as pages are written, it is an admonition like others."""
AS_THE_AUTHOR_SAYS = frozenset({"dropdown", "toggle", "open"})
WHEN_TITLES_ARE_RESOLVED = 870


class folded(nodes.General, nodes.Element):  # noqa: N801 - as docutils names nodes
    """What is shown when its head is opened."""


class folded_head(nodes.General, nodes.TextElement):  # noqa: N801 - as above
    """The words that are always seen."""


class FoldSolutions(SphinxPostTransform):
    """Folds the solutions of a page."""

    default_priority = WHEN_TITLES_ARE_RESOLVED

    def run(self, **_options: Any) -> None:
        """Look at each solution of a page of the site."""
        app = application(self.env)
        if not is_site(app) or app.config[OPTION]:
            return
        for node in [node for node in self.document.findall(nodes.Element) if _is_folded(node)]:
            title = node.first_child_matching_class(nodes.title)
            if title is None:
                continue
            links = [link.deepcopy() for link in node[title].findall(nodes.reference)]
            box = folded("", ids=node["ids"], names=node["names"], classes=["admonition", *node["classes"]])
            box += [
                folded_head("", "", *_without_links(node[title])),
                *([_line(links)] if links else []),
                *node.children[:title],
                *node.children[title + 1 :],
            ]
            node.replace_self(box)


def _without_links(title: nodes.Node) -> list[nodes.Node]:
    """Return what is in a title without its links: a head that opens at a click has nothing else to click on in it."""
    for link in list(title.findall(nodes.reference)):
        link.replace_self(link.children)
    return list(title.children)


def _line(links: list[nodes.reference]) -> nodes.paragraph:
    """Return a line with the links of a title: they come after it."""
    line = nodes.paragraph("", "", classes=["links-of-title"])
    for number, link in enumerate(links):
        line += [nodes.Text(", "), link] if number else [link]
    return line


def _is_folded(node: nodes.Element) -> bool:
    is_solution = isinstance(node, nodes.Admonition) and SOLUTION in node["classes"]
    return is_solution and not AS_THE_AUTHOR_SAYS.intersection(node["classes"])


def _open(translator: HTML5Translator, node: folded) -> None:
    translator.body.append(translator.starttag(node, "details"))


def _close(translator: HTML5Translator, _node: folded) -> None:
    translator.body.append("</details>\n")


def _open_head(translator: HTML5Translator, _node: folded_head) -> None:
    translator.body.append('<summary class="admonition-title">')


def _close_head(translator: HTML5Translator, _node: folded_head) -> None:
    translator.body.append("</summary>\n")


def setup(app: Sphinx) -> None:
    """Fold them when a page is written."""
    app.add_node(folded, html=(_open, _close))
    app.add_node(folded_head, html=(_open_head, _close_head))
    app.add_post_transform(FoldSolutions)
