"""Books as large as one likes, of this repository's pages: copies whose labels, citations, figures and results are their own."""

import itertools
import re
import shutil
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from support import borrowed_results
from support.borrowed_results import Copied
from support.places import REPOSITORY

BASICS = "chapter_deep-learning-basics"
NOTEBOOKS = (
    "chapter_crashcourse/ndarray",
    "chapter_crashcourse/autograd",
    "chapter_crashcourse/tools",
    f"{BASICS}/linear-regression-scratch",
    f"{BASICS}/linear-regression-gluon",
    f"{BASICS}/softmax-regression",
)
"""In an order in which the first copy of each finds what it imports: the pages before it define it."""
TEXTS = (
    "chapter_crashcourse/install",
    "chapter_appendix/how-to-contribute",
    "chapter_appendix/toolchain",
    "chapter_appendix/checks",
    "chapter_appendix/results",
    "chapter_appendix/sharing",
    "chapter_appendix/security",
    "chapter_appendix/workers",
    "chapter_appendix/cluster",
    "chapter_appendix/github",
    "chapter_appendix/writing",
    "chapter_appendix/jupyter-book",
    "chapter_appendix/import",
    "chapter_appendix/sphinx",
)
LIBRARY = "chapter_appendix/gluonbook"
"""Shows what all notebooks define: once."""
OTHERS = 4
"""The first page, the references, the appendix and the library's page."""
CHAPTER = 10
"""Pages of a chapter, its first one among them."""
CHAPTERS = {
    "chap-crashcourse": NOTEBOOKS[0],
    "chap-deep-learning-basics": NOTEBOOKS[3],
    "chap-appendix": LIBRARY,
}
"""Labels of this repository's chapters, and a page of each: the chapter that has that page stands for it."""
LABEL = re.compile(
    r"^\((?P<target>[\w-]+)\)=|^:name: (?P<name>[\w-]+)|^\$\$ \((?P<equation>[\w-]+)\)|^ +name: (?P<figure>fig-[\w-]+)",
    re.MULTILINE,
)
SAMPLE = re.compile(r"^(?P<fence>`{3,})[a-z]+\n.*?^(?P=fence)\n", re.MULTILINE | re.DOTALL)
"""Text that is shown as it is typed: its labels are none."""
WORD = re.compile(r"[\w-]+")
ENTRY = re.compile(r"^@\w+\{(?P<key>[\w-]+),.*?^\}\n", re.MULTILINE | re.DOTALL)
TITLE = re.compile(r"^# .*$", re.MULTILINE)
YEAR = re.compile(r"(?<=\{)\d{4}(?=\})")
FIRST_CELL = "```{code-cell} ipython3\n"
OF_THE_SITE = ("logo.svg", "favicon.svg")
"""Pictures that book.toml names."""
BUILDS_ON = re.compile(r"^prerequisites:\n(?:  - .*\n)+", re.MULTILINE)
"""In the front matter."""
IMAGE = re.compile(r"(?<=\.\./\.\./img/)[\w-]+\.svg")
SHORTEST = OTHERS + 2 * (len(NOTEBOOKS) + len(TEXTS))
"""Pages of the smallest book: each page of this repository is there."""


@dataclass(frozen=True)
class Section:
    """A copy of a page of this repository."""

    page: str
    """Name of that page."""
    number: int
    """Of the copy; the first one is 0."""
    chapter: int

    @property
    def name(self) -> str:
        """Name of the copy."""
        return f"chapter_{self.chapter:03}/{Path(self.page).name}"


def write(project: Path, pages: int, results: Path = REPOSITORY) -> None:
    """Write a book of so many pages, a third of them notebooks, with a result for each of these.

    The results are those of `results`, this repository as it was built there: nothing is executed.
    Raises ValueError if the pages are fewer than it takes.
    """
    if pages < SHORTEST:
        raise ValueError(
            f"a book of {pages} pages has not each page of this repository: {SHORTEST} are needed"
        )
    sections = _sections(pages - OTHERS)
    _write_sources(project, sections)
    copies = {section.name: Copied(section.page, section.number) for section in sections}
    borrowed_results.put(project, copies, results)


def _sections(pages: int) -> list[Section]:
    """Deal the pages out to chapters, each of which begins with a page of its own."""
    chapters = round(pages / CHAPTER)
    notebooks, texts = itertools.cycle(NOTEBOOKS), itertools.cycle(TEXTS)
    copies: dict[str, Iterator[int]] = {page: itertools.count() for page in (*NOTEBOOKS, *TEXTS)}
    sections = []
    for number in range(pages - chapters):
        page = next(texts if number % 3 else notebooks)
        sections.append(Section(page, next(copies[page]), number * chapters // (pages - chapters)))
    return sections


def _write_sources(project: Path, sections: list[Section]) -> None:
    shutil.copytree(REPOSITORY / "_config", project / "_config")
    book_toml = project / "_config/book.toml"
    settings_text, _, _ = book_toml.read_text(encoding="utf-8").partition(
        "# The headings that readers count on"
    )
    book_toml.write_text(settings_text, encoding="utf-8")
    (project / "img").mkdir()
    for picture in OF_THE_SITE:
        shutil.copyfile(REPOSITORY / "img" / picture, project / "img" / picture)
    sources = {page: _source(page) for page in (*NOTEBOOKS, *TEXTS, LIBRARY)}
    names = _Names(sources, sections)
    copies = {section.name: _copy(sources[section.page], section, names, project) for section in sections}
    chapters = [list(group) for _, group in itertools.groupby(sections, lambda section: section.chapter)]
    pages = copies | {
        "index": _INDEX.format(
            said=",\n".join(f"{{numref}}`chap-{number:03}`" for number in range(len(chapters))),
            listed="\n".join(f"chapter_{number:03}/index" for number in range(len(chapters))),
        ),
        "references": _source("references"),
        "chapter_appendix/index": _APPENDIX,
        LIBRARY: names.renamed(sources[LIBRARY], Section(LIBRARY, 0, 0)),
    }
    for number, members in enumerate(chapters):
        pages[f"chapter_{number:03}/index"] = _chapter(number, members, names)
    for chapter, references in _lone(pages).items():
        pages[f"{chapter}/index"] += "\nNo section refers to " + ",\n".join(references) + ".\n"
    for page, text in pages.items():
        path = project / f"book/{page}.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    _write_bibliographies(project, set(WORD.findall("\n".join(copies.values()))), sections)


_INDEX = """\
# Deep Learning by Doing, and by repeating

Each chapter has some ten pages, and each page stands in several of them:
{said}.
{{numref}}`chap-library` has what they define.

```{{toctree}}
:maxdepth: 2
:numbered: 2
:caption: Chapters

{listed}
```

```{{toctree}}
:maxdepth: 2
:numbered: 2
:caption: Appendix
:class: appendix

chapter_appendix/index
```

```{{toctree}}
:maxdepth: 1

references
```
"""
_APPENDIX = """\
(chap-library)=
# The library

{numref}`sec-gluonbook` says what the chapters have defined.

```{toctree}
:maxdepth: 1

gluonbook
```
"""


def _chapter(number: int, members: list[Section], names: "_Names") -> str:
    """Return the first page of a chapter."""
    labels = (names.renamed(names.first_label(section.page), section) for section in members)
    said = ",\n".join(f"{{numref}}`{label}`" for label in labels)
    listed = "\n".join(Path(section.name).name for section in members)
    return (
        f"(chap-{number:03})=\n# Round {number + 1}\n\nThis chapter has {len(members)} sections:\n{said}.\n\n"
        f"```{{toctree}}\n:maxdepth: 1\n\n{listed}\n```\n"
    )


def _copy(source: str, section: Section, names: "_Names", project: Path) -> str:
    """Return the text of a copy; its pictures are copied as well."""
    text = BUILDS_ON.sub(lambda match: names.earlier(match[0], section), names.renamed(source, section))
    for image in set(IMAGE.findall(text)):
        target = project / f"img/{section.chapter:03}/{image}"
        target.parent.mkdir(parents=True, exist_ok=True)
        picture = (REPOSITORY / "img" / image).read_text(encoding="utf-8")
        target.write_text(f"{picture}<!-- of chapter {section.chapter} -->\n", encoding="utf-8")
    text = IMAGE.sub(lambda match: f"{section.chapter:03}/{match[0]}", text)
    if section.page in NOTEBOOKS:
        text = text.replace(FIRST_CELL, f"{FIRST_CELL}# copy {section.number}\n", 1)
    if section.number:
        text = TITLE.sub(lambda match: f"{match[0]}, copy {section.number}", text, count=1)
        text = text.replace(":tags: [save]\n", "")
    return text


def _lone(pages: Mapping[str, str]) -> dict[str, list[str]]:
    """Return references to the labels that only pages of another copy refer to, one that there is not, by chapter."""
    counted = Counter(word for text in pages.values() for word in WORD.findall(text))
    references: dict[str, list[str]] = {}
    for page, text in pages.items():
        for match in LABEL.finditer(SAMPLE.sub("", text)):
            label = next(filter(None, match.groups()))
            if counted[label] == 1:
                reference = f"{{eq}}`{label}`" if match["equation"] else f"{{ref}}`what is there <{label}>`"
                references.setdefault(Path(page).parent.name, []).append(reference)
    return references


class _Names:
    """What labels and citations of this repository's pages are called in the copies."""

    def __init__(self, sources: Mapping[str, str], sections: list[Section]) -> None:
        self.pages: dict[str, str] = {}
        """Label to the page that has it."""
        for page, source in sources.items():
            for match in LABEL.finditer(source):
                self.pages.setdefault(next(filter(None, match.groups())), page)
        self.copies: dict[str, list[Section]] = {}
        for section in sections:
            self.copies.setdefault(section.page, []).append(section)
        self.places = {section: place for place, section in enumerate(sections)}
        """In the order of reading."""
        self.keys = set(_entries())
        words = sorted({*self.pages, *self.keys, *CHAPTERS}, key=len, reverse=True)
        self.known = re.compile(rf"(?<![\w-])(?:{'|'.join(map(re.escape, words))})(?![\w-])")

    def renamed(self, text: str, section: Section) -> str:
        """Return a page's text with the names that it has in a copy."""
        return self.known.sub(lambda match: self._name(match[0], section), text)

    def earlier(self, prerequisites: str, section: Section) -> str:
        """Return the prerequisites of a copy: of each page the last copy before it, if there is one."""
        wanted = [self.copies.get(page, []) for page in re.findall(r"- (\S+)", prerequisites)]
        place = self.places[section]
        found = [[copy for copy in copies if self.places[copy] < place][-1:] for copies in wanted]
        names = [f"  - {copy.name}\n" for copies in found for copy in copies]
        return "".join(["prerequisites:\n", *names]) if names else ""

    def first_label(self, page: str) -> str:
        return next(label for label, its_page in self.pages.items() if its_page == page)

    def _name(self, word: str, section: Section) -> str:
        if word in self.keys:
            return f"{word}-{section.number}"
        page = CHAPTERS.get(word) or self.pages[word]
        if page == LIBRARY:
            return word if word in self.pages else "chap-library"
        copies = self.copies[page]
        nearest = copies[min(section.number, len(copies) - 1)]
        return f"chap-{nearest.chapter:03}" if word in CHAPTERS else f"{word}-{nearest.number}"


def _entries() -> dict[str, str]:
    """Return the entries of this repository's bibliographies by their keys."""
    files = sorted((REPOSITORY / "bib").glob("*.bib"))
    return {
        match["key"]: match[0] for file in files for match in ENTRY.finditer(file.read_text(encoding="utf-8"))
    }


def _write_bibliographies(project: Path, words: set[str], sections: list[Section]) -> None:
    """Write the entries that the pages cite; the first copies cite the newest editions."""
    (project / "bib").mkdir()
    for number in sorted({section.number for section in sections}):
        entries = []
        for key, entry in _entries().items():
            if f"{key}-{number}" in words:
                dated = YEAR.sub(lambda match: f"{int(match[0]) - number}", entry)  # noqa: B023 - used at once
                entries.append(dated.replace(f"{{{key},", f"{{{key}-{number},", 1))
        if entries:
            (project / f"bib/copy-{number}.bib").write_text("\n".join(entries), encoding="utf-8")


def _source(page: str) -> str:
    return (REPOSITORY / f"book/{page}.md").read_text(encoding="utf-8")
