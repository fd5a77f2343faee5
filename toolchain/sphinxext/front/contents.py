"""The book as its lists of pages have it: parts, chapters, sections, and what pages are called."""

from collections.abc import Iterator

from msgspec import Struct
from sphinx.environment import BuildEnvironment

from toolchain.sphinxext import numbers
from toolchain.sphinxext.numbering import parts
from toolchain.sphinxext.words import say


class Page(Struct, frozen=True):
    """A page as others name it."""

    name: str
    number: str
    """Such as `2.1`; empty for a page without one."""
    title: str

    @property
    def text(self) -> str:
        """Its number and its title."""
        return f"{self.number} {self.title}".lstrip()

    @property
    def reference(self) -> str:
        """How print refers to it, such as `Section 2.1`."""
        if not self.number:
            return f"“{self.title}”"
        kind = (
            "Section %s" if "." in self.number else "Chapter %s" if self.number.isdigit() else "Appendix %s"
        )
        return (say(kind) % self.number).replace(" ", "\N{NO-BREAK SPACE}")


class Chapter(Struct, frozen=True):
    """A page that the first page lists, with all pages below it in reading order."""

    page: Page
    sections: tuple[Page, ...]
    """Those that it lists itself."""
    below: tuple[str, ...]
    """Names of all pages below it, whoever lists them."""


class PartOfBook(Struct, frozen=True):
    """A list of the first page."""

    caption: str
    matter: str
    """Front, main, appendix or back."""
    chapters: tuple[Chapter, ...]


def page(env: BuildEnvironment, name: str) -> Page:
    """Return what a page is called."""
    return Page(name, numbers.section(env, name, (), first=True), env.titles[name].astext())


def of_book(env: BuildEnvironment) -> list[PartOfBook]:
    """Return the parts of the book in their order."""
    return [
        PartOfBook(part.caption, part.matter, tuple(_chapter(env, name) for name in part.pages))
        for part in parts(env)
    ]


def _chapter(env: BuildEnvironment, name: str) -> Chapter:
    listed = [below for below in env.toctree_includes.get(name, ()) if below in env.titles]
    below = tuple(dict.fromkeys(_below(env, name, {name})))
    return Chapter(page(env, name), tuple(page(env, section) for section in listed), below)


def _below(env: BuildEnvironment, name: str, seen: set[str]) -> Iterator[str]:
    for listed in env.toctree_includes.get(name, ()):
        if listed in env.titles and listed not in seen:
            seen.add(listed)
            yield listed
            yield from _below(env, listed, seen)
