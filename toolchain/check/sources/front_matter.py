"""Checks of the front matter: keys that somebody reads, values that fit, and prerequisites that come before."""

import graphlib
import re
from collections.abc import Iterator
from typing import Annotated, Any

import msgspec

from toolchain.base.units import count
from toolchain.check.base import ReadBook, SourceCheck
from toolchain.check.sources.nearest import near, nearest, suggestion
from toolchain.model import Document, Finding
from toolchain.model.files import NOTEBOOK
from toolchain.sources import prerequisites

PREREQUISITES = "prerequisites"
DISCUSS = "discuss"
OF_THE_THEME = "html_theme."
"""Begins what the theme reads of a page, such as `html_theme.sidebar_secondary.remove`."""
Topic = Annotated[int, msgspec.Meta(gt=0)] | Annotated[str, msgspec.Meta(pattern=r"^[1-9]\d*$")]
TEXT: tuple[Any, str] = (str, "text; put a number in quotes")
TEXTS: tuple[Any, str] = (str | list[str], "text or a list of texts")
PEOPLE: tuple[Any, str] = (str | dict[str, Any] | list[str | dict[str, Any]], "a name or a list of names")
SWITCH: tuple[Any, str] = (bool, "true or false")
MAPPING: tuple[Any, str] = (dict[str, Any], "a list of keys and values")
ANY: tuple[Any, str] = (Any, "")
KINDS: dict[str, tuple[Any, str]] = {
    # The toolchain's own; the first two are read, and refused, before anything runs.
    "execution": ANY,
    "bundle": ANY,
    "free_latex": SWITCH,
    PREREQUISITES: (list[str], "a list of names of pages"),
    DISCUSS: (Topic, "the number of a topic in the forum"),
    # Jupyter's and MyST-NB's.
    "kernelspec": ANY,
    "jupytext": MAPPING,
    "file_format": TEXT,
    "mystnb": ANY,
    "language_info": MAPPING,
    # MyST's.
    "myst": MAPPING,
    "html_meta": MAPPING,
    "substitutions": MAPPING,
    # Sphinx's.
    "orphan": SWITCH,
    "tocdepth": (int, "a number of levels"),
    "nocomments": SWITCH,
    "no-search": SWITCH,
    "nosearch": SWITCH,
    # What describes any text.
    "title": TEXT,
    "subtitle": TEXT,
    "author": PEOPLE,
    "authors": PEOPLE,
    "date": ANY,
    "description": TEXT,
    "abstract": TEXT,
    "keywords": TEXTS,
    "tags": TEXTS,
    "license": (str | dict[str, Any], "text"),
    "copyright": TEXT,
}


class MisfitFrontMatter(SourceCheck):
    """Front matter that nobody reads, or that means something else than its author thinks."""

    id = "SRC015"
    title = "front matter has a key that nobody knows, or a value of the wrong kind"
    explanation = (
        "Nothing would come of it, and nobody would be told. Correct the key or the value; "
        "a key that is for another tool is made known by `front_matter` in [check] of book.toml."
    )

    def findings(self, built: ReadBook) -> Iterator[Finding]:
        """Look at each key; in an .ipynb other programs may have left any."""
        declared_keys = built.settings.toml.check.front_matter
        unknown: dict[str, list[Document]] = {}
        for page in built.book.documents:
            for key, value in page.metadata.items():
                if key in KINDS:
                    kind, words = KINDS[key]
                    if not _fits(value, kind):
                        yield self.found(f"{key}: is to be {words}", page.path, _line(built, page.path, key))
                elif not (
                    key in declared_keys or key.startswith(OF_THE_THEME) or page.path.endswith(NOTEBOOK)
                ):
                    unknown.setdefault(key, []).append(page)
        for key, pages in unknown.items():
            remedy = suggestion(nearest(key, (*KINDS, *declared_keys)))
            others = f", here and on {count(len(pages) - 1, 'more page')}" if len(pages) > 1 else ""
            yield self.found(
                f"{key}: nobody knows this key{others}",
                pages[0].path,
                _line(built, pages[0].path, key),
                remedy,
            )


def _fits(value: Any, kind: Any) -> bool:
    try:
        msgspec.convert(value, kind, strict=True)
    except msgspec.ValidationError:
        return False
    return True


def _line(built: ReadBook, path: str, key: str) -> int | None:
    """Return the line of a key of the front matter, or that of its first line."""
    lines = built.lines(path)
    pattern = re.compile(rf"[\"']?{re.escape(key)}[\"']?\s*:")
    numbers = (number for number, line in enumerate(lines, start=1) if pattern.match(line))
    return next(numbers, 1 if lines else None)


class TopicWithoutForum(SourceCheck):
    """A page that names a topic of a forum which nobody knows."""

    id = "SRC017"
    title = "a page names a topic, and the book has no forum"
    explanation = (
        "Readers are not told where the page is discussed: nobody knows the address of its topic. Give the book a `forum` in "
        "[book] of book.toml, such as https://forum.example.org/t/{topic}, or remove `discuss` from the page."
    )

    def findings(self, built: ReadBook) -> Iterator[Finding]:
        """Look at each page; what is no number of a topic is another check's."""
        if built.settings.book.forum:
            return
        remedy = 'Set forum = "https://…/{topic}" in [book] of book.toml.'
        for page in built.book.documents:
            if DISCUSS in page.metadata and _fits(page.metadata[DISCUSS], Topic):
                line = _line(built, page.path, DISCUSS)
                yield self.found(f"{DISCUSS}: the book has no forum", page.path, line, remedy)


class MisplacedPrerequisite(SourceCheck):
    """A prerequisite that readers cannot have read."""

    id = "SRC016"
    title = "a prerequisite is no page, comes later, or needs the page itself"
    explanation = (
        "Readers are told to read something first that is not there or that comes after. Prerequisites are names of pages "
        "below book/, such as chapter_a/section, or paths seen from the page. Move the page, or name another."
    )

    def findings(self, built: ReadBook) -> Iterator[Finding]:
        """Follow the prerequisites of every page."""
        needed: dict[str, dict[str, str]] = {}
        for page in built.book.documents:
            needed[page.name] = {}
            for written in page.prerequisites:
                if name := prerequisites.resolve(written, page, built.documents):
                    needed[page.name][name] = written
                else:
                    remedy = suggestion(nearest(prerequisites.plain(written), built.documents))
                    yield self._finding(built, page, written, f"there is no page {written}", remedy)
        cycles = list(_cycles({name: set(others) for name, others in needed.items()}, built))
        for cycle in cycles:
            page, following = built.documents[cycle[0]], [*cycle[1:], cycle[0]]
            path = " → ".join([cycle[0], *following])
            yield self._finding(
                built, page, needed[page.name][following[0]], f"the prerequisites go round: {path}"
            )
        yield from self._later(built, needed, {name for cycle in cycles for name in cycle})

    def _later(
        self, built: ReadBook, needed: dict[str, dict[str, str]], round_: set[str]
    ) -> Iterator[Finding]:
        """Yield what comes after the page that needs it, unless both are in a cycle that is named already."""
        order = {name: number for number, name in enumerate(built.documents)}
        for name, page in built.documents.items():
            for other, written in needed[name].items():
                orphans = any("orphan" in document.metadata for document in (page, built.documents[other]))
                if order[other] > order[name] and not orphans and not {name, other} <= round_:
                    yield self._finding(built, page, written, f"{other} comes later in the book")

    def _finding(
        self, built: ReadBook, page: Document, written: str, message: str, remedy: str = ""
    ) -> Finding:
        line = near(built, page.path, written, _line(built, page.path, PREREQUISITES))
        return self.found(message, page.path, line, remedy)


def _cycles(needed: dict[str, set[str]], built: ReadBook) -> Iterator[list[str]]:
    """Yield each cycle once, from the page that comes first in the book."""
    order = {name: number for number, name in enumerate(built.documents)}
    while True:
        try:
            graphlib.TopologicalSorter(needed).prepare()
        except graphlib.CycleError as error:
            # It names what has to come first before what needs it, and the first once more at the end.
            cycle = list(error.args[1])[:0:-1]
            start = cycle.index(min(cycle, key=lambda name: order[name]))
            yield (turned := cycle[start:] + cycle[:start])
            needed[turned[0]].discard([*turned, turned[0]][1])
        else:
            return
