"""What the head of each page tells machines of it: search engines, catalogues of literature, who shows a link with its picture.

Extensions that do parts of this (sphinxext-opengraph) bring matplotlib for their pictures, and know no book; all that they would write
comes from what is known here anyway. Addresses in it have to be whole: without `site` in book.toml, what needs one is left out.
"""

import json
from collections.abc import Iterator
from html import escape
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.builders.epub3 import Epub3Builder
from sphinx.environment import BuildEnvironment

from toolchain.sphinxext.entry_marks import plain
from toolchain.sphinxext.numbering import chapters
from toolchain.sphinxext.site import cards, described, publication
from toolchain.sphinxext.site.publication import Publication

FEED = "feed.xml"
AFTER_OTHERS = 700
"""When others have put their tags."""
DESCRIBED, CARDED = 'name="description"', 'property="og:'
SCRIPT = str.maketrans(
    {
        "<": r"\u003c",
        ">": r"\u003e",
        "&": r"\u0026",
        "\N{LINE SEPARATOR}": r"\u2028",
        "\N{PARAGRAPH SEPARATOR}": r"\u2029",
    }
)
"""In a script no text may end it, or begin a comment."""


class Chapters:
    """The chapter of each page."""

    def __init__(self, env: BuildEnvironment) -> None:
        """Follow the contents from the first page of each chapter."""
        self._by_page: dict[str, str] = {}
        for name, _ in chapters(env):
            self._add(env, name, name)

    def _add(self, env: BuildEnvironment, page: str, chapter: str) -> None:
        if page not in self._by_page:
            self._by_page[page] = chapter
            for below in env.toctree_includes.get(page, ()):
                self._add(env, below, chapter)

    def of(self, page: str) -> str:
        """Return the first page of its chapter; empty for a page of none."""
        return self._by_page.get(page, "")


class Page:
    """A page, and what is known of it."""

    def __init__(self, app: Sphinx, name: str, tree: nodes.document, chapter: str) -> None:
        """Look at it."""
        self._app, self.name = app, name
        self.publication: Publication = publication.of(app.config)
        self.book = self.publication.book
        self.is_first = name == app.config.root_doc
        self.title = title(app.env, name)
        self.description = described.description(app.env, name, tree)
        if self.is_first and described.KEY not in app.env.metadata[name]:
            self.description = self.book.description or self.description
        self.address = publication.address(app.config, app.builder.get_target_uri(name))
        self.chapter = chapter
        self.number = app.env.toc_secnumbers.get(name, {}).get("", ())
        self.card = cards.of_chapter(app, chapter)

    def tags(self, *, described: bool, carded: bool) -> Iterator[str]:
        """Yield the tags of its head; without those that it has already."""
        if self.description and not described:
            yield _meta("name", "description", self.description)
        if not carded:
            yield from (_meta("property", name, text) for name, text in self._open_graph() if text)
            yield _meta("name", "twitter:card", "summary_large_image" if self.card else "summary")
        yield from (_meta("name", f"citation_{name}", text) for name, text in self._citation() if text)
        if self.address and publication.news(self._app.config):
            feed = escape(publication.address(self._app.config, FEED))
            yield f'<link rel="alternate" type="application/atom+xml" title="{escape(self.book.title)}" href="{feed}" />'
        yield f'<script type="application/ld+json">{json.dumps(self._linked(), ensure_ascii=False).translate(SCRIPT)}</script>'

    def _open_graph(self) -> Iterator[tuple[str, str]]:
        book = self.book
        yield "og:type", "book" if self.is_first else "article"
        yield "og:title", book.title if self.is_first else self.title
        yield "og:site_name", book.title
        yield "og:description", self.description
        yield "og:url", self.address
        if self.is_first:
            yield from (("book:isbn", isbn) for isbn in self.publication.isbns[:1])
            yield "book:release_date", book.date_text
            yield from (("book:tag", word) for word in book.keywords)
        else:
            yield "article:published_time", book.date_text
        if self.card:
            yield "og:image", publication.address(self._app.config, self.card.path)
            yield "og:image:type", "image/png"
            yield "og:image:width", str(cards.WIDTH)
            yield "og:image:height", str(cards.HEIGHT)
            yield "og:image:alt", self.card.alternative

    def _citation(self) -> Iterator[tuple[str, str]]:
        book = self.book
        yield "title", book.title if self.is_first else self.title
        yield "inbook_title", "" if self.is_first else book.title
        for person in book.people:
            yield "author", person.name
            yield "author_institution", person.affiliation
            yield "author_orcid", f"https://orcid.org/{person.orcid}" if person.orcid else ""
        yield "publication_date", book.date_text.replace("-", "/")
        yield "publisher", book.publisher
        yield from (("isbn", isbn) for isbn in self.publication.isbns)
        yield "doi", book.doi if self.is_first else ""
        yield "language", book.language
        yield "keywords", "; ".join(book.keywords)
        yield "fulltext_html_url", self.address

    def _linked(self) -> dict[str, Any]:
        """Return what schema.org has words for."""
        if self.is_first:
            return {"@context": "https://schema.org", **self._linked_book()}
        within = self._linked_name("Book", self._app.config.root_doc, self.book.title)
        env = self._app.env
        if self.chapter and self.chapter != self.name:
            within = {
                **self._linked_name("Chapter", self.chapter, title(env, self.chapter)),
                "isPartOf": within,
            }
        return _said(
            {
                "@context": "https://schema.org",
                **self._linked_name("Chapter" if self.chapter else "Article", self.name, self.title),
                "description": self.description,
                "position": ".".join(map(str, self.number)),
                "isPartOf": within,
                **self._linked_rights(),
            }
        )

    def _linked_book(self) -> dict[str, Any]:
        book = self.book
        return _said(
            {
                **self._linked_name("Book", self.name, book.title),
                "alternativeHeadline": book.subtitle,
                "description": self.description,
                "bookEdition": book.edition,
                "bookFormat": "https://schema.org/EBook",
                "isbn": list(self.publication.isbns),
                "identifier": f"https://doi.org/{book.doi}" if book.doi else "",
                "keywords": list(book.keywords),
                **self._linked_rights(),
            }
        )

    def _linked_rights(self) -> dict[str, Any]:
        book = self.book
        return {
            "inLanguage": book.language,
            "author": [
                _said(
                    {
                        "@type": "Person",
                        "name": person.name,
                        "@id": f"https://orcid.org/{person.orcid}" if person.orcid else "",
                        "affiliation": {"@type": "Organization", "name": person.affiliation}
                        if person.affiliation
                        else "",
                    }
                )
                for person in book.people
            ],
            "publisher": {"@type": "Organization", "name": book.publisher} if book.publisher else "",
            "license": publication.licence_address(book.text_licence),
            "datePublished": book.date_text,
            "image": publication.address(self._app.config, self.card.path) if self.card else "",
        }

    def _linked_name(self, kind: str, page: str, name: str) -> dict[str, Any]:
        url = publication.address(self._app.config, self._app.builder.get_target_uri(page))
        return _said({"@type": kind, "@id": url, "url": url, "name": name})


def title(env: BuildEnvironment, page: str) -> str:
    """Return the title of a page as bare words."""
    return plain(env.titles[page].astext()) if page in env.titles else page


def _said(values: dict[str, Any]) -> dict[str, Any]:
    """Return values without those of which nothing is known."""
    return {key: value for key, value in values.items() if value not in ("", [])}


def _meta(kind: str, name: str, content: str) -> str:
    return f'<meta {kind}="{escape(name)}" content="{escape(content)}" />'


class _Metadata:
    def __init__(self) -> None:
        self._chapters: Chapters | None = None

    def begin(self, _app: Sphinx, _builder: object) -> None:
        self._chapters = None

    def put(
        self, app: Sphinx, name: str, _template: str, context: dict[str, Any], tree: nodes.document | None
    ) -> None:
        """Put the tags of a page after those that it has; of a page that nobody wrote there is nothing to say."""
        if tree is None or isinstance(app.builder, Epub3Builder) or not publication.is_known(app.config):
            return
        self._chapters = self._chapters or Chapters(app.env)
        had = context.get("metatags") or ""
        page = Page(app, name, tree, self._chapters.of(name))
        tags = page.tags(described=DESCRIBED in had, carded=CARDED in had)
        context["metatags"] = "\n    ".join((had, *tags))


def setup(app: Sphinx) -> None:
    """Put them when a page is written, and not into books that are read elsewhere."""
    metadata = _Metadata()
    app.connect("write-started", metadata.begin)
    app.connect("html-page-context", metadata.put, priority=AFTER_OTHERS)
