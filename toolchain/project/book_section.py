"""`[book]` of book.toml: what the book is, for every form of it."""

import datetime as dt
import typing

import msgspec
from msgspec import Struct

SLUG = r"^[a-z0-9]+(-[a-z0-9]+)*$"
WEB_ADDRESS = r"^$|^https?://[^\s/@]+(/\S*)?$"
WebAddress = typing.Annotated[str, msgspec.Meta(pattern=WEB_ADDRESS)]
"""Of something that readers open: it has no name of an account in it."""
FORUM = r"^$|^https?://\S*\{topic\}\S*$"
Forum = typing.Annotated[str, msgspec.Meta(pattern=FORUM)]
Year = typing.Annotated[int, msgspec.Meta(ge=1000, le=9999)]


class Person(Struct, frozen=True, forbid_unknown_fields=True):
    """`[[book.authors]]`: an author of whom more is said than a name."""

    name: typing.Annotated[str, msgspec.Meta(min_length=1)]
    orcid: str = ""
    """As `0000-0002-1825-0097`."""
    affiliation: str = ""


class NewsItem(Struct, frozen=True, forbid_unknown_fields=True):
    """`[[book.news]]`: something that readers are told of a change."""

    date: dt.date
    text: typing.Annotated[str, msgspec.Meta(min_length=1)]


class BookSection(Struct, frozen=True, forbid_unknown_fields=True):
    """`[book]`: what the book is."""

    title: str
    slug: typing.Annotated[str, msgspec.Meta(pattern=SLUG)]
    """Names the artefacts: lower-case words with hyphens."""
    authors: tuple[str | Person, ...]
    subtitle: str = ""
    language: str = "en"
    words: dict[str, str] = {}
    """What the toolchain puts on pages, in English, and what the book says for it."""
    edition: str = ""
    date: dt.date | Year | None = None
    """When the edition appeared: a day, or the year alone."""
    description: str = ""
    """One sentence for search engines and the PDF's metadata."""
    blurb: str = ""
    """What the back of the cover says, in paragraphs."""
    keywords: tuple[str, ...] = ()
    dedication: str = ""
    """On a leaf of its own in print."""
    publisher: str = ""
    doi: str = ""
    """Of the book, as `10.5281/zenodo.1234`."""
    isbn: str = ""
    """Of the edition that the site is; a printed one has its own."""
    contributors: tuple[str, ...] = ()
    """Who has worked on the book, where git's history does not say it as it is to be said."""
    news: tuple[NewsItem, ...] = ()
    """What has changed for readers."""
    copyright: str = ""
    text_licence: str = ""
    code_licence: str = ""
    repository: WebAddress = ""
    """Address of the repository, for the edit and issue links."""
    forge: typing.Literal["", "github", "gitlab", "bitbucket", "gitea"] = ""
    """The kind of host that the repository is on, where its name does not tell: Forgejo and Codeberg are as `gitea`."""
    branch: str = "main"
    site: str = ""
    """Address that the site is published at."""
    forum: Forum = ""
    """Address of a topic of the book's forum, with `{topic}` for its number: pages name theirs as `discuss`."""
    recurring: tuple[str, ...] = ("Summary", "Exercises", "Discussion")
    """Headings of sections that many pages have: they get no numbers and do not stand in the printed contents."""

    @property
    def author_names(self) -> tuple[str, ...]:
        """What the authors are called."""
        return tuple(author.name for author in self.people)

    @property
    def people(self) -> tuple[Person, ...]:
        """The authors with all that is said of them."""
        return tuple(Person(author) if isinstance(author, str) else author for author in self.authors)

    @property
    def date_text(self) -> str:
        """When the edition appeared, as machines read it: `2026-11-30`, or `2026`; empty if nothing says so."""
        return str(self.date or "")
