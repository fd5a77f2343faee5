"""The directives that stand for what the book says of itself, and what takes their places when a page is written.

A page is read without it: what they show are the lists of pages, titles and numbers, which are known when all pages have been read.
`shown` says all that decides about it: a page is written again when that has changed.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, ClassVar, NamedTuple

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.docutils import SphinxDirective

from toolchain.sphinxext.front import about, cards, graph, landing
from toolchain.sphinxext.front.place import placeholder
from toolchain.sphinxext.of_env import application
from toolchain.sphinxext.site import publication

WHEN_ALL_IS_RESOLVED = 850


class Kind(NamedTuple):
    """A directive, and what it stands for."""

    data: Callable[[Sphinx], Any]
    """Returns what it shows of other pages, of git and of what else is made."""
    write: Callable[[Sphinx, str, Any, placeholder], list[nodes.Node]]
    """Returns it, on a page of that name, for the builder that is at work."""
    options: Mapping[str, Callable[[str], Any]] = {}


KINDS: dict[str, Kind] = {
    "landing": Kind(landing.data, landing.write, {"figure": directives.uri, "alt": directives.unchanged}),
    "chapter-cards": Kind(cards.data, cards.write),
    "prerequisites-graph": Kind(graph.data, graph.write, {"name": directives.unchanged}),
    "contributors": Kind(about.contributors, about.write_contributors),
    "cite-book": Kind(about.year, about.write_citation),
}


class _Directive(SphinxDirective):
    """Marks the place; with a caption it is a figure that can be referred to."""

    has_content = True

    def run(self) -> list[nodes.Node]:
        node = placeholder(kind=self.name)
        self.set_source_info(node)
        if path := self.options.get("figure"):
            image = nodes.image(uri=path, alt=self.options.get("alt", ""), classes=["landing-figure"])
            self.set_source_info(image)
            node += image
        caption = self.parse_content_to_nodes()
        if not caption:
            return [node]
        figure = nodes.figure("", node)
        self.set_source_info(figure)
        figure += nodes.caption(self.block_text, "", *caption[0].children)
        self.add_name(figure)
        return [figure]


class News(SphinxDirective):
    """`{news}`: what `[[book.news]]` has, as a list."""

    has_content = False
    option_spec: ClassVar[dict[str, Any]] = {}

    def run(self) -> list[nodes.Node]:
        """Return the list; nothing where there are no news."""
        items = publication.news(application(self.env).config)
        listed = nodes.bullet_list(classes=["news"])
        for item in items:
            parsed = self.parse_text_to_nodes(item.text)
            date = nodes.strong("", item.date.isoformat(), classes=["news-date"])
            if parsed and isinstance(parsed[0], nodes.paragraph):
                parsed[0].insert(0, [date, nodes.Text(" ")])
            else:
                parsed.insert(0, nodes.paragraph("", "", date))
            listed += nodes.list_item("", *parsed)
        return [listed] if items else []


class Fill(SphinxPostTransform):
    """Puts what they stand for in the place of the directives."""

    default_priority = WHEN_ALL_IS_RESOLVED

    def run(self, **_options: Any) -> None:
        """Look at each place."""
        app = application(self.env)
        for node in list(self.document.findall(placeholder)):
            kind = KINDS[node["kind"]]
            made = kind.write(app, self.env.current_document.docname, kind.data(app), node)
            node.replace_self(made)


def shown(app: Sphinx, kinds: Iterable[str]) -> Iterable[str]:
    """Yield all that decides about what directives of these kinds show."""
    for name in kinds:
        yield f"{name} {KINDS[name].data(app)}"


def setup(app: Sphinx) -> None:
    """Know the directives."""
    for name, kind in KINDS.items():
        options = dict(kind.options)
        app.add_directive(name, type("Front", (_Directive,), {"option_spec": options}))
    app.add_directive("news", News)
    app.add_node(placeholder)
    app.add_post_transform(Fill)
