"""The book's own package: what is saved, and what the book says of it."""

import msgspec
from msgspec import Struct


class Saved(Struct, frozen=True):
    """A definition that a cell contributes to the library."""

    name: str
    code: str
    """Its source text."""
    digest: str
    """Of what it does: comments and layout do not count."""
    document: str
    """Name of the page."""
    path: str
    """Of the page, relative to the project."""
    cell: int
    """Number of the code cell, counted from 1."""
    line: int
    """Line of the definition in the page, counted from 1; 0 if unknown."""
    imports: tuple[str, ...]
    """The import statements that it needs, of any cell of its page up to its own."""
    uses: tuple[str, ...]
    """Other saved names that it uses, of its own page or through the library."""
    replaces: bool = False
    """Whether its cell says that it replaces an earlier one of the same name."""

    @property
    def place(self) -> str:
        """`path:line`, and the cell."""
        return f"{self.path}:{self.line}: cell {self.cell}" if self.line else f"{self.path}: cell {self.cell}"


class Library(Struct, frozen=True):
    """The package that is made of the book's saved definitions."""

    name: str
    version: str
    saved: tuple[Saved, ...]
    """In the order of the book; of a replaced definition both are there."""
    pages: tuple[str, ...]
    """Names of all pages, in the order of the book."""

    def before(self, document: str) -> "Library":
        """Return the part of it that is saved before a page: what that page can import."""
        earlier = set(self.pages[: self.pages.index(document)])
        return msgspec.structs.replace(
            self, saved=tuple(saved for saved in self.saved if saved.document in earlier)
        )

    @property
    def names(self) -> dict[str, Saved]:
        """The definitions that count, by name: of those that replace each other, the last."""
        return {saved.name: saved for saved in self.saved}


class LibraryMethod(Struct, frozen=True):
    """A method of a class in the library."""

    name: str
    signature: str
    docstring: str


class LibraryEntry(Struct, frozen=True):
    """What the book says of one definition in its library."""

    name: str
    kind: str
    """`function`, `class` or `data`, as Sphinx's Python domain calls them."""
    signature: str
    docstring: str
    methods: tuple[LibraryMethod, ...]
    page: str
    """Name of the page that defines it."""
    reference: str
    """To that page, in words."""
    number: str
    """Of that page."""
    cell: int
    used_in: tuple[tuple[str, str], ...]
    """Name of each page that uses it, with the reference to it."""

    @property
    def summary(self) -> str:
        """The first paragraph of its docstring, in a line."""
        return " ".join(self.docstring.partition("\n\n")[0].split())


class LibraryIndex(Struct, frozen=True):
    """Everything in the library, in the order of the book."""

    name: str
    entries: tuple[LibraryEntry, ...]
