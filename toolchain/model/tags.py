"""What the printed book is made of, for those who do not see it: what its writer says to what tags the PDF."""

from msgspec import Struct

SUFFIX = ".tags.json"
"""Of the file beside SLUG.tex that has the elements."""
ARTIFACT = "Artifact"


class Element(Struct, frozen=True, omit_defaults=True):
    """One element of the book's structure; its number is its place among all, and those in it come after it."""

    kind: str
    """The structure type that PDF has for it, such as `H1`."""
    parent: int = 0
    is_inline: bool = False
    """It stands in a line of another element."""
    has_text: bool = False
    """It has text of its own, in the order of the page; in others, what is in them comes in the order of their numbers."""
    label: int = -1
    """The element that generated text before this one belongs to, such as a number; -1 if nothing generates any."""
    is_repeated: bool = False
    """The head of a table that goes over pages stands on each of them."""
    alt: str = ""
    """What is said instead of it."""
    text: str = ""
    """Its text, character for character."""
    scope: str = ""
    """`Row` or `Column`, of a head in a table."""
    columns: int = 1
    rows: int = 1
    """How many columns and rows of a table it takes."""
    numbering: str = ""
    """How the items of a list are numbered, in the words of PDF."""
    name: str = ""
    """By which it can be found: a name that no other element has."""


class Tags(Struct, frozen=True):
    """All elements of a book; the first is the document."""

    elements: tuple[Element, ...]
