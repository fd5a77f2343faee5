"""Works that citations by author and year would not tell apart have letters after the year: Doe [2020a], Doe [2020b]."""

from collections.abc import Iterable, Iterator
from itertools import count
from typing import Any

from pybtex.database import Entry
from pybtex.plugin import find_plugin
from sphinxcontrib.bibtex.style.referencing.author_year import AuthorYearReferenceStyle

from toolchain.sphinxext.entry_marks import plain

UNDATED = "n.d."
"""What sphinxcontrib-bibtex cites a work without a year by."""


def by_author_and_year(reference_style: Any) -> bool:
    """Say whether works are cited by author and year."""
    return isinstance(reference_style, AuthorYearReferenceStyle)


def cited_people(entry: Entry, reference_style: Any) -> str:
    """Return the words of a citation before the year."""
    template = reference_style.person.author_or_editor_or_title(full=False)
    words = template.format_data({"entry": entry, "style": reference_style})
    return plain(str(words.render(find_plugin("pybtex.backends", "plaintext")())))


def years(entries: Iterable[Entry], reference_style: Any) -> dict[str, str]:
    """Return the year with its letter, by key, of those entries that need one; `entries` are in the order of the list."""
    alike: dict[tuple[str, str], list[str]] = {}
    for entry in entries:
        year = entry.fields.get("year") or UNDATED
        alike.setdefault((cited_people(entry, reference_style), year), []).append(entry.key)
    found: dict[str, str] = {}
    for (people, year), keys in alike.items():
        if len(keys) > 1:
            dash = "" if year[-1].isdigit() else "-"
            free = (f"{year}{dash}{letter}" for letter in _letters())
            unlike = (lettered for lettered in free if (people, lettered) not in alike)
            found |= zip(keys, unlike, strict=False)
    return found


def labels(
    entries: Iterable[Entry], years_by_key: dict[str, str], style: Any, reference_style: Any
) -> dict[str, str]:
    """Return what each entry is called in its list, by key: as citations call it, by people and year.

    Nothing if the labels of the style are numbers.
    """
    if not hasattr(style.label_style, "format_label"):
        return {}
    return {
        entry.key: f"{cited_people(entry, reference_style)}, {_year(entry, years_by_key)}"
        for entry in entries
    }


def _year(entry: Entry, years_by_key: dict[str, str]) -> str:
    return years_by_key.get(entry.key) or entry.fields.get("year") or UNDATED


def _letters() -> Iterator[str]:
    """Yield a, b, ..., z, aa, ab, ..."""
    for number in count(1):
        letters, rest = "", number
        while rest:
            rest, letter = divmod(rest - 1, 26)
            letters = chr(ord("a") + letter) + letters
        yield letters
