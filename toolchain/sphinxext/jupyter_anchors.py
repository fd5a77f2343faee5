"""Links to headings as Jupyter names them: `#Big-O-Notation`, with capitals and signs, where MyST has `#big-o-notation`."""

from collections.abc import Iterable
from typing import Any
from urllib.parse import unquote

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.nodes import clean_astext

from toolchain.sphinxext import facts

SET = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "–": "--", "—": "---", "…": "..."})  # noqa: RUF001
BEFORE_MYST_RESOLVES = 875
BEFORE_MYST_WRITES = 4


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
            place = headings.get(_typed(unquote(target)))
            if place is not None and not is_known:
                del link["refuri"], link["id_link"]
                link["refid"] = place
                if not link.children:
                    link.append(nodes.inline("", words[place], classes=["std", "std-ref"]))


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
