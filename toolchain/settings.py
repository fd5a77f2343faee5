"""book.toml, the environment and the options become one frozen `Settings`."""

import difflib
import os
import re
import tomllib
import types
import typing
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from toolchain.errors import ConfigError
from toolchain.units import SIZE

CONFIG = "_config"
BOOK_TOML = f"{CONFIG}/book.toml"
SOURCES = "book"
DATA = f"{SOURCES}/data"
BUILD = "_build"
MYST_EXTENSIONS = ("amsmath", "attrs_inline", "colon_fence", "deflist", "dollarmath")
"""Of MyST; the notebooks that run and the pages that show them are parsed with the same."""
FORMS = ("html", "pdf", "notebooks")

SLUG = r"^[a-z0-9]+(-[a-z0-9]+)*$"
PositiveSeconds = typing.Annotated[float, msgspec.Meta(gt=0)]
Capability = typing.Annotated[str, msgspec.Meta(pattern=r"^\d+\.\d+$")]
Millimetres = typing.Annotated[float, msgspec.Meta(ge=80, le=600)]
Paper = tuple[Millimetres, Millimetres]
Name = typing.Annotated[str, msgspec.Meta(pattern=SLUG)]
SCREEN, PRINT = "screen", "print"
GENERIC = "generic"
"""The profile of an edition that names no printer."""
EditionKind = typing.Literal["screen", "print", "draft"]
Forum = typing.Annotated[str, msgspec.Meta(pattern=r"^$|^https?://\S*\{topic\}\S*$")]


class BookSection(Struct, frozen=True, forbid_unknown_fields=True):
    """`[book]`: what the book is."""

    title: str
    slug: typing.Annotated[str, msgspec.Meta(pattern=SLUG)]
    """Names the artefacts: lower-case words with hyphens."""
    authors: tuple[str, ...]
    subtitle: str = ""
    language: str = "en"
    edition: str = ""
    description: str = ""
    """One sentence for search engines and the PDF's metadata."""
    copyright: str = ""
    text_licence: str = ""
    code_licence: str = ""
    repository: str = ""
    """Address of the repository, for the edit and issue links."""
    branch: str = "main"
    site: str = ""
    """Address that the site is published at."""
    forum: Forum = ""
    """Address of a topic of the book's forum, with `{topic}` for its number: pages name theirs as `discuss`."""
    recurring: tuple[str, ...] = ("Summary", "Exercises", "Discussion")
    """Headings of sections that many pages have: they get no numbers and do not stand in the printed contents."""


class KernelSection(Struct, frozen=True, forbid_unknown_fields=True):
    """`[kernel]`: the environment that notebooks run in."""

    folder: str = "kernel"
    """Where cpu.lock is, relative to _config."""
    python: typing.Annotated[str, msgspec.Meta(pattern=r"^3\.\d+$")] = "3.11"
    interpreter: str = ""
    """An existing interpreter to use as it is, for a project without a lock."""
    libraries: dict[str, str] = msgspec.field(default_factory=dict)
    """Shared libraries that the locked packages load and do not bring, by name, each with Debian's package of it."""
    platforms: tuple[str, ...] = ()
    """What the lock's packages exist for, in words for readers, such as `Linux (x86-64)`."""
    compute_capabilities: tuple[Capability, ...] = ()
    """Of GPUs: those that the packages of gpu.lock have machine code for; none named, and any GPU will do."""


class ExecutionSection(Struct, frozen=True, forbid_unknown_fields=True):
    """`[execution]`: limits and what every kernel gets."""

    timeout: PositiveSeconds = 3600.0
    """Seconds for a notebook."""
    cell_timeout: PositiveSeconds = 1800.0
    """Seconds for a cell."""
    output_limit: typing.Annotated[str, msgspec.Meta(pattern=SIZE)] = "10 MB"
    """What a cell may write."""
    retries: typing.Annotated[int, msgspec.Meta(ge=0)] = 1
    """How often a notebook is tried again whose kernel died, or was killed for lack of memory."""
    env: dict[str, str] = msgspec.field(default_factory=dict)


class Launch(Struct, frozen=True, forbid_unknown_fields=True):
    """`[[notebooks.launch]]`: a service that opens notebooks."""

    service: typing.Literal["binder", "colab", "jupyterhub"]
    python: str
    """That it runs notebooks with, such as `3.11`: it is offered only if that is the kernel's."""
    platform: str = ""
    """That it runs on, as in the kernel's `platforms`; empty if that does not matter."""
    url: str = ""
    """Its address; Binder and Colab have one that is known."""


class NotebooksSection(Struct, frozen=True, forbid_unknown_fields=True):
    """`[notebooks]`: the notebooks to download."""

    outputs: bool = False
    """Whether they show what the code printed; without, a reader begins with empty cells."""
    branch: str = "notebooks"
    """Of the repository: where services find the tree that is written to _build/branch."""
    launch: tuple[Launch, ...] = ()


class LibrarySection(Struct, frozen=True, forbid_unknown_fields=True):
    """`[library]`: the package that is made of the book's saved cells."""

    name: typing.Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9_]*$")]
    """What notebooks import."""
    version: typing.Annotated[str, msgspec.Meta(pattern=r"^\d+(\.\d+)*((a|b|rc)\d+)?$")] = "0.1.0"


class BibliographySection(Struct, frozen=True, forbid_unknown_fields=True):
    """`[bibliography]`: how works are cited and where they are listed."""

    style: typing.Literal["author-year", "numeric"] = "author-year"
    """`Hill [1999]`, or `Hill [1]`."""
    per_chapter: bool = False
    """Whether each chapter ends with a list of what it cites."""


class EditionSection(Struct, frozen=True, forbid_unknown_fields=True):
    """`[pdf.editions.NAME]`: one of the ways to print the book."""

    kind: EditionKind | None = None
    """What it is for; an edition that is named as a kind is of that kind."""
    paper: Paper | None = None
    """Width and height in millimetres, of the trimmed page; as in `[pdf]` if it says nothing."""
    isbn: str = ""
    profile: str = ""
    """Of the printer, whose rules the checks follow; editions for print only, `generic` by default."""
    grey: bool = False
    """Whether colours become greys, as for an interior that is printed in black."""


class PdfSection(Struct, frozen=True, forbid_unknown_fields=True):
    """`[pdf]`: the printed book."""

    paper: Paper = (187.0, 235.0)
    """Width and height of the page in millimetres."""
    output_lines: typing.Annotated[int, msgspec.Meta(ge=1)] = 40
    """Lines that are printed of what a cell prints, and rows of a table that it shows; the site has all of them."""
    editions: dict[Name, EditionSection] = msgspec.field(default_factory=lambda: {SCREEN: EditionSection()})
    """What is made of the one text, by name."""
    timeout: PositiveSeconds = 1800.0
    """Seconds that LaTeX may take for an edition, with all its passes."""


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


class CheckSection(Struct, frozen=True, forbid_unknown_fields=True):
    """`[check]`: what is looked for."""

    errors: tuple[str, ...] = ()
    """Ids of advice that counts as an error; `all` for all of it."""
    off: dict[str, typing.Annotated[str, msgspec.Meta(min_length=1)]] = msgspec.field(default_factory=dict)
    """Ids of checks that are not made, each with the reason."""
    code_width: typing.Annotated[int, msgspec.Meta(ge=20)] = 80
    """Characters that a line of code may have; the page of `[pdf]` has to have room for them."""
    headings: dict[str, tuple[str, ...]] = msgspec.field(default_factory=dict)
    """Headings that pages have to have, by a pattern of their paths below book/, such as `chapter_*/*`."""
    front_matter: tuple[str, ...] = ()
    """Keys of front matter that are known, besides the toolchain's, MyST's and Sphinx's."""
    external_ignore: tuple[str, ...] = ()
    """Patterns of addresses that `toolchain check --external` does not ask for, such as `https://intranet.org/*`."""
    external_timeout: PositiveSeconds = 15.0
    """Seconds that a site may take to answer."""


class BookToml(Struct, frozen=True, forbid_unknown_fields=True):
    """The whole of book.toml."""

    book: BookSection
    kernel: KernelSection = KernelSection()
    execution: ExecutionSection = ExecutionSection()
    pdf: PdfSection = PdfSection()
    bibliography: BibliographySection = BibliographySection()
    notebooks: NotebooksSection = NotebooksSection()
    library: LibrarySection | None = None
    check: CheckSection = CheckSection()


class Options(Struct, frozen=True):
    """What the person asked for on the command line."""

    forms: tuple[str, ...] = ()
    jobs: int = 0
    """Notebooks at a time; 0 for one a core."""
    force: bool = False
    keep_going: bool = False
    allow_missing: bool = False
    editions: tuple[str, ...] = ()
    """Of the PDF; none named, and all that book.toml has are made."""


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
    def forms(self) -> tuple[str, ...]:
        """What to make, in the order of making."""
        return tuple(form for form in FORMS if form in (self.options.forms or FORMS))

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

    @property
    def jobs(self) -> int:
        """How many notebooks may run at a time."""
        return self.options.jobs or _usable_cores()


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
    known = {each.name: each.type for each in msgspec.structs.fields(kind)}
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


def _usable_cores() -> int:
    """Count the cores that this process may use, which in a container are fewer than the machine's."""
    affinity: types.FunctionType | None = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1
