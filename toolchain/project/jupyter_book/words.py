"""What to do about something, in terms of the files of a Jupyter Book, where the sentence is for a project of our own."""

import re

from toolchain.project.jupyter_book.keys import KEYS, State
from toolchain.project.sections import BookToml

CONFIG = "_config.yml"
TABLES = "|".join(BookToml.__struct_fields__)
BOOK_TOML = r"(?:_config/)?book\.toml"
TABLE = rf"\[{{1,2}}(?P<table>(?:{TABLES})(?:\.\w+)*)\]{{1,2}}"
VALUE = r"(?P<value>\[[^\]]*\]|\"[^\"]*\"|'[^']*'|\w+)"
THEIRS = {key.to: key.name for key in KEYS if key.state == State.OURS and key.to} | {
    "sources.exclude": "exclude_patterns",
    "myst.extensions": "parse.myst_enable_extensions",
    "myst.substitutions": "parse.myst_substitutions",
}
"""What a Jupyter Book calls what book.toml calls so."""
FOUND = tuple(
    map(
        re.compile,
        (
            rf"{BOOK_TOML}: {TABLE} (?P<key>\w+) = {VALUE}",
            rf"(?P<key>\w+) = {VALUE} in {TABLE} of {BOOK_TOML}",
            rf"`(?P<key>\w+)` in {TABLE} of {BOOK_TOML}",
            rf"{TABLE} (?P<key>\w+) in {BOOK_TOML}",
            rf"{TABLE} (?:of|in) {BOOK_TOML}",
            rf"{BOOK_TOML}(?:: {TABLE})?",
        ),
    )
)
PLACES = {
    "_config/conf.py": f"`sphinx: config:` of {CONFIG}",
    "below book/data": "beside the page",
    "in book/data": "beside the page",
}


def in_words_of_jupyter_book(text: str) -> str:
    """Return a sentence that names the keys and places which a Jupyter Book has."""
    for pattern in FOUND:
        text = pattern.sub(_named, text)
    for ours, theirs in PLACES.items():
        text = text.replace(ours, theirs)
    return text


def _named(match: re.Match[str]) -> str:
    """Return what stands for a key of book.toml: Jupyter Book's own, or the one below its table `toolchain`."""
    parts = match.groupdict()
    place = ".".join(filter(None, (parts.get("table"), parts.get("key"))))
    if not place:
        return CONFIG
    value = f" {parts['value']}" if parts.get("value") else ""
    name = THEIRS.get(place, f"toolchain.{place}")
    return f"`{name.replace('.', ': ')}:{value}` in {CONFIG}"
