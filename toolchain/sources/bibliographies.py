"""Bibliographies as BibTeX has them: whether they can be read."""

from itertools import islice
from typing import Any

from pybtex.database.input.bibtex import Parser
from pybtex.exceptions import PybtexError
from pybtex.scanner import PybtexSyntaxError

from toolchain.base.decoding import lines_of
from toolchain.sources.entry_lines import entries

MOST = 100_000
"""Characters that names may have: pybtex takes them apart in a time that grows with their square."""


class Reader(Parser):  # type: ignore[misc] # pybtex gives no types
    """Knows which entry it is at, and does not begin with names that it would not end with.

    Of entries with one key it takes the first, as BibTeX does: pybtex would read nothing more of that file.
    """

    key = ""

    def process_entry(self, entry_type: str, key: str, fields: list[tuple[str, list[str]]]) -> Any:
        """Take an entry. Raises PybtexError if it cannot be taken."""
        self.key = key or ""
        if key in self.data.entries:
            return None
        for name, parts in fields:
            length = sum(map(len, parts))
            if name in self.person_fields and length > MOST:
                raise PybtexError(f"{name} of {key} has {length:,} characters, more than {MOST:,}")
        return super().process_entry(entry_type, key, fields)


def problem(text: str, name: str) -> str:
    """Say why a bibliography cannot be read, which inside Sphinx would end the whole build; empty if it can.

    `name` is the file as people call it.
    """
    reader = Reader()
    try:
        reader.parse_string(text)
    except PybtexSyntaxError as error:
        return f"{name}:{error.lineno}: is no BibTeX: {_first_line(error)}"
    except (PybtexError, RecursionError) as error:
        lines = (line for line, key in entries(lines_of(text)) if key.lower() == reader.key.lower())
        place = ":".join((name, *map(str, islice(lines, 1))))
        return f"{place}: cannot be read: {_first_line(error)}"
    return ""


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]
