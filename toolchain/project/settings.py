"""book.toml, the environment and the options become one frozen `Settings`."""

import difflib
import re
import tomllib
import typing
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from toolchain.base.errors import ConfigError
from toolchain.processes import hardware
from toolchain.project.sections import (
    GENERIC,
    PRINT,
    SCREEN,
    BookSection,
    BookToml,
    ClusterSection,
    EditionKind,
    Paper,
)

CONFIG = "_config"
BOOK_TOML = f"{CONFIG}/book.toml"
SOURCES = "book"
DATA = f"{SOURCES}/data"
BUILD = "_build"
MYST_EXTENSIONS = ("amsmath", "attrs_inline", "colon_fence", "deflist", "dollarmath")
"""Of MyST; the notebooks that run and the pages that show them are parsed with the same."""
LOCAL = "local"
"""In place of a scheduler's address: this machine."""


class Edition(Struct, frozen=True):
    """An edition of the printed book, with all that book.toml leaves unsaid filled in."""

    name: str
    kind: EditionKind
    paper: Paper
    isbn: str
    profile: str
    """The printer's; empty of what is not for print."""
    grey: bool
    """Whether colours become greys."""
    stem: str
    """Of the files that LaTeX makes it with."""
    file: str
    """Of the finished PDF."""


class Options(Struct, frozen=True):
    """What the person asked for on the command line."""

    forms: tuple[str, ...] = ()
    """Their names; none named, and all are made."""
    jobs: int = 0
    """Notebooks at a time; 0 for one a core."""
    force: bool = False
    keep_going: bool = False
    allow_missing: bool = False
    editions: tuple[str, ...] = ()
    """Of the PDF; none named, and all that book.toml has are made."""
    offline: bool = False
    """Whether to ask nobody for results."""
    scheduler: str = ""
    """Address of the Dask scheduler whose workers run the notebooks; `local` for none, whatever book.toml says."""
    certificates: str = ""
    """Folder of the certificates for it."""


class Settings(Struct, frozen=True):
    """All that a run is told."""

    project: Path
    """The project's folder, absolute."""
    toml: BookToml
    options: Options = Options()

    @property
    def book(self) -> BookSection:
        """What the book is."""
        return self.toml.book

    @property
    def sources(self) -> Path:
        """The folder of the text."""
        return self.project / SOURCES

    @property
    def config(self) -> Path:
        """The folder of book.toml."""
        return self.project / CONFIG

    @property
    def build(self) -> Path:
        """The folder of everything that is made."""
        return self.project / BUILD

    @property
    def store(self) -> Path:
        """The folder of the results."""
        return self.build / "store"

    @property
    def remote(self) -> str:
        """The address that results are pulled from; empty if there is none."""
        return self._address(self.toml.store.remote)

    @property
    def push_remote(self) -> str:
        """The address that results are sent to; empty if there is none."""
        return self._address(self.toml.store.push or self.toml.store.remote)

    @property
    def view(self) -> Path:
        """This build's jupyter-cache."""
        return self.build / "jupyter-cache"

    @property
    def report(self) -> Path:
        """report.json."""
        return self.build / "report.json"

    @property
    def runs(self) -> Path:
        """What became of each notebook when it was last looked at."""
        return self.build / "runs.json"

    @property
    def kernel_folder(self) -> Path:
        """The folder of the kernel's locks."""
        return (self.config / self.toml.kernel.folder).resolve()

    @property
    def editions(self) -> tuple[Edition, ...]:
        """The editions of the PDF to make, in book.toml's order."""
        chosen = self.options.editions or tuple(self.toml.pdf.editions)
        return tuple(each for each in self.all_editions if each.name in chosen)

    @property
    def all_editions(self) -> tuple[Edition, ...]:
        """Every edition that book.toml has."""
        return tuple(
            Edition(
                name=name,
                kind=told.kind or typing.cast("EditionKind", name),
                paper=told.paper or self.toml.pdf.paper,
                isbn=told.isbn,
                profile=(told.profile or GENERIC) if (told.kind or name) == PRINT else "",
                grey=told.grey,
                stem=f"{self.book.slug}-{name}",
                file=f"{self.book.slug}.pdf" if name == SCREEN else f"{self.book.slug}-{name}.pdf",
            )
            for name, told in self.toml.pdf.editions.items()
        )

    def _address(self, told: str) -> str:
        """Return an address; a path is seen from the project."""
        return told if "://" in told or not told else str((self.project / Path(told).expanduser()).resolve())

    @property
    def cluster(self) -> ClusterSection | None:
        """The other machines that run the notebooks; None if this one does."""
        told = self.toml.execution.cluster
        if self.options.scheduler == LOCAL or not (self.options.scheduler or told.scheduler or told.kind):
            return None
        if not self.options.scheduler:
            return told
        return msgspec.structs.replace(told, scheduler=self.options.scheduler, kind="")

    @property
    def certificates(self) -> Path | None:
        """The folder of the certificates for the cluster; None if nothing names one but perhaps the environment."""
        if self.options.certificates:
            return Path(self.options.certificates)
        named = self.toml.execution.cluster.certificates
        return self.project / Path(named).expanduser() if named else None

    @property
    def jobs(self) -> int:
        """How many notebooks may run at a time."""
        return self.options.jobs or hardware.cores()


def load(project: Path, options: Options | None = None) -> Settings:
    """Read a project's book.toml.

    Raises ConfigError if the file is missing, is no TOML, has an unknown key or a value of the wrong kind.
    """
    path = project / BOOK_TOML
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ConfigError(
            f"{BOOK_TOML}: no such file in {project}",
            remedy="Run in the project's folder, or name it with --project DIR.",
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{BOOK_TOML}: cannot be read: {error}", remedy="Save it as UTF-8.") from error
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{BOOK_TOML}: is not TOML: {error}", remedy="Correct the line named.") from error
    _refuse_unknown_keys(data, BookToml, text)
    try:
        toml = msgspec.convert(data, BookToml, strict=True)
    except msgspec.ValidationError as error:
        raise ConfigError(
            f"{BOOK_TOML}: {error}", remedy="The appendix lists every key with its kind."
        ) from error
    _refuse_unknown_editions(toml, options or Options(), text)
    return Settings(project=project.resolve(), toml=toml, options=options or Options())


def _refuse_unknown_editions(toml: BookToml, options: Options, text: str) -> None:
    """Say which editions are of no known kind, and which were asked for and are none of the book's."""
    for name, told in toml.pdf.editions.items():
        if told.kind is None and name not in typing.get_args(EditionKind):
            kinds = ", ".join(f'"{each}"' for each in typing.get_args(EditionKind))
            raise ConfigError(
                f"{BOOK_TOML}:{_line_of(name, 'pdf.editions', text)}: the edition {name!r} has no kind",
                remedy=f"Say what it is for: kind = one of {kinds}.",
            )
    for name in options.editions:
        if name not in toml.pdf.editions:
            raise ConfigError(
                f"{BOOK_TOML} has no edition {name!r}",
                remedy=f"Its editions: {', '.join(toml.pdf.editions)}. Another one is a table [pdf.editions.{name}].",
            )


def _refuse_unknown_keys(data: dict[str, Any], kind: type[Struct], text: str, table: str = "") -> None:
    """Say which keys are unknown, each with its line and the nearest known one."""
    known = {each.encode_name: each.type for each in msgspec.structs.fields(kind)}
    problems = []
    for key in data:
        if key in known:
            continue
        nearest = difflib.get_close_matches(key, known, n=1)
        hint = f"did you mean {nearest[0]!r}?" if nearest else f"known here: {', '.join(sorted(known))}"
        where = f"in [{table}]" if table else "as a table"
        problems.append(f"{BOOK_TOML}:{_line_of(key, table, text)}: unknown key {key!r} {where}; {hint}")
    if problems:
        raise ConfigError("\n".join(problems), remedy="Correct or remove it.")
    for key, value in data.items():
        path = f"{table}.{key}" if table else key
        arguments = typing.get_args(known[key])
        inner = next((each for each in (known[key], *arguments) if _is_struct(each)), None)
        if inner is None or not isinstance(value, dict):
            continue
        named = typing.get_origin(known[key]) is dict
        for name, each in value.items() if named else [("", value)]:
            if isinstance(each, dict):
                _refuse_unknown_keys(each, inner, text, table=f"{path}.{name}" if named else path)


def _is_struct(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, Struct)


def _line_of(key: str, table: str, text: str) -> int:
    """Find the line of a key in its table, or of a table's header; 1 if it is written in another way."""
    inside = ""
    for number, line in enumerate(text.splitlines(), start=1):
        if header := re.match(r"\s*\[+\s*([^\]]+?)\s*\]", line):
            inside = header.group(1)
            if inside == f"{table}.{key}" or (not table and inside.split(".")[0].strip("\"'") == key):
                return number
        elif inside == table and re.match(rf"""\s*["']?{re.escape(key)}["']?\s*=""", line):
            return number
    return 1
