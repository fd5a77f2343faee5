"""The library's files: a module for each chapter, everything importable from the top, and its wheel."""

import ast
import json
import keyword
import re
import shutil
import sys
from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from importlib.metadata import version
from pathlib import Path

import msgspec
import ruff
from msgspec import Struct

from toolchain.base.aside import folder_aside, folder_for_now
from toolchain.base.code import digest_of_rooms
from toolchain.base.decoding import read_json
from toolchain.base.errors import BuilderError
from toolchain.base.files import sha256_file, sha256_lines, write_atomically
from toolchain.model import Book, Library, Saved
from toolchain.processes import programs
from toolchain.project.settings import Settings

LINE = 100
NBSP = "\N{NO-BREAK SPACE}"
EPOCH = "946684800"
"""The date of the files in the wheel: the same definitions make the same bytes."""
INIT = '''"""{title}: the code of the book, as it stands in its sections.

Made from the book's own cells by its toolchain; a change belongs there.
"""

{imports}

__version__ = "{version}"
__all__ = {names}
'''
MODULE = '''"""{title}{address}"""

{imports}

{definitions}
'''
MEMORY = "library.json"
"""Below _build: what the library that is there was made of."""
ROOMS = ("plan", "base")
"""What of our code makes the library."""
PYPROJECT = """\
[build-system]
requires = ["flit_core>=3.9"]
build-backend = "flit_core.buildapi"

[project]
name = "{name}"
version = "{version}"
description = {description}
requires-python = ">={python}"
"""


class _Made(Struct, frozen=True):
    """A library that was made."""

    source: str
    """Digest of what it was made of, and with."""
    files: str
    """Digest of what was made."""


def modules(library: Library) -> dict[str, str]:
    """Return the module that each page's definitions are in, by the page's name: one for each chapter."""
    taken = set(library.names)
    module_by_page = {}
    for definition in library.saved:
        chapter = definition.document.partition("/")[0]
        name = re.sub(r"\W+", "_", chapter.removeprefix("chapter_")).strip("_").lower() or "book"
        while name in taken or keyword.iskeyword(name) or name[0].isdigit():
            name = f"chapter_{name}" if name[0].isdigit() else f"{name}_"
        module_by_page[definition.document] = name
    return module_by_page


def render(library: Library, book: Book, settings: Settings) -> dict[str, str]:
    """Return the package's files, formatted, by their paths below the folder that is to be on Python's path."""
    return _formatted(_drafts(library, book, settings))


def _drafts(library: Library, book: Book, settings: Settings) -> dict[str, str]:
    """Return the package's files as they are before they are formatted."""
    module_by_page = modules(library)
    files = {}
    for module in dict.fromkeys(module_by_page.values()):
        saved = [definition for definition in library.saved if module_by_page[definition.document] == module]
        # Of definitions in one module that replace each other the last counts, at the first one's place or later.
        last_by_name = {definition.name: definition for definition in saved}
        files[f"{library.name}/{module}.py"] = _module(
            [definition for definition in saved if last_by_name[definition.name] is definition],
            book,
            settings,
        )
    module_by_name = {definition.name: module_by_page[definition.document] for definition in library.saved}
    imports = [
        f"from {library.name}.{module} import "
        + ", ".join(name for name, origin in module_by_name.items() if origin == module)
        for module in dict.fromkeys(module_by_page.values())
        if module in module_by_name.values()
    ]
    files[f"{library.name}/__init__.py"] = INIT.format(
        title=_escaped(settings.book.title),
        imports="\n".join(imports),
        version=library.version,
        names=sorted(module_by_name),
    )
    files[f"{library.name}/py.typed"] = ""
    return files


class LibraryByPage:
    """The package as each page can import it: with the definitions that are saved before the page."""

    def __init__(self, library: Library | None, book: Book, settings: Settings) -> None:
        """Without a library there is nothing to import."""
        self._library = library
        self._book = book
        self._settings = settings
        self._files_by_count: dict[int, dict[str, str]] = {}

    def __call__(self, document: str) -> Mapping[str, str]:
        """Return the package's files for a page, by their paths; nothing if nothing is saved before it."""
        earlier = self._library.before(document) if self._library else None
        if earlier is None or not earlier.saved:
            return {}
        count = len(earlier.saved)
        if count not in self._files_by_count:
            self._files_by_count[count] = render(earlier, self._book, self._settings)
        return self._files_by_count[count]


def write(files: Mapping[str, str], folder: Path) -> None:
    """Write a package's files below a folder."""
    for name, text in files.items():
        write_atomically(folder / name, text.encode())


def build(library: Library | None, book: Book, settings: Settings) -> Path | None:
    """Write the package into _build/lib and its wheel into _build/dist; return the wheel, None without a library.

    The same definitions make the same bytes: what is there stays if it was made of them, and is whole.
    Raises BuilderError if the wheel cannot be made.
    """
    lib, dist, memory = settings.build / "lib", settings.build / "dist", settings.build / MEMORY
    if library is None:
        for folder in (lib, dist):
            shutil.rmtree(folder, ignore_errors=True)
        return None
    drafts, pyproject = _drafts(library, book, settings), _pyproject(library, settings)
    source = sha256_lines([_maker(), pyproject, *(line for draft in drafts.items() for line in draft)])
    made = read_json(memory, _Made)
    if made is None or made != _Made(source, _whole(lib, dist)):
        with folder_aside(lib) as folder:
            write(_formatted(drafts), folder)
            (folder / "pyproject.toml").write_text(pyproject, encoding="utf-8")
        with folder_aside(dist) as folder:
            flit = [sys.executable, "-P", "-m", "flit_core.wheel", "--outdir", str(folder), str(lib)]
            _run(flit, f"the wheel of {library.name} cannot be made", SOURCE_DATE_EPOCH=EPOCH)
        with suppress(OSError):  # what cannot be remembered is made again
            write_atomically(memory, msgspec.json.encode(_Made(source, _whole(lib, dist))))
    return next(dist.glob("*.whl"))


def _pyproject(library: Library, settings: Settings) -> str:
    title = " ".join(settings.book.title.split())
    return PYPROJECT.format(
        name=library.name,
        version=library.version,
        description=json.dumps(f"The code of the book {title}"),  # a string of JSON is one of TOML, too
        python=settings.toml.kernel.python,
    )


@cache
def _maker() -> str:
    """Return a digest of what formats the package, and makes the wheel."""
    versions = (f"{package} {version(package)}" for package in ("ruff", "flit_core"))
    return sha256_lines((digest_of_rooms(ROOMS), sys.version, *versions))


def _whole(*folders: Path) -> str:
    """Return the digest of all files below some folders, with their paths."""
    files = (path for folder in folders for path in sorted(folder.rglob("*")) if not path.is_dir())
    return sha256_lines(
        f"{sha256_file(path) if path.is_file() else ''} {path.relative_to(folders[0].parent).as_posix()}"
        for path in files
    )


def _module(saved: list[Saved], book: Book, settings: Settings) -> str:
    pages = {document.name: document for document in book.documents}
    imports = sorted({statement for definition in saved for statement in definition.imports})
    definitions = []
    for definition in saved:
        page = pages[definition.document]
        where = f"Defined in {page.reference.replace(NBSP, ' ')}{_address(settings, page.name)}."
        definitions.append(_with_place(definition.code, where))
    chapter = pages.get(f"{saved[0].document.partition('/')[0]}/index")
    return MODULE.format(
        title=_escaped((chapter or pages[saved[0].document]).title.rstrip(".")),
        address=".",
        imports="\n".join(imports),
        definitions="\n\n".join(definitions),
    )


def _address(settings: Settings, page: str) -> str:
    return f" ({settings.book.site.rstrip('/')}/{page}.html)" if settings.book.site else ""


def _with_place(code: str, where: str) -> str:
    """Return a definition whose docstring also says where the book defines it; a constant is returned as it is."""
    node = ast.parse(code).body[0]
    if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return code
    lines = code.splitlines()
    first = node.body[0]
    indent = " " * first.col_offset if first.lineno > node.lineno else "    "
    docstring = ast.get_docstring(node, clean=False)
    if docstring is None:
        return _with_docstring(lines, first, f'{indent}"""{_escaped(where)}"""')
    literal = ast.get_source_segment(code, first) or ""
    prefix = re.match(r"[A-Za-z]*", literal)[0]  # type: ignore[index] # it matches nothing, too
    quotes = (
        literal[len(prefix) :][:3] if literal[len(prefix) :][:3] in ('"""', "'''") else literal[len(prefix)]
    )
    body = literal[len(prefix) + len(quotes) : -len(quotes)]
    where = where if "r" in prefix.lower() else _escaped(where)
    marks = "'''" if '"""' in body else '"""'
    extended = f"{prefix}{marks}{body.rstrip()}\n\n{indent}{where}\n{indent}{marks}"
    text_before = lines[first.lineno - 1][: first.col_offset]
    text_after = lines[(first.end_lineno or 1) - 1][first.end_col_offset or 0 :]
    replaced = f"{text_before}{extended}{text_after}".splitlines()
    return "\n".join([*lines[: first.lineno - 1], *replaced, *lines[first.end_lineno :]]) + "\n"


def _escaped(text: str) -> str:
    """Return a text in one line, as it stands in a docstring."""
    return " ".join(text.split()).replace("\\", "\\\\").replace('"""', r"\"\"\"")


def _with_docstring(lines: list[str], first: ast.stmt, docstring: str) -> str:
    """Return the lines of a definition with a docstring before the first statement of its body."""
    at = min([first.lineno, *(decorator.lineno for decorator in getattr(first, "decorator_list", []))]) - 1
    head = lines[at][: first.col_offset]
    if head.strip():  # def f(x): return x
        return (
            "\n".join(
                [
                    *lines[:at],
                    head.rstrip(),
                    docstring,
                    f"    {lines[at][first.col_offset :]}",
                    *lines[at + 1 :],
                ]
            )
            + "\n"
        )
    return "\n".join([*lines[:at], docstring, *lines[at:]]) + "\n"


def _formatted(files: Mapping[str, str]) -> dict[str, str]:
    """Return the files formatted by ruff, their imports sorted. Raises BuilderError if ruff fails."""
    with folder_for_now() as folder:
        for name, text in files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text, encoding="utf-8")
        packages = sorted({repr(name.partition("/")[0]) for name in files})
        first_party = f"--config=lint.isort.known-first-party=[{', '.join(packages)}]"
        program, common = ruff.find_ruff_bin(), ["--isolated", "--no-cache", str(folder)]
        for command in (
            ["check", "--fix-only", "--select=I,RUF022", first_party],
            ["format", f"--line-length={LINE}"],
        ):
            _run([program, *command, *common], "ruff cannot format the library")
        return {name: (folder / name).read_text(encoding="utf-8") for name in files}


def _run(command: list[str], failure: str, **variables: str) -> None:
    """Run a program; raises BuilderError if it fails."""
    completed = programs.run(command, variables=variables)
    if completed.returncode:
        raise BuilderError(f"{failure}: {completed.stderr.strip()}")
