"""A draft becomes a project on the disk: all of it, or nothing."""

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import tomli_w

from toolchain.base import misfits
from toolchain.base.aside import folder_aside
from toolchain.base.errors import ConfigError
from toolchain.base.files import copy_file
from toolchain.environment import requested
from toolchain.importing import contents, data, kernels, titles
from toolchain.importing.draft import SOURCES, Draft
from toolchain.importing.ledger import FILE, Place
from toolchain.project.book_toml import BOOK_TOML
from toolchain.project.jupyter_book import values
from toolchain.project.sections import PATTERNS, BookToml

KERNEL = "_config/kernel/cpu.in"
NEEDED = "ipykernel"
CONF_HEAD = '''"""Sphinx's configuration: what book.toml says, and what the import has found. Any other option can be set below."""

from toolchain.sphinxext import configuration

globals().update(configuration(__file__))
'''
IGNORED = "_build/\n"
LINE = 88
"""Characters of a value that stands in one line of conf.py."""


def write(draft: Draft, target: Path, of: str, kind: str) -> None:
    """Write a draft to a folder, which may be there and empty; the folder has all of it in the end, or is as it was.

    Raises ConfigError if something is in the folder, or if it is in the one that is imported.
    """
    require_free(draft.folder, target)
    contents.write(draft)
    _complete(draft)
    with folder_aside(target) as aside:
        for name, content in draft.output():
            _place(aside, name).write_bytes(content)
        for name, file in sorted(draft.files.items()):
            copy_file(file, _place(aside, name))
        _place(aside, FILE).write_text(draft.ledger.markdown(of, kind), encoding="utf-8")


def require_free(folder: Path, target: Path) -> None:
    """Raise ConfigError for a target that is not empty, or lies in the folder that is imported."""
    if target.resolve().is_relative_to(folder.resolve()):
        raise ConfigError(
            f"{target}: lies in the folder that is imported, where nothing is written",
            remedy="Name another folder: `toolchain import DIR TARGET`.",
        )
    if os.path.lexists(target) and not (target.is_dir() and not any(target.iterdir())):
        raise ConfigError(
            f"{target}: is there already, and is not an empty folder",
            remedy="Name another folder: `toolchain import DIR TARGET`.",
        )


def _place(folder: Path, name: str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def _complete(draft: Draft) -> None:
    """Add what every project has."""
    book = draft.toml["book"]
    book.setdefault("title", titles.of_first_page(draft) or titles.of_folder(draft.folder))
    book.setdefault("authors", [])
    book["slug"] = values.slug(book.get("slug", ""), book["title"])
    kernels.settle(draft)
    data.declare(draft)
    _add_kernel(draft)
    if f"{SOURCES}{contents.INDEX}.md" not in draft.made:
        draft.toml.setdefault("pdf", {}).setdefault("first_page", True)
    _drop_misfits(draft)
    draft.made[BOOK_TOML] = tomli_w.dumps(_plain(draft.toml), multiline_strings=False)
    draft.ledger.made.append((BOOK_TOML, "what the book is"))
    if conf := "".join(_conf(draft)):
        draft.made["_config/conf.py"] = CONF_HEAD + conf
        code = ", and code of the folder's own conf.py, which runs when you build" if draft.conf.code else ""
        draft.ledger.made.append(
            ("_config/conf.py", f"options of Sphinx that book.toml has no key for{code}")
        )
    if ".gitignore" not in draft.found:
        draft.made[".gitignore"] = IGNORED
        draft.ledger.made.append((".gitignore", "what is built belongs in no repository"))


def _drop_misfits(draft: Draft) -> None:
    """Leave out values that book.toml cannot have: a project that nobody can open would be of no use."""
    while True:
        try:
            msgspec.convert(_plain(draft.toml), BookToml, strict=True)
        except msgspec.ValidationError as error:
            path, sentence = misfits.said(error, BookToml, PATTERNS)
            *names, key = path.split(".")
            table: Any = draft.toml
            for name in names:
                table = table.get(name, {}) if isinstance(table, dict) else {}
            if not isinstance(table, dict) or key not in table:
                raise ConfigError(f"{path}: {sentence}", remedy="Correct the value.") from error
            value = table.pop(key)
            draft.ledger.lose(
                Place(BOOK_TOML), f"`[{'.'.join(names)}] {key}`: {value!r}", f"It is {sentence}."
            )
        else:
            return


def _add_kernel(draft: Draft) -> None:
    """Say what the notebooks need; where nothing does, run nothing: what an .ipynb has kept is shown."""
    lines = [*_requirements(draft), *draft.wanted]
    if not lines:
        has_interpreter = bool(draft.toml.get("kernel", {}).get("interpreter"))
        if has_interpreter or not any(page.runs for page in draft.pages.values()):
            return
        draft.toml.setdefault("execution", {}).setdefault("execute", "off")
        why = (
            'no file says what the notebooks need, so it says `execute = "off"`, and pages show the outputs that their '
            f"files have; to run them list what they import in {KERNEL}, run `toolchain kernel --lock`, and remove that"
        )
        draft.ledger.made.append((BOOK_TOML, why))
        return
    draft.made[KERNEL] = "\n".join(dict.fromkeys((*lines, NEEDED))) + "\n"
    draft.ledger.made.append(
        (KERNEL, "what the notebooks need; `toolchain kernel --lock` solves it into exact versions")
    )


def _requirements(draft: Draft) -> Iterator[str]:
    """Yield what files ask for; what they take from elsewhere in the folder has another place now."""
    for line in requested.needed(draft.requirements) if draft.requirements else ():
        if str(draft.folder.resolve()) in line:
            place = Place(draft.requirements[0].relative_to(draft.folder).as_posix())
            draft.ledger.lose(
                place, f"`{Path(line).name}` in the folder", f"Add to {KERNEL} what it asks for."
            )
        else:
            yield line


def _conf(draft: Draft) -> Iterator[str]:
    conf = draft.conf
    if conf.folders:
        yield "\nimport sys  # noqa: E402\nfrom pathlib import Path  # noqa: E402\n\n"
        yield f"sys.path += [str(Path(__file__).parents[1] / folder) for folder in {_value(list(conf.folders))}]\n"
    for name, value in conf.options.items():
        yield f"{_name(name)} = {_value(value)}\n"
    for name, more in conf.added.items():
        if more:
            yield f'{_name(name)} = [*globals().get("{_name(name)}", ()), {_value(more)[1:-1].strip()}]\n'
    for name, table in conf.merged.items():
        if table:
            yield f'{_name(name)} = {{**globals().get("{_name(name)}", {{}}), **{_value(table)}}}\n'
    for name, text in conf.followed.items():
        yield f'latex_elements["{_name(name)}"] += {chr(10) + text!r}\n'
    if conf.code:
        yield f"\n{conf.code}"


def _name(name: str) -> str:
    """Return the name of an option; one that is no name of Python's would be code."""
    if not re.fullmatch(r"[A-Za-z_]\w*", name):
        raise ConfigError(
            f"{json.dumps(name)} is no name of an option of Sphinx", remedy="Correct or remove it."
        )
    return name


def _value(value: Any, indent: str = "") -> str:
    """Return a value as Python has it; a long table or list has a line for each part."""
    short = repr(value)
    if len(short) <= LINE or not isinstance(value, dict | list):
        return short
    deeper = f"{indent}    "
    if isinstance(value, list):
        parts = [_value(part, deeper) for part in value]
    else:
        parts = [f"{key!r}: {_value(part, deeper)}" for key, part in value.items()]
    opening, closing = "[]" if isinstance(value, list) else "{}"
    return "\n".join((opening, *(f"{deeper}{part}," for part in parts), indent + closing))


def _plain(tables: dict[str, Any]) -> dict[str, Any]:
    """Return tables as TOML can have them: without empty values and with lists for tuples."""
    plain: dict[str, Any] = {}
    for key, value in tables.items():
        if value is None:
            continue
        if isinstance(value, dict):
            plain[key] = _plain(value)
        else:
            plain[key] = list(value) if isinstance(value, tuple | list) else value
    return plain
