"""The book as a publication: what book.toml says of it, for all that describes it, to readers and to machines."""

import re
from functools import lru_cache

import msgspec
from msgspec import Struct
from sphinx.application import Sphinx
from sphinx.config import Config

from toolchain.project.book_section import BookSection, NewsItem
from toolchain.project.settings import Settings

OPTION = "toolchain_book"
"""Option of Sphinx: the `Publication`."""
CREATIVE_COMMONS = re.compile(r"CC[ -](?P<kind>BY(?:-NC)?(?:-SA|-ND)?)[ -](?P<version>\d\.\d)")
SPDX = frozenset(
    {
        "Apache-2.0",
        "BSD-2-Clause",
        "BSD-3-Clause",
        "CC0-1.0",
        "GFDL-1.3-or-later",
        "GPL-3.0-or-later",
        "ISC",
        "MIT",
        "MPL-2.0",
    }
)
"""Other licences whose short names are the ones that everybody uses."""


class Publication(Struct, frozen=True):
    """A book, and the numbers of its editions."""

    book: BookSection
    isbns: tuple[str, ...] = ()
    """Of the site and of the printed editions, in their order."""


NOTHING = Publication(BookSection(title="", slug="", authors=()))
"""What is known of a book whose conf.py is nobody's we know."""


def of_settings(settings: Settings) -> str:
    """Return the value of the option."""
    editions = (edition.isbn for edition in settings.all_editions)
    isbns = tuple(dict.fromkeys(isbn for isbn in (settings.book.isbn, *editions) if isbn))
    return msgspec.json.encode(Publication(settings.book, isbns), order="deterministic").decode()


def of(config: Config) -> Publication:
    """Return what is known of the book."""
    return _publication(config[OPTION]) if config[OPTION] else NOTHING


def is_known(config: Config) -> bool:
    """Say whether anything is."""
    return bool(config[OPTION])


@lru_cache(maxsize=1)
def _publication(said: str) -> Publication:
    return msgspec.json.decode(said, type=Publication)


def news(config: Config) -> list[NewsItem]:
    """Return what readers are told of changes, the newest first."""
    return sorted(of(config).book.news, key=lambda one: one.date, reverse=True)


def address(config: Config, path: str = "") -> str:
    """Return the address of a file of the site; empty if it is not known where the site is published."""
    base = str(config.html_baseurl or "")
    return f"{base.rstrip('/')}/{path}" if base else ""


def licence_address(licence: str) -> str:
    """Return where a licence can be read, if its name tells that; else the name."""
    known = CREATIVE_COMMONS.fullmatch(licence)
    if known is None:
        return licence
    return f"https://creativecommons.org/licenses/{known['kind'].lower()}/{known['version']}/"


def spdx(licence: str) -> str:
    """Return what SPDX calls a licence; empty if that is not known."""
    known = CREATIVE_COMMONS.fullmatch(licence)
    return f"CC-{known['kind']}-{known['version']}" if known else licence if licence in SPDX else ""


def setup(app: Sphinx) -> None:
    """Make the option known; when the book is another, every page is made anew."""
    app.add_config_value(OPTION, "", "env", types=(str,))
