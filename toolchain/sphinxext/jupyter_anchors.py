"""Links to places as people write them in Jupyter: `#Big-O-Notation`, where MyST has `#big-o-notation`, or `<a id="there"></a>`."""

import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import unquote

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.nodes import clean_astext

from toolchain.sphinxext import facts, typed_html

SET = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "–": "--", "—": "---", "…": "..."})  # noqa: RUF001
BEFORE_MYST_RESOLVES = 875
BEFORE_MYST_WRITES = 4
IN_HTML = re.compile(
    r"<[a-z][^<>]*?(?P<said>\s(?:id|(?<=<a\s)name)\s*=\s*(?P<quote>[\"']?)(?P<id>[^\s\"'<>]+)(?P=quote))",
    re.IGNORECASE,
)
"""The place that an element of HTML is."""


def of_jupyter(titles: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return places by the names that Jupyter gives headings; `titles` are headings with their places."""
    found: dict[str, str] = {}
    for title, place in titles:
        found.setdefault(_typed(title).replace(" ", "-"), place)
    return found


def _typed(text: str) -> str:
    """Return a text with the signs that are on a keyboard, in place of those that Sphinx sets for them."""
    return text.translate(SET)


class WithinPage(SphinxTransform):
    """Resolves links within a page that MyST would not."""

    default_priority = BEFORE_MYST_RESOLVES

    def apply(self, **_options: Any) -> None:
        """Look at links to a place that has no such name otherwise."""
        links = [node for node in self.document.findall(nodes.reference) if node.get("id_link")]
        sections = [section for section in self.document.findall(nodes.section) if section["ids"]]
        titles = [(section.next_node(nodes.title), section["ids"][0]) for section in sections]
        headings = of_jupyter((clean_astext(title), place) for title, place in titles if title is not None)
        words = {place: clean_astext(title) for title, place in titles if title is not None}
        slugs = getattr(self.document, "myst_slugs", {})
        for link in links:
            target = str(link.get("refuri", ""))[1:]
            is_known = target in slugs or target in self.document.nameids or target in self.document.ids
            place = (
                "" if is_known else headings.get(_typed(unquote(target))) or self._in_html(unquote(target))
            )
            if place:
                del link["refuri"], link["id_link"]
                link["refid"] = place
                if not link.children:
                    link.append(nodes.inline("", words.get(place, place), classes=["std", "std-ref"]))

    def _in_html(self, name: str) -> str:
        """Make a place that HTML of the page has one that all forms have; return its name, empty if there is none."""
        if name in self.document.ids:
            return name
        for piece in self.document.findall(typed_html.is_typed):
            for match in IN_HTML.finditer(piece.astext()):
                if match["id"] == name:
                    target = nodes.target("", "", ids=[name])
                    text = piece.astext()
                    # Before the paragraph: in print nothing may be left of it.
                    block = piece.parent if isinstance(piece.parent, nodes.paragraph) else piece
                    block.parent.insert(block.parent.index(block), target)
                    piece.children = [nodes.Text(text[: match.start("said")] + text[match.end("said") :])]
                    self.document.note_explicit_target(target)
                    return name
        return ""


class ToOtherPages(SphinxPostTransform):
    """Resolves links into other pages."""

    default_priority = BEFORE_MYST_WRITES

    def run(self, **_options: Any) -> None:
        """Look at links with a place that MyST does not know in that page."""
        for node in self.document.findall(addnodes.pending_xref):
            place, page = node.get("reftargetid"), node["reftarget"]
            if node["reftype"] != "myst" or not place or page not in self.env.all_docs:
                continue
            known_page = facts.of_page(self.env, page)
            targets = known_page.targets if known_page else ()
            slugs = self.env.metadata[page].get("myst_slugs", {})
            known = {*slugs, *(own for target in targets for own in (*target.ids, *target.labels))}
            titles = [(title, slug) for slug, (_, _, title) in slugs.items()]
            if place not in known and (slug := of_jupyter(titles).get(_typed(unquote(place)))):
                node["reftargetid"] = slug


def setup(app: Sphinx) -> None:
    """Look before MyST does."""
    app.add_transform(WithinPage)
    app.add_post_transform(ToOtherPages)
