"""Files that describe the whole site: sitemap.xml and robots.txt for search engines, feed.xml for who follows the book, CITATION.cff.

All are made of what is known when the pages are written, so they are the same in every run. What has to name whole addresses is there
only if book.toml says where the site is published.
"""

import json
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

from sphinx.application import Sphinx

from toolchain.base.files import write_atomically
from toolchain.project.book_section import Person
from toolchain.sphinxext import page_facts
from toolchain.sphinxext.front.place import is_site
from toolchain.sphinxext.site import publication
from toolchain.sphinxext.site.metadata import FEED
from toolchain.sphinxext.site.publication import Publication

SITEMAP, ROBOTS, CITATION = "sitemap.xml", "robots.txt", "CITATION.cff"
XML = '<?xml version="1.0" encoding="utf-8"?>\n'


def _write(app: Sphinx) -> tuple[()]:
    if not is_site(app) or not publication.is_known(app.config):
        return ()
    known = publication.of(app.config)
    files = {
        SITEMAP: _sitemap(app),
        ROBOTS: _robots(app),
        FEED: _feed(app, known),
        CITATION: _citation(app, known),
    }
    for name, text in files.items():
        path = Path(app.outdir, name)
        if text:
            write_atomically(path, text.encode())
        else:
            path.unlink(missing_ok=True)
    return ()


def _sitemap(app: Sphinx) -> str:
    """Return the addresses of all pages, with the days on which git last saw them changed."""
    if not publication.address(app.config):
        return ""
    pages = (
        f"<url><loc>{escape(publication.address(app.config, app.builder.get_target_uri(page)))}</loc>"
        f"{''.join(f'<lastmod>{date}</lastmod>' for date in page_facts.shown(page) if date)}</url>\n"
        for page in sorted(app.env.found_docs)
    )
    return f'{XML}<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{"".join(pages)}</urlset>\n'


def _robots(app: Sphinx) -> str:
    """Return that everybody may read all of it; where its pages are listed, if that has an address."""
    sitemap = publication.address(app.config, SITEMAP)
    return "User-agent: *\nAllow: /\n" + (f"\nSitemap: {sitemap}\n" if sitemap else "")


def _feed(app: Sphinx, known: Publication) -> str:
    """Return the news of the book as Atom."""
    home, book, news = publication.address(app.config), known.book, publication.news(app.config)
    if not home or not news:
        return ""
    authors = "".join(
        f"<author><name>{escape(name)}</name></author>\n" for name in book.author_names or (book.title,)
    )
    entries = "".join(
        f"<entry>\n<id>{escape(home)}#news-{one.date}-{sha256(one.text.encode()).hexdigest()[:8]}</id>\n"
        f"<title>{escape(_first_line(one.text))}</title>\n<updated>{_moment(one.date)}</updated>\n"
        f'<link href={quoteattr(home)}/>\n<content type="text">{escape(one.text)}</content>\n</entry>\n'
        for one in news
    )
    return (
        f'{XML}<feed xmlns="http://www.w3.org/2005/Atom" xml:lang={quoteattr(book.language)}>\n'
        f"<id>{escape(home)}</id>\n<title>{escape(book.title)}</title>\n<updated>{_moment(news[0].date)}</updated>\n"
        f'<link href={quoteattr(home)}/>\n<link rel="self" href={quoteattr(publication.address(app.config, FEED))}/>\n'
        f"{authors}{entries}</feed>\n"
    )


def _first_line(text: str) -> str:
    return text.strip().splitlines()[0]


def _moment(day: object) -> str:
    return f"{day}T00:00:00Z"


def _citation(app: Sphinx, known: Publication) -> str:
    """Return how the book is cited, in the Citation File Format; its strings are JSON's, which YAML reads."""
    book = known.book
    said = {
        "title": ": ".join(filter(None, (book.title, book.subtitle))),
        "abstract": book.description,
        "version": book.edition,
        "date-released": book.date_text if len(book.date_text) > len("2026") else "",
        "doi": book.doi,
        "url": publication.address(app.config),
        "repository-code": book.repository,
        "license": publication.spdx(book.text_licence),
    }
    lines = [
        "cff-version: 1.2.0",
        'message: "If you use this book, please cite it as below."',
        *(f"{key}: {_quoted(text)}" for key, text in said.items() if text),
        *_list("keywords", [_quoted(word) for word in book.keywords]),
        *_list("authors", [_person(person) for person in book.people]),
        "preferred-citation:",
        "  type: book",
        *(f"  {line}" for line in _preferred(known)),
    ]
    return "\n".join(lines) + "\n"


def _preferred(known: Publication) -> Iterator[str]:
    book = known.book
    said = {
        "title": ": ".join(filter(None, (book.title, book.subtitle))),
        "edition": book.edition,
        "doi": book.doi,
        "isbn": next(iter(known.isbns), ""),
    }
    yield from (f"{key}: {_quoted(text)}" for key, text in said.items() if text)
    if book.date_text:
        yield f"year: {book.date_text[:4]}"
    if book.publisher:
        yield from ("publisher:", f"  name: {_quoted(book.publisher)}")
    yield from _list("authors", [_person(person) for person in book.people])


def _list(key: str, items: list[str]) -> Iterator[str]:
    if items:
        yield f"{key}:"
        yield from (f"  - {item}" for item in items)


def _person(person: Person) -> str:
    """Return an author as a mapping in one line; a name is not taken apart, which nobody can do for all of them."""
    orcid = f"https://orcid.org/{person.orcid}" if person.orcid else ""
    said = {"name": person.name, "orcid": orcid}
    return "{" + ", ".join(f"{key}: {_quoted(text)}" for key, text in said.items() if text) + "}"


def _quoted(text: str) -> str:
    return json.dumps(" ".join(text.split()), ensure_ascii=False)


def setup(app: Sphinx) -> None:
    """Write them when all pages are known."""
    app.connect("html-collect-pages", _write)
