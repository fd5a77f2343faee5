"""What of a project is refused before anything of it is read: its place, and what book.toml says that cannot be."""

import os
import re
import typing
from collections.abc import Callable
from pathlib import Path

from toolchain.base.errors import ConfigError
from toolchain.base.files import in_words, is_file, is_utf8
from toolchain.project import book_toml, identifiers
from toolchain.project.book_toml import BOOK_TOML
from toolchain.project.layout import OURS
from toolchain.project.sections import A2B, FOR_PRINTERS, PRINT, BookToml, EditionKind, EditionSection

MACRO = re.compile("[A-Za-z]+")
ARGUMENT = re.compile(r"(?<![\\#])#(\d)")
BESIDE = re.compile("(?:.*-)?(?:cover|proof|unfinished|worst)")
"""Names of editions whose file would be one that is made beside another edition's."""
LONGEST = 440
"""Bytes of a project's path. SQLite opens no file whose path has more than 512: what lies in _build has to have room."""


def refuse_place(project: Path) -> None:
    """Raise ConfigError for a folder whose path one of those cannot have that everything goes through."""
    place = Path(os.path.realpath(project))
    if not is_utf8(place):
        raise ConfigError(f"{in_words(place)}: the path is not UTF-8", remedy="Rename the folder.")
    if len(os.fsencode(place)) > LONGEST:
        raise ConfigError(
            f"{place}: the path has {len(os.fsencode(place))} bytes, and {LONGEST} are the most that SQLite can have, "
            "which keeps this build's results",
            remedy="Move the project to a folder with a shorter path.",
        )


def _beyond_arguments(macro: str | tuple[str | int, ...]) -> str:
    """Return which of a macro's arguments it has not got: nothing would stand there. Empty if it has all."""
    body, arguments = (macro, 0) if isinstance(macro, str) else (str(macro[0]), int(macro[1]))
    beyond = [number for number in ARGUMENT.findall(body) if not 1 <= int(number) <= arguments]
    return f"#{beyond[0]} is none of its arguments, which are {arguments}" if beyond else ""


def refuse_misfits(toml: BookToml, project: Path, text: str) -> None:
    """Raise ConfigError for a picture that is not there, a macro with its parts in another order, a number with a slip."""
    problems = {
        f"html.{name}": f"{path} is no file of the project"
        for name, path in (("logo", toml.html.logo), ("favicon", toml.html.favicon))
        if path and not is_file(project / path)
    }
    numbers = _wrong_numbers(toml)
    for name, value in toml.math.macros.items():
        if not MACRO.fullmatch(name):
            problems[f"math.macros.{name}"] = "the name of a command has letters only, and no backslash"
        elif not isinstance(value, str) and [type(part) for part in value] != [str, int, str][: len(value)]:
            problems[f"math.macros.{name}"] = (
                "is to be a text, or a list: what it stands for, the number of its arguments, a default"
            )
        elif beyond := _beyond_arguments(value):
            problems[f"math.macros.{name}"] = beyond
    if problems or numbers:
        places = {key: key.rpartition(".") for key in problems}
        lines = [
            f"{BOOK_TOML}:{book_toml.line_of(name, table, text)}: [{table}] {name}: {problems[key]}"
            for key, (table, _, name) in places.items()
        ]
        lines += [
            f"{BOOK_TOML}:{book_toml.line_with(number, text)}: {key}: {problem}"
            for key, number, problem in numbers
        ]
        raise ConfigError("\n".join(lines), remedy="The appendix lists every key with its kind.")


def _wrong_numbers(toml: BookToml) -> list[tuple[str, str, str]]:
    """Return the key, the number and what is wrong with it, of each that identifies nothing."""
    book = toml.book
    said = [
        *(("[book] authors: orcid", person.orcid, identifiers.wrong_with_orcid) for person in book.people),
        ("[book] doi", book.doi, identifiers.wrong_with_doi),
        ("[book] isbn", book.isbn, identifiers.wrong_with_isbn),
        *(
            (f"[pdf.editions.{name}] isbn", edition.isbn, identifiers.wrong_with_isbn)
            for name, edition in toml.pdf.editions.items()
        ),
    ]
    return [(key, number, wrong) for key, number, look in said if number and (wrong := look(number))]


def refuse_unknown_editions(toml: BookToml, asked: tuple[str, ...], place: Callable[[str], str]) -> None:
    """Raise ConfigError for an edition of no known kind or with a name that is taken, and for one asked for that the book lacks.

    `place` says where an edition is described: the file and the line.
    """
    for name, section in toml.pdf.editions.items():
        if section.kind is None and name not in typing.get_args(EditionKind):
            kinds = ", ".join(f'"{kind}"' for kind in typing.get_args(EditionKind))
            raise ConfigError(
                f"{place(name)}: the edition {name!r} has no kind",
                remedy=f"Say what it is for: kind = one of {kinds}.",
            )
        if problem := _wrong_with_standard(section, section.kind or name):
            raise ConfigError(f"{place(name)}: the edition {name!r}: {problem[0]}", remedy=problem[1])
        if BESIDE.fullmatch(name):
            raise ConfigError(
                f"{place(name)}: an edition cannot be called {name!r}: files beside others are called so",
                remedy="Give it a name that does not end in cover, proof, unfinished or worst.",
            )
    for name in asked:
        if name not in toml.pdf.editions:
            raise ConfigError(
                f"{BOOK_TOML} has no edition {name!r}",
                remedy=f"Its editions: {', '.join(toml.pdf.editions)}. Another one is a table [pdf.editions.{name}].",
            )


def _wrong_with_standard(section: EditionSection, kind: str) -> tuple[str, str] | None:
    """Return why an edition cannot keep to the standard that it names, and what to do; None if it can."""
    standard = section.standard
    if standard is None:
        return None
    if (standard in FOR_PRINTERS) != (kind == PRINT):
        there = " and ".join(FOR_PRINTERS) if kind == PRINT else A2B
        return f"{standard} is not for editions of the kind {kind}", f"For these there is {there}."
    if standard in FOR_PRINTERS and section.colours is None:
        return f"{standard} has no colours of screens", 'Say what they become: colours = "grey" or "cmyk".'
    return None


def module_folders(toml: BookToml, project: Path, text: str) -> tuple[str, ...]:
    """Return where modules of the book's own are that extend Sphinx. Raises ConfigError if an extension is nowhere."""
    if not toml.sphinx.extensions:
        return ()
    from toolchain.project import extensions  # noqa: PLC0415 - slow to import, and most books have none

    line = book_toml.line_of("extensions", "sphinx", text)
    asked = [extensions.in_folder(name, line, OURS.config, project) for name in toml.sphinx.extensions]
    extensions.require(asked, project, BOOK_TOML)
    return tuple(dict.fromkeys(extension.folder for extension in asked if extension.folder))
