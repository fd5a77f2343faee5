"""What book.toml says of the book, for whatever shows it on a page."""

from typing import Any

import msgspec
from sphinx.application import Sphinx

from toolchain.project.book_section import BookSection, NewsItem
from toolchain.project.settings import Settings

OPTION = "toolchain_book"
"""Option of Sphinx: what `[book]` says, as values of JSON."""


class Description(msgspec.Struct, frozen=True):
    """What readers are told of the book."""

    title: str = ""
    subtitle: str = ""
    authors: tuple[str, ...] = ()
    edition: str = ""
    description: str = ""
    text_licence: str = ""
    code_licence: str = ""
    site: str = ""
    slug: str = ""
    contributors: tuple[str, ...] = ()
    news: tuple[NewsItem, ...] = ()


def of_settings(settings: Settings) -> dict[str, Any]:
    """Return the value of the option."""
    said = msgspec.to_builtins(settings.book)
    return {name: said[name] for name in Description.__struct_fields__ if said[name]}


def of(app: Sphinx) -> Description:
    """Return what the book says of itself."""
    return msgspec.convert(app.config[OPTION], Description)


def setup(app: Sphinx) -> None:
    """Know the option."""
    assert set(Description.__struct_fields__) <= set(BookSection.__struct_fields__)  # noqa: S101 - of one and the same
    app.add_config_value(OPTION, {}, "env", types=(dict,))
