"""The book as its sources say: pages, cells, what notebooks declare."""

import typing
from enum import StrEnum
from typing import Any

import msgspec
from msgspec import Struct, field

from toolchain.base.units import SIZE


class CodeCell(Struct, frozen=True):
    """A code cell as its source declares it."""

    number: int
    """Counted from 1 among the notebook's code cells."""
    source: str
    tags: tuple[str, ...]
    line: int
    """Line of its first line of code in the source file, counted from 1; 0 for an .ipynb."""


class Expression(Struct, frozen=True):
    """An expression in the text, `{eval}`, that stands for its value."""

    source: str
    after: int
    """How many code cells of the notebook stand before it: it is evaluated when they have run."""
    line: int
    """Line in the source file, counted from 1; 0 for an .ipynb."""
    unread: str = ""
    """Where it stands, such as `a formula`, if no markup is read there: then it is not evaluated."""

    @property
    def written(self) -> str:
        """How it stands in the text."""
        return f"{{eval}}`{self.source}`"


class DeviceClass(StrEnum):
    """What a notebook is computed on, and so the name of the lock with its packages."""

    CPU = "cpu"
    GPU = "gpu"


class Gpu(Struct, frozen=True):
    """A GPU that notebooks may use."""

    id: str
    """As CUDA_VISIBLE_DEVICES takes it."""
    name: str
    """As its driver calls it, such as `NVIDIA A100-SXM4-80GB`."""
    capability: str = ""
    """Compute capability, such as `8.0`; empty if the driver is too old to say."""
    memory: int = 0
    """Bytes; 0 if the driver does not say."""


class Declaration(Struct, frozen=True, forbid_unknown_fields=True):
    """The front matter's `execution:` key: what a notebook needs to run."""

    gpus: typing.Annotated[int, msgspec.Meta(ge=0)] = 0
    """GPUs of its own while it runs. Declared and not detected, so that a machine without any knows the result's key."""
    cpu_fallback: bool = False
    """Whether it may run on the CPU where there is no GPU and no result of one."""

    data: tuple[str, ...] = ()
    """Files and folders that it reads besides its chapter's and book/data, relative to the project."""
    env: dict[str, str] = field(default_factory=dict)
    """Environment variables of the kernel."""
    timeout: typing.Annotated[float, msgspec.Meta(gt=0)] | None = None
    """Seconds for the whole notebook; None for the book's limit."""
    memory: typing.Annotated[str, msgspec.Meta(pattern=SIZE)] = "0 B"
    """What it takes at most, such as `4 GB`; notebooks that together need more than there is wait for each other."""
    gpu_memory: typing.Annotated[str, msgspec.Meta(pattern=SIZE)] = "0 B"
    """What it takes at most on each of its GPUs, such as `20 GB`; a cluster's worker has to have as much."""
    not_run: str = ""
    """Why builds do not run it, for readers: `it downloads 40 GB`; empty if they do."""

    @property
    def devices(self) -> tuple[DeviceClass, ...]:
        """What it can be computed on, the best first."""
        if not self.gpus:
            return (DeviceClass.CPU,)
        return (DeviceClass.GPU, DeviceClass.CPU) if self.cpu_fallback else (DeviceClass.GPU,)


class Heading(Struct, frozen=True, tag=True):
    """A heading of a page: the beginning of a section."""

    level: int
    """How many sections it is in, itself included: 1 for the page's title, whatever its level in Markdown is."""
    text: str
    """Without markup."""


class Toctree(Struct, frozen=True, tag=True):
    """A list of pages in a page."""

    level: int
    """How many sections it is in."""
    entries: tuple[str, ...]
    """As they are written; once they are resolved, the names of the pages."""
    glob: bool = False
    backwards: bool = False
    numbered: int = 0
    """To which depth; 0 if not at all."""
    appendix: bool = False
    is_place: bool = False
    """Whether it only says where the lists stand that contents of their own have for the page."""


class Slip(Struct, frozen=True):
    """A slip of the pen that a page's own parser takes for something else, and says nothing."""

    kind: str
    """What kind of slip, as the check that reports it knows it."""
    message: str
    remedy: str
    line: int | None = None
    """Counted from 1; None in an .ipynb."""


class Parsed(Struct, frozen=True):
    """A page as its text alone says."""

    contents: tuple[Heading | Toctree, ...] = ()
    """Its headings and its toctrees, in their order."""
    metadata: dict[str, Any] = {}
    """Its front matter, or the metadata of an .ipynb."""
    cells: tuple[CodeCell, ...] = ()
    expressions: tuple[Expression, ...] = ()
    """Each time that one stands in the text, in their order."""
    notebook: str = ""
    """The notebook without outputs as nbformat JSON; empty for a page that is none."""
    loads: dict[str, str] = {}
    """sha256 of the files whose code its cells load, by their paths relative to the page."""
    slips: tuple[Slip, ...] = ()


class Document(Struct, frozen=True):
    """A page of the book; a notebook if it has code cells."""

    name: str
    """Sphinx's docname: the path below book/ without its suffix."""
    path: str
    """Relative to the project's folder."""
    title: str
    cells: tuple[CodeCell, ...]
    kernel_name: str = ""
    language: str = ""
    notebook: str = ""
    """The parsed notebook without outputs as nbformat JSON; empty for a page without code cells."""
    declared: Declaration = Declaration()
    allow_errors: bool = False
    """Whether its cells may raise exceptions, as if each had the tag `raises-exception`."""
    off: str = ""
    """Why it is not run; empty if it is."""
    around: tuple[str, ...] = ()
    """Folders whose files its code may read besides what it declares, relative to the project; one without a name is all of it."""
    loaded: tuple[str, ...] = ()
    """Files whose code its cells load, relative to the project."""
    bundle: bool = True
    """Whether it is among the notebooks to download."""
    number: str = ""
    """Of its chapter or section, such as `3.2`; empty for a page without one."""
    listed: bool = True
    """Whether it is in a list of pages that leads to it from the first one, or is the first."""
    metadata: dict[str, Any] = {}
    """Its front matter, or the metadata of an .ipynb."""
    prerequisites: tuple[str, ...] = ()
    """Pages to read before it, as it names them."""
    free_latex: bool = False
    """Whether the LaTeX that its cells put out is to reach TeX as it is, if its result is vouched for."""
    expressions: tuple[Expression, ...] = ()
    """Each time that one stands in the text, in their order."""
    slips: tuple[Slip, ...] = ()
    """What its parser takes for something else than its author meant."""

    @property
    def kernel_title(self) -> str:
        """What people call its kernel."""
        spec = self.metadata.get("kernelspec", {})
        return str(spec.get("display_name") or self.kernel_name)

    @property
    def evaluated(self) -> tuple[Expression, ...]:
        """The expressions that a run evaluates, in its order: at each place each of them once."""
        if not self.cells:
            return ()
        first: dict[tuple[int, str], Expression] = {}
        for expression in (expression for expression in self.expressions if not expression.unread):
            first.setdefault((expression.after, expression.source), expression)
        return tuple(sorted(first.values(), key=lambda expression: expression.after))

    @property
    def chapter(self) -> str:
        """The folder below book/ that it is in; empty at the top."""
        return self.name.rpartition("/")[0]

    @property
    def reference(self) -> str:
        """How people refer to it: `Section 3.2`, `Chapter 3`, or its title."""
        if not self.number:
            return f"“{self.title}”"
        kind = "Section" if "." in self.number else "Chapter" if self.number.isdigit() else "Appendix"
        return f"{kind}\N{NO-BREAK SPACE}{self.number}"


class Book(Struct, frozen=True):
    """All pages, in the order in which they are read; those in no list of pages at the end."""

    documents: tuple[Document, ...]

    @property
    def notebooks(self) -> tuple[Document, ...]:
        """The pages that have something to run."""
        return tuple(document for document in self.documents if document.cells)
