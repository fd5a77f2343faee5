"""Where things are in a project: decided once when it is opened. All others ask here, and not what kind of project it is."""

from msgspec import Struct

from toolchain.base.refusals import BUILD
from toolchain.project.book_toml import BOOK_TOML

CONFIG = "_config"
SOURCES = "book"


class Layout(Struct, frozen=True):
    """Where things are, relative to the project's folder; by default as in a project of our own."""

    description: str = BOOK_TOML
    """The file that says what the book is."""
    options: str = f"{CONFIG}/conf.py"
    """The file with the options of Sphinx."""
    settings: tuple[str, ...] = (CONFIG,)
    """Files and folders that say how pages are made: when one changes, every page is made anew."""
    config: str = CONFIG
    """The folder of conf.py, of the kernel's locks and of the theme."""
    sources: str = SOURCES
    """The folder of the pages; empty if it is the project's own."""
    data: str = f"{SOURCES}/data"
    """The folder of what every notebook may read; empty if each may read whatever there is."""
    pictures: tuple[str, ...] = ("img", SOURCES)
    """The folders whose pictures are there to be shown."""
    taken_from: tuple[str, ...] = ("img", "bib")
    """The folders of what pages take, besides that of the pages."""
    bibliographies: tuple[str, ...] = ("bib/*.bib",)
    """Patterns of them; those without a star are read whether they are there or not."""
    root: str = "index"
    """The name of the first page."""
    first: str = f"{SOURCES}/index.md"
    """The file of it that is to be written where there is none."""
    suffixes: tuple[str, ...] = (".md", ".ipynb")
    """Of the files of pages."""
    excluded: tuple[str, ...] = ("data/**", "**/.*", "**/__pycache__/**")
    """Patterns of what is no page, relative to the folder of the pages, as Sphinx reads them."""
    only_listed: bool = False
    """Whether what the contents do not list is no page either."""
    one_of_each: bool = False
    """Whether of files that would be the same page the first is taken: a notebook kept in two formats, say."""
    requirements: tuple[str, ...] = ()
    """Files that say what notebooks need, where there is no lock; looked for in the project, then where its repository begins."""
    saves: bool = True
    """Whether a cell tagged `save` is to be in the library; else the tag means nothing where no library has a name."""
    restarts: bool = False
    """Whether chapters count from 1 in each toctree of the first page."""
    left_by_others: tuple[str, ...] = ()
    """What another program may have left in the folder of what is made, and is set aside before ours is made there."""

    @property
    def whole(self) -> bool:
        """Whether the pages' folder is the project's own, with all else that is in it."""
        return not self.sources

    @property
    def folders(self) -> tuple[str, ...]:
        """The folders that a book is made of."""
        return ("",) if self.whole else (self.sources, self.config, "bib", "img")

    def below_sources(self, name: str) -> str:
        """Return the path in the project of what has a name below the folder of the pages."""
        return f"{self.sources}/{name}" if self.sources else name

    def page(self, path: str) -> str:
        """Return the name of the page of a file, given relative to the project; empty if it is none."""
        before = f"{self.sources}/" if self.sources else ""
        name, dot, suffix = path.removeprefix(before).rpartition(".")
        return name if dot and path.startswith(before) and f".{suffix}" in self.suffixes else ""


OURS = Layout()
"""A project with _config/book.toml."""
JUPYTER_BOOK = Layout(
    description="_config.yml",
    options="_config.yml",
    settings=("_config.yml", "_toc.yml"),
    config=BUILD,
    sources="",
    data="",
    suffixes=(".md", ".ipynb", ".rst"),
    pictures=(),
    taken_from=(),
    bibliographies=(),
    # Of the site's own files Sphinx makes no pages.
    excluded=(BUILD, "_static", ".*", "**/.*", "Thumbs.db", "**/__pycache__", "**.ipynb_checkpoints"),
    one_of_each=True,
    saves=False,
    requirements=(
        *("requirements.txt", "binder/requirements.txt", ".binder/requirements.txt"),
        *("environment.yml", "environment.yaml", "binder/environment.yml", ".binder/environment.yml"),
    ),
    left_by_others=("html", "latex", "jupyter_execute"),
)
"""A folder with _config.yml and _toc.yml, the files of Jupyter Book 1."""
