"""Entries of bibliographies as they can be set: whatever one lacks, or has too much of, its work is cited and listed.

pybtex raises whatever error it meets, for a kind of entry that it does not know as for a lone backslash, and Sphinx ends.
"""

import re
from functools import cache
from typing import Any

from pybtex.database import Entry, Person
from pybtex.plugin import find_plugin
from pybtex.richtext import Text
from pybtex.style.template import FieldIsMissing

from toolchain.sphinxext.entry_text import readable

ALIASES = {
    "conference": "inproceedings",
    "electronic": "online",
    "report": "techreport",
    "thesis": "phdthesis",
    "www": "online",
}
"""Kinds of entries that others know, by what pybtex calls such."""
PEOPLE = ("author", "editor")
PUBLISHED = (
    "journal", "booktitle", "howpublished", "organization", "institution", "school", "publisher",
)  # fmt: skip
"""Fields that say where a work appeared."""
ELSE = ("title", "edition", "address", "month", "year", "note", "url", "urldate", "eprint", "pubmed", "doi")
"""Fields that an entry of the kind that needs least shows as they are."""
LEAST = "manual"
"""That kind: a title, and whatever there is."""
LONGEST = 10_000
"""Characters of a field that are set: pybtex takes a time that grows with their square."""
CUT = 1_000
"""How many are left of one that is longer."""
COMMAND = re.compile(r"\\[A-Za-z]+")
"""What is left of TeX when pybtex has read it."""
MARKUP = re.compile(r"[{}\\]")


def settable(entry: Entry, style: str) -> tuple[Entry, str]:
    """Return an entry that can be set in a style of pybtex's, and what is wrong with the one given; empty if nothing is.

    The work is then cited by its title, or by its key, and listed with what is known of it.
    """
    entry, unset = readable(entry, LONGEST)
    kind = ALIASES.get(entry.type, entry.type)
    shown = {name: len(text) for name, text in entry.fields.items() if name in (*PUBLISHED, *ELSE)}
    name, length = max(shown.items(), key=lambda field: field[1], default=("", 0))
    long = f"its {name} has {length:,} characters, more than {LONGEST:,}" if length > LONGEST else ""
    known = entry
    if long or kind != entry.type:
        known = _copy(entry, kind, {field: _cut(text) for field, text in entry.fields.items()}, entry.persons)
    text, problem = _tried(known, style)
    if not problem:
        unknown = COMMAND.search(text)
        return known, long or unset or (
            f"{unknown[0]} in it is no command that is known here" if unknown else ""
        )
    for candidate in (_with_gaps(known, style), _of_least_kind(known)):
        if not _tried(candidate, style)[1]:
            return candidate, long or problem
    return _copy(entry, LEAST, {"title": MARKUP.sub("", entry.key)}, {}), long or problem


def copy(entry: Entry, *, fields: Any) -> Entry:
    """Return an entry with other fields."""
    return _copy(entry, entry.type, fields, entry.persons)


def _copy(entry: Entry, kind: str, fields: Any, persons: Any) -> Entry:
    copy = Entry(kind, fields=dict(fields), persons={role: list(people) for role, people in persons.items()})
    copy.key = entry.key
    return copy


def _tried(entry: Entry, style: str) -> tuple[str, str]:
    """Return an entry as it is listed, and why it cannot be cited or listed; empty if it can."""
    if not hasattr(_style(style), f"get_{entry.type}_template"):
        return "", f"@{entry.type} is no kind of work that is known"
    if not any(map(entry.persons.get, PEOPLE)) and not entry.fields.get("title"):
        return "", "it has no author, editor or title to cite it by"
    try:
        return _text(entry, style), ""
    except FieldIsMissing as error:
        absent = "author or editor" if error.field_name in PEOPLE else error.field_name
        return "", f"it has no {absent}, which @{entry.type} needs"
    except Exception as error:  # noqa: BLE001 - whatever pybtex meets
        return "", f"it cannot be set: {str(error).partition(chr(10))[0]}"


def _text(entry: Entry, style: str) -> str:
    """Return an entry as it is listed. Raises FieldIsMissing if it lacks what its kind needs, and other errors of pybtex's."""
    (formatted,) = _style(style).format_entries([entry])
    return str(formatted.text.render(_backend()))


def _with_gaps(entry: Entry, style: str) -> Entry:
    """Return an entry with nothing where its kind needs something; of the people nothing can take the place."""
    while True:
        try:
            _text(entry, style)
        except FieldIsMissing as error:
            if error.field_name in (*PEOPLE, *entry.fields):
                return entry
            entry = _copy(entry, entry.type, dict(entry.fields) | {error.field_name: ""}, entry.persons)
        except Exception:  # noqa: BLE001 - as above
            return entry
        else:
            return entry


def _of_least_kind(entry: Entry) -> Entry:
    fields = {name: _plain(text) for name, text in entry.fields.items() if name in ELSE}
    fields["title"] = fields.get("title") or _plain(entry.key)
    fields["organization"] = ", ".join(
        _plain(entry.fields[name]) for name in PUBLISHED if name in entry.fields
    )
    fields["key"] = entry.key
    people = entry.persons.get(PEOPLE[0]) or entry.persons.get(PEOPLE[1]) or ()
    persons = {"author": [Person(_plain(str(person))) for person in people]} if people else {}
    return _copy(entry, LEAST, fields, persons)


def _cut(text: str) -> str:
    return f"{text[:CUT]}\N{HORIZONTAL ELLIPSIS}" if len(text) > LONGEST else text


def _plain(text: str) -> str:
    """Return text that can be set: markup that pybtex cannot read goes."""
    try:
        Text.from_latex(text)
    except Exception:  # noqa: BLE001 - as above
        return MARKUP.sub("", text)
    return text


@cache
def _style(name: str) -> Any:
    return find_plugin("pybtex.style.formatting", name)()


@cache
def _backend() -> Any:
    return find_plugin("pybtex.backends", "text")()
