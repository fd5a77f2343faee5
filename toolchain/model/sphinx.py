"""What Sphinx is given by the toolchain, and what it leaves: two files of JSON."""

import os
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import msgspec
from msgspec import Struct

from toolchain.base.decoding import DAMAGED, decode_msgpack, read_json
from toolchain.model import Button, Expression, Facts, Finding, LibraryIndex, NearProject, Provenance, Value

VARIABLE = "TOOLCHAIN_SPHINX_INPUT"
"""Environment variable with the path of the file that Sphinx is given."""
REGEXES = "TOOLCHAIN_REGEXES"
"""Environment variable with the path of the file of regular expressions that need not be compiled."""
THEME = "toolchain_book_theme"
"""Of the site, if a book does not set another one."""
BOOK_THEME = "sphinx_book_theme"
"""What that one inherits from."""
PYDATA_THEME = "pydata_sphinx_theme"
"""What the book theme inherits from."""
SEARCH_FOLDER = "_static/search"
"""Of the site, with what its search loads, if the theme is ours."""
SEARCH_INDEX = f"{SEARCH_FOLDER}/index.js"
FACTS = "facts"
"""File of what the sources say, as the builder that ran last has read them."""
UNFINISHED = "unfinished"
"""File that is there while a builder runs, and as long as what was read cannot be trusted."""


class _ByItself(NamedTuple):
    """Names of what is kept for a run of Sphinx that a person has started."""

    folder: str = ".toolchain"
    """Below the folder in which Sphinx keeps what it has read; the rest is in it."""
    given: str = "input"
    output: str = "output.json"
    tools: str = "tools"
    """Digest of what makes pages, as of the last run."""


BY_ITSELF = _ByItself()
EVENT = "\x1e"
"""Begins an event, which ends its line, among what Sphinx prints: as in JSON text sequences, RFC 7464.

After it stands the mark of the run, which nobody else knows: what Sphinx prints may quote any page and any output.
"""


class BuilderBegun(Struct, frozen=True, tag=True):
    """A builder begins."""

    builder: str


class BuilderRead(Struct, frozen=True, tag=True):
    """A builder has read all pages: what they say is in the file FACTS."""


class BuilderStep(Struct, frozen=True, tag=True):
    """A builder is at a page."""

    what: str
    """What it does with which page."""
    done: int = 0
    total: int = 0
    """Pages; 0 if it is not known how many."""


class BuilderEnded(Struct, frozen=True, tag=True):
    """A builder has ended."""

    error: str = ""
    """The exception that ended it, with its class; empty if it came to its end."""
    configuration: str = ""
    """What is wrong with conf.py, if that is what ended it."""
    refused: tuple[int, str] | None = None
    """What the system has refused, if that is what ended it: its number for that, and the file if it names one."""


class Glanced(Struct, frozen=True, tag=True):
    """A warm process has made pages ahead of a run, or has not."""

    pages: tuple[str, ...] = ()


class RunEnded(Struct, frozen=True, tag=True):
    """A warm process has come to the end of a run."""

    code: int = 0
    """As of a process that ended, negative for a signal."""


BuilderEvent = BuilderBegun | BuilderRead | BuilderStep | BuilderEnded | Glanced | RunEnded


def encode_event(event: BuilderEvent, mark: str) -> str:
    """Return the line that tells of an event in the run with this mark."""
    return f"{EVENT}{mark}{msgspec.json.encode(event).decode()}\n"


def decode_event(line: str, mark: str) -> tuple[str, BuilderEvent | None]:
    """Return what Sphinx has printed on a line, and the event that it tells of after that, if it tells of one."""
    printed, begin, text = line.partition(f"{EVENT}{mark}")
    try:
        return printed, msgspec.json.decode(text, type=BuilderEvent) if begin else None
    except DAMAGED:
        return line, None


class PageResult(Struct, frozen=True):
    """The result that a page shows."""

    blob: str
    """Digest of the executed notebook, or of what the page says in its place: when it changes, the page is read again."""
    failure: str = ""
    """What went wrong, in a sentence; empty if the notebook ran to its end."""
    expression: str = ""
    """As that sentence has it, if it was one in the text that went wrong."""
    missing: str = ""
    """Why there is no result at all; empty if there is one."""
    off: str = ""
    """Why it is not run; empty if it is."""
    why: str = ""
    """The reason that the page itself gives to readers."""
    kernel: str = ""
    """What the kernel is called that the file names of a notebook that is not run."""
    partial: str = ""
    """File of the outputs up to a failure, or of an earlier run; empty if they could not be kept."""
    provenance: Provenance | None = None
    """Where the result comes from; None where there is none."""
    expressions: tuple[Expression, ...] = ()
    """Each time that one stands in the page's text."""
    values: tuple[Value, ...] = ()
    """What they are, as far as they have been evaluated."""
    free_latex: bool = False
    """Whether the LaTeX that its cells have put out reaches TeX as it is."""


class SphinxInput(Struct, frozen=True):
    """Everything that this Sphinx run needs to know and book.toml does not say."""

    project: str
    view: str
    """Folder of this build's jupyter-cache."""
    sources: str = "book"
    """Folder of the pages, relative to the project; empty if it is the project's own."""
    output: str = ""
    """File that the run writes when it ends."""
    results: dict[str, PageResult] = {}
    """By the page's name."""
    buttons: dict[str, tuple[Button, ...]] = {}
    """At the head of each page of the site, by the page's name."""
    library: LibraryIndex | None = None
    """What the book's library has; None if it has none."""
    prerequisites: dict[str, tuple[str, ...]] = {}
    """The pages that a page builds on, in reading order, by its name."""
    changed: dict[str, int] = {}
    """When a page was last changed, in seconds since 1970, by its name; only those of which git tells it."""
    contributors: tuple[str, ...] = ()
    """Who has changed the book, as git names them, most changes first."""
    downloads: dict[str, str] = {}
    """Files that the site offers of the whole book: their addresses in it, by the words for them."""
    commit: str = ""
    """The project's; empty outside git."""
    epoch: int = 0
    """The date that artefacts carry, in seconds since 1970."""
    reread: bool = True
    """Whether pages are read again though they did not change, because what is wrong with them may be mended elsewhere."""


class SphinxTask(Struct, frozen=True):
    """What the process that runs Sphinx has to do."""

    input: SphinxInput
    builders: dict[str, str]
    """The folder that each writes to, by its name, in the order in which they run."""
    config: str
    """Folder of conf.py."""
    sources: str
    doctrees: str
    work: str
    """Folder for the files that Sphinx is given and leaves, and for logs."""
    tools: str
    """Digest of what makes pages."""
    mark: str
    """Of this run's events."""
    jobs: int = 1
    """How many cores it may use."""


class Prepare(Struct, frozen=True, tag=True):
    """Ask a warm process to have all ready for a run of this task, but for the pages that change until then."""

    number: int
    """Counted from 1."""
    task: SphinxTask


class Glance(Struct, frozen=True, tag=True):
    """Ask a warm process for pages as the next run will write them; what Sphinx keeps from run to run stays as it is."""

    pages: tuple[str, ...]
    folder: str
    """To which they are written."""
    since: int | None
    """Number of the first `Prepare` that knows of all that has changed, but for the text of pages. None: whatever else has
    changed, all other pages are as the last run has left them."""
    mark: str
    """Of the answer."""


class Run(Struct, frozen=True, tag=True):
    """Ask a warm process to run a task."""

    task: SphinxTask
    alone: bool = False
    """Whether nothing else will be asked of it: it need not stay as it is."""


Order = Prepare | Glance | Run
"""A line of JSON that a warm process is given; it answers each but the first with an event."""


class SphinxOutput(Struct, frozen=True):
    """What a Sphinx run found."""

    findings: tuple[Finding, ...] = ()
    documents: tuple[str, ...] = ()
    """Every page of the book."""
    generated: tuple[str, ...] = ()
    """Every other page that was written: an extension may write one for as long as something stands in the text."""
    dependencies: tuple[NearProject, ...] = ()
    """Every other file of the project that some page was made with, relative to the project."""
    writing: dict[str, tuple[Finding, ...]] = {}
    """What was found when a page was written last, by its name; of what was found when it was read the environment knows."""
    files: dict[str, tuple[Finding, ...]] = {}
    """Findings in files that are no pages, by `path:sha256`: their readers do not parse them twice."""


def current() -> SphinxInput | None:
    """Return what Sphinx was given for this run; None if it was not started by the toolchain."""
    path = os.environ.get(VARIABLE)
    return _decoded(path, Path(path).stat().st_mtime_ns) if path else None


def project_of(sources: str | Path) -> Path:
    """Return the project's folder in a run; where it was not started by the toolchain, the one above the pages'."""
    sphinx_input = current()
    return Path(sphinx_input.project) if sphinx_input else Path(sources).parent


@lru_cache(maxsize=1)
def _decoded(path: str, _written_ns: int) -> SphinxInput:
    """Decode the file once: every page asks for it several times."""
    return msgspec.json.decode(Path(path).read_bytes(), type=SphinxInput)


def made_with(work: Path, builder: str) -> Path:
    """Return the file that says which tools made all that a builder has written; without it, all is written anew, aside."""
    return work / f"{builder}.tools"


def encode_facts(facts: Facts) -> bytes:
    """Return the content of the file of the facts."""
    return msgspec.msgpack.encode(facts)


def decode_facts(content: bytes | None) -> Facts | None:
    """Return the facts that `encode_facts` has encoded; None if they are not there, or damaged."""
    return decode_msgpack(content or b"", Facts)


def read_output(path: Path) -> SphinxOutput | None:
    """Read what a run left; None if it did not end."""
    return read_json(path, SphinxOutput)
