"""What a built book says of itself, from the trees that Sphinx has read: labels, references, images, links, text."""

from msgspec import Struct

GAP = "\N{OBJECT REPLACEMENT CHARACTER}"
"""Stands in a paragraph's text for what is not its words: a formula, code, an image, a reference."""


class Target(Struct, frozen=True, gc=False):
    """Something that a reference can lead to, as its page says."""

    kind: str
    """`section`, `figure`, `table`, `code-block`, `equation`, or `place` for a label on something else."""
    ids: tuple[str, ...]
    """Of the element in the site, without those that are drawn at random."""
    labels: tuple[str, ...] = ()
    """The names that its author gave it."""
    title: str = ""
    """Heading or caption, with GAP for what is not words."""
    line: int | None = None


class Reference(Struct, frozen=True, gc=False):
    """A place that refers to a label, a page, a file or an entry of the bibliography."""

    role: str
    """Domain and role, such as `std:numref`, `math:eq`, `cite:p`; `myst` for a Markdown link, `local` within a page."""
    target: str
    """As it is written; `page#place` for a place in another page."""
    line: int | None = None


class Picture(Struct, frozen=True, gc=False):
    """An image that a page shows."""

    path: str
    """Relative to the project; or its address elsewhere."""
    alternative: str
    """What is read to those who do not see it."""
    line: int | None = None
    cell: bool = False
    """Whether code made it."""


class Link(Struct, frozen=True, gc=False):
    """A link that leads out of the book."""

    url: str
    line: int | None = None


class Passage(Struct, frozen=True, gc=False):
    """A paragraph, a heading, a caption: whatever is a text of its own."""

    text: str
    """Its words with the line breaks of its source, and GAP for what is not words."""
    line: int | None = None
    in_table: bool = False


class Sample(Struct, frozen=True, gc=False):
    """Code that is shown and does not run, or a formula as it is typed."""

    text: str
    line: int | None = None


class PageFacts(Struct, frozen=True, gc=False):
    """What is on a page. Lines are those of its source, counted from 1; in an .ipynb as MyST-NB counts them: see model.files."""

    path: str
    """Its source, relative to the project."""
    tops: tuple[Target, ...] = ()
    """Its headings of the first level."""
    targets: tuple[Target, ...] = ()
    references: tuple[Reference, ...] = ()
    pictures: tuple[Picture, ...] = ()
    links: tuple[Link, ...] = ()
    passages: tuple[Passage, ...] = ()
    samples: tuple[Sample, ...] = ()
    formulas: tuple[Sample, ...] = ()
    files: tuple[Reference, ...] = ()
    """What its LaTeX has TeX read: the command and the path, as they are typed."""
    indexed: tuple[Sample, ...] = ()
    """Its entries of the index, as they are typed."""
    lists: tuple[str, ...] = ()
    """The pages in its toctrees, by Sphinx's names of them."""


class Label(Struct, frozen=True, gc=False):
    """A row of the book's table of labels: everything that has a number, a name, or both."""

    kind: str
    """As of a target, or `citation`."""
    page: str
    """Sphinx's docname."""
    ids: tuple[str, ...]
    names: tuple[str, ...] = ()
    """What references call it."""
    number: str = ""
    """As readers see it: `3.2` of a section, `Figure 2.1`, `(3.4)` of an equation; empty if it has none."""
    title: str = ""
    line: int | None = None


class MathJax(Struct, frozen=True):
    """What the site's MathJax has been told of formulas."""

    macros: tuple[str, ...] = ()
    """Names of the commands and environments that conf.py defines."""


class Facts(Struct, frozen=True):
    """All that Sphinx knows of the book's sources."""

    pages: dict[str, PageFacts] = {}
    """By Sphinx's names of them."""
    labels: tuple[Label, ...] = ()
    mathjax: MathJax | None = None
    """None if the site has another MathJax than the toolchain's, or one with further packages: nobody knows what it knows."""
