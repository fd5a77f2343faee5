"""What book.toml may say: a type for each of its tables."""

import typing

import msgspec
from msgspec import Struct

from toolchain.base.units import SIZE
from toolchain.project.book_section import FORUM, SLUG, WEB_ADDRESS, BookSection

PositiveSeconds = typing.Annotated[float, msgspec.Meta(gt=0)]
CAPABILITY = r"^\d+\.\d+$"
Capability = typing.Annotated[str, msgspec.Meta(pattern=CAPABILITY)]
Millimetres = typing.Annotated[float, msgspec.Meta(ge=80, le=600)]
Paper = tuple[Millimetres, Millimetres]
Name = typing.Annotated[str, msgspec.Meta(pattern=SLUG)]
SCRIPT = r"^([A-Z][A-Za-z]+|\*)$"
Script = typing.Annotated[str, msgspec.Meta(pattern=SCRIPT)]
SCREEN, PRINT = "screen", "print"
GENERIC = "generic"
"""The profile of an edition that names no printer."""
Stock = typing.Literal["white", "cream", "colour"]
"""Paper, or colours on white paper, which is thicker."""
EditionKind = typing.Literal["screen", "print", "draft"]
Colours = typing.Literal["grey", "cmyk"]
"""What the colours of an edition become."""
X1A_2001, X1A, X4, A2B = "PDF/X-1a:2001", "PDF/X-1a:2003", "PDF/X-4", "PDF/A-2b"
Standard = typing.Literal["PDF/X-1a:2001", "PDF/X-1a:2003", "PDF/X-4", "PDF/A-2b"]
"""What a PDF can keep to: the first three are for printers, the last for archives."""
FOR_PRINTERS: tuple[Standard, ...] = ("PDF/X-1a:2001", "PDF/X-1a:2003", "PDF/X-4")
PUBLIC_KEY = r"^ed25519:[A-Za-z0-9+/]{43}=$"
PublicKey = typing.Annotated[str, msgspec.Meta(pattern=PUBLIC_KEY)]
FILE_NAME, PYTHON = r"^[^\0]+$", r"^3\.\d+$"
PACKAGE, VERSION = r"^[a-z][a-z0-9_]*$", r"^\d+(\.\d+)*((a|b|rc)\d+)?$"
PATTERNS = {
    SLUG: "lower-case letters, digits and single hyphens between them, such as 'my-book'",
    CAPABILITY: "two numbers, such as '8.6'",
    PUBLIC_KEY: "a public key as `toolchain store key FILE` prints it: 'ed25519:' and 44 characters",
    WEB_ADDRESS: "an address that readers can open, such as 'https://example.org/book', without a name of an account",
    FORUM: "an address with {topic} in it, such as 'https://forum.example.org/t/{topic}'",
    FILE_NAME: "a name that files can have",
    PYTHON: "a version of Python such as '3.11'",
    SCRIPT: "the name of a script in Unicode, such as 'Devanagari', 'CJK', or '*' for any other character",
    SIZE: "a size such as '10 MB'",
    PACKAGE: "a name that can be imported: lower-case letters, digits and _, a letter first",
    VERSION: "a version such as '1.0' or '1.0rc1'",
}
"""What texts are that these regular expressions fit."""


class SourcesSection(Struct, frozen=True, forbid_unknown_fields=True):
    """`[sources]`: what pages are made of, and where they may take files from."""

    folders: tuple[typing.Annotated[str, msgspec.Meta(min_length=1, pattern=FILE_NAME)], ...] = ()
    """Besides the project and the repository that it is in: absolute, beginning with `~`, or relative to the project."""
    exclude: tuple[typing.Annotated[str, msgspec.Meta(min_length=1, pattern=FILE_NAME)], ...] = ()
    """Patterns of what is no page, relative to book/, as Sphinx's `exclude_patterns` are."""


class KernelSection(Struct, frozen=True, forbid_unknown_fields=True):
    """`[kernel]`: the environment that notebooks run in."""

    folder: str = "kernel"
    """Where cpu.lock is, relative to _config."""
    python: typing.Annotated[str, msgspec.Meta(pattern=PYTHON)] = "3.11"
    interpreter: str = ""
    """An existing interpreter to use as it is, for a project without a lock."""
    libraries: dict[str, str] = msgspec.field(default_factory=dict)
    """Shared libraries that the locked packages load and do not bring, by name, each with Debian's package of it."""
    platforms: tuple[str, ...] = ()
    """What the lock's packages exist for, in words for readers, such as `Linux (x86-64)`."""
    compute_capabilities: tuple[Capability, ...] = ()
    """Of GPUs: those that the packages of gpu.lock have machine code for; none named, and any GPU will do."""


class ClusterSection(Struct, frozen=True, forbid_unknown_fields=True):
    """`[execution.cluster]`: other machines that run the notebooks."""

    scheduler: str = ""
    """Address of a Dask scheduler, such as `tls://host:8786`."""
    certificates: str = ""
    """Folder of the certificates for it, relative to the project, or beginning with `~`."""
    kind: str = msgspec.field(default="", name="class")
    """In place of a scheduler: a cluster class of Dask's, such as `dask_jobqueue.SLURMCluster`, that starts one."""
    options: dict[str, typing.Any] = msgspec.field(default_factory=dict)
    """What that class is called with."""
    trusted_network: bool = False
    """Whether what that class starts may speak without certificates: whoever reaches it can then have it run any code."""
    workers: typing.Annotated[int, msgspec.Meta(ge=0)] = 0
    """How many workers it is asked for, and never more than notebooks are to run; 0 if `options` say it."""
    wait: typing.Annotated[float, msgspec.Meta(ge=0)] = 60.0
    """Seconds to wait for workers where there is none, or none yet that has what a notebook needs."""
    reconnect: typing.Annotated[float, msgspec.Meta(ge=0)] = 60.0
    """Seconds to wait for a scheduler that does not answer any more."""


class ExecutionSection(Struct, frozen=True, forbid_unknown_fields=True):
    """`[execution]`: limits and what every kernel gets."""

    timeout: PositiveSeconds = 3600.0
    """Seconds for a notebook."""
    cell_timeout: PositiveSeconds = 1800.0
    """Seconds for a cell."""
    output_limit: typing.Annotated[str, msgspec.Meta(pattern=SIZE)] = "10 MB"
    """What a cell may write."""
    retries: typing.Annotated[int, msgspec.Meta(ge=0)] = 1
    """How often a notebook is tried again whose kernel died, was killed for lack of memory, or whose worker was lost."""
    execute: typing.Literal["on", "off"] = "on"
    """`off` runs nothing: pages show what is stored, and the outputs that an .ipynb has itself."""
    not_run: tuple[str, ...] = ()
    """Patterns of pages that are not run, such as `chapter/long*`; they are shown as with `off`."""
    allow_errors: bool = False
    """Whether cells may raise exceptions, as if each had the tag `raises-exception`."""
    env: dict[str, str] = msgspec.field(default_factory=dict)
    cluster: ClusterSection = ClusterSection()


class Launch(Struct, frozen=True, forbid_unknown_fields=True):
    """`[[notebooks.launch]]`: a service that opens notebooks."""

    service: typing.Literal["binder", "colab", "jupyterhub"]
    python: str
    """That it runs notebooks with, such as `3.11`: it is offered only if that is the kernel's."""
    platform: str = ""
    """That it runs on, as in the kernel's `platforms`; empty if that does not matter."""
    url: str = ""
    """Its address; Binder and Colab have one that is known."""


class HtmlSection(Struct, frozen=True, forbid_unknown_fields=True):
    """`[html]`: the web site."""

    logo: str = ""
    """Picture above the contents, relative to the project."""
    favicon: str = ""
    """Picture for the browser's tab, relative to the project."""
    outputs: typing.Literal["live", "static"] = "live"
    """Whether scripts in what cells put out, such as widgets and plots that move, reach the readers' browsers."""
    page_budget: typing.Annotated[str, msgspec.Meta(pattern=SIZE)] | None = None
    """The most that browsers may load for a page, such as `1 MB`, as servers send it; a heavier page is a finding."""
    previews: bool = True
    """Whether readers see what a reference leads to when they point at it, or tap it."""


class NotebooksSection(Struct, frozen=True, forbid_unknown_fields=True):
    """`[notebooks]`: the notebooks to download."""

    outputs: bool = False
    """Whether they show what the code printed; without, a reader begins with empty cells."""
    branch: str = "notebooks"
    """Of the repository: where services find the tree that is written to _build/branch."""
    launch: tuple[Launch, ...] = ()


class LibrarySection(Struct, frozen=True, forbid_unknown_fields=True):
    """`[library]`: the package that is made of the book's saved cells."""

    name: typing.Annotated[str, msgspec.Meta(pattern=PACKAGE)]
    """What notebooks import."""
    version: typing.Annotated[str, msgspec.Meta(pattern=VERSION)] = "0.1.0"


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
    colours: Colours | None = None
    """What they become: greys, as for an interior that is printed in black, or four inks; else they stay as they are."""
    standard: Standard | None = None
    """What the PDF keeps to; else what its printer asks for, if that can be."""
    cover: bool = True
    """Whether an edition for print has a cover; no other has one."""
    stock: Stock = "white"
    """What it is printed on, which says how wide its spine is."""
    spine: typing.Annotated[float, msgspec.Meta(gt=0, le=100)] | None = None
    """Millimetres of its spine, if its printer says it; else what follows from its pages."""


class PdfSection(Struct, frozen=True, forbid_unknown_fields=True):
    """`[pdf]`: the printed book."""

    title: str = ""
    """Of the printed book, if it has another."""
    authors: tuple[str, ...] = ()
    """As the printed book names them, if it does so in another way."""
    paper: Paper = (187.0, 235.0)
    """Width and height of the page in millimetres."""
    first_page: bool | None = None
    """Whether the text of the first page is printed before what it lists; if nothing is said, only if it lists nothing."""
    fonts: dict[Script, str] = {}
    """Fonts of scripts that the text's font lacks, by name: `Devanagari`, `CJK`; `*` for any other character."""
    lists: tuple[typing.Literal["figures", "tables", "code"], ...] = ()
    """Lists of what has captions, after the contents."""
    output_lines: typing.Annotated[int, msgspec.Meta(ge=1)] = 40
    """Lines that are printed of what a cell prints, and rows of a table that it shows; the site has all of them."""
    editions: dict[Name, EditionSection] = msgspec.field(default_factory=lambda: {SCREEN: EditionSection()})
    """What is made of the one text, by name."""
    sections: bool = True
    """Whether each page of the site offers its part of the edition for the screen."""
    timeout: PositiveSeconds = 1800.0
    """Seconds that LaTeX may take for an edition, with all its passes."""


class StoreSection(Struct, frozen=True, forbid_unknown_fields=True):
    """`[store]`: where results are shared with others."""

    remote: str = ""
    """Address that builds pull from: a folder, relative to the project's, or any that fsspec knows, or a web server's."""
    push: str = ""
    """Address that results are sent to, if it is another one: a bucket that `remote` serves, say."""
    options: dict[str, typing.Any] = msgspec.field(default_factory=dict)
    """Of the file system: `anon = true` for a bucket that everybody may read."""
    push_options: dict[str, typing.Any] | None = None
    """Of the file system that results are sent to; the same if it says nothing."""
    trusted: tuple[PublicKey, ...] = ()
    """Public keys: what is pulled has to be signed with one of them."""


class ServeSection(Struct, frozen=True, forbid_unknown_fields=True):
    """`[serve]`: the preview."""

    execute: typing.Literal["always", "ask"] = "always"
    """Whether a notebook whose code was edited runs at once, or when it is asked for."""


MYST = (
    *(
        "alert",
        "amsmath",
        "attrs_block",
        "attrs_image",
        "attrs_inline",
        "colon_fence",
        "deflist",
        "dollarmath",
    ),
    *("fieldlist", "gfm_autolink", "html_admonition", "html_image", "linkify", "replacements", "section_ref"),
    *("smartquotes", "strikethrough", "substitution", "tasklist"),
)
"""The extensions of MyST that there are."""


class MystSection(Struct, frozen=True, forbid_unknown_fields=True):
    """`[myst]`: the syntax of the pages."""

    extensions: tuple[typing.Literal[MYST], ...] = ()  # type: ignore[valid-type] # it is one of these
    """Of MyST, besides those that every book has."""
    substitutions: dict[str, typing.Any] = msgspec.field(default_factory=dict)
    """What stands for a name in `{{ }}`, on every page."""


class MathSection(Struct, frozen=True, forbid_unknown_fields=True):
    """`[math]`: formulas."""

    macros: dict[
        str,
        str | typing.Annotated[tuple[str | int, ...], msgspec.Meta(min_length=2, max_length=3)],
    ] = msgspec.field(default_factory=dict)
    """What a command stands for; with arguments a list: that, their number, and what the first is where it is left out."""


class SphinxSection(Struct, frozen=True, forbid_unknown_fields=True):
    """`[sphinx]`: what is for Sphinx alone."""

    extensions: tuple[typing.Annotated[str, msgspec.Meta(min_length=1)], ...] = ()
    """Of Sphinx, besides those that every book has."""
    options: dict[str, typing.Any] = msgspec.field(default_factory=dict)
    """Of Sphinx and of these extensions, as conf.py would set them."""


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
    sources: SourcesSection = SourcesSection()
    kernel: KernelSection = KernelSection()
    execution: ExecutionSection = ExecutionSection()
    pdf: PdfSection = PdfSection()
    bibliography: BibliographySection = BibliographySection()
    html: HtmlSection = HtmlSection()
    notebooks: NotebooksSection = NotebooksSection()
    library: LibrarySection | None = None
    myst: MystSection = MystSection()
    math: MathSection = MathSection()
    sphinx: SphinxSection = SphinxSection()
    check: CheckSection = CheckSection()
    store: StoreSection = StoreSection()
    serve: ServeSection = ServeSection()
