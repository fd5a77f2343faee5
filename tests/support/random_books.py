"""A book that is edited at random: whatever an author may do to it, good or not, by a seed."""

import os
import shutil
from copy import deepcopy
from pathlib import Path
from random import Random
from typing import Any

from support.places import TESTS

BOOK_TOML = """\
[book]
title = "{title}"
slug = "edited"
authors = ["Its author"]
[check]
errors = ["all"]
"""
SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="{0}" height="{0}"><rect width="{0}" height="{0}"/></svg>\n'
BIB = """\
@book{{wave, author = {{Its author}}, title = {{Waves {0}}}, year = {{19{0:02}}}, publisher = {{A press}}}}
@book{{tide, author = {{Another author}}, title = {{Tides}}, year = {{{1}}}, publisher = {{A press}}}}
"""
NUMBERED, LETTERED, PLAIN = ":numbered: 2", ":numbered: 2\n:class: appendix", ""
DEPTHS = ("", ":maxdepth: 1", ":maxdepth: 2", ":maxdepth: 1\n:titlesonly:", ":hidden:")
ABSENT = ("book/pictures/absent.svg", "book/absent.txt")
"""Files that pages name, and that may be there or not."""
TEXTS = {
    "sentence": "A sentence of {word}. {reference} {reference2}\n",
    "section": "({label})=\n## A section of *{word}*\n\nIts text. {reference}\n",
    "figure": "```{{figure}} /../img/square.svg\n:name: {label}\n:alt: A square\n\nWith {word}, {reference}.\n```\n",
    "table": ":::{{list-table}} Table of {word}\n:name: {label}\n\n* - one\n  - {reference}\n:::\n",
    "equation": "$$ x = {word} $$ ({label})\n",
    "code": "```{{code-block}} python\n:name: {label}\n:caption: Listing of {word}\n\nx = {word}\n```\n",
    "note": "```{{note}}\nA note of {word}. {reference}\n```\n",
    "include": "```{{include}} /included.txt\n```\n\nAfter it {word}.\n",
    "picture": "Another [](/pictures/square.svg) of the name.\n\n```{{image}} /pictures/square.svg\n:alt: A square\n```\n",
    "absent": "```{{figure}} /pictures/absent.svg\n:name: {label}\n:alt: It may be there\n\nOr not, {word}.\n```\n",
    "absentinclude": "```{{include}} /absent.txt\n```\n\nAfter it {word}.\n",
    "download": "A {{download}}`file </pictures/square.svg>` of {word}, or {{download}}`none </absent.txt>`.\n",
    "link": "[A file](/absent.txt), [a place](#a-section-of-{word}), [a page](/page{word}.md). {reference}\n",
    "unknown": "{{nonsense}}`{word}` {reference}\n",
    "twice": "(twice)=\n## A heading, perhaps twice: {word}\n\n{reference}\n",
    "card": "::::{{grid}} 2\n:::{{grid-item-card}} A card of {word}\n:link: twice\n:link-type: ref\n{reference}\n:::\n::::\n",
    "footnote": "A sentence with a note.[^{label}]\n\n[^{label}]: The note {word}. {reference}\n",
    "term": "```{{glossary}}\n{label}\n  A word of {word}.\n```\n\n```{{index}} entry {word}\n```\n",
    "cell": "```{{code-cell}} ipython3\n{word} + 1\n```\n",
}
"""Of each kind of block."""
REFERENCES = {
    "equation": "By {{eq}}`{0}`.",
    "term": "A {{term}}`{0}`.",
    "section": "In {{ref}}`{0}`, {{numref}}`{0}`.",
    "figure": "In {{numref}}`{0}`.",
    "table": "In {{numref}}`{0}`.",
    "code": "In {{numref}}`{0}`.",
    "page": "See {{doc}}`{0}` and [it]({0}.md).",
    "chapter": "See {{ref}}`chap-{0}`, {{numref}}`chap-{0}`.",
    "entry": "By {{cite:t}}`{0}`.",
    "absent": "In {{numref}}`{0}`.",
    "twice": "In {{ref}}`twice`, {{numref}}`twice`, [](#twice).",
    "any": "See {{any}}`{0}`, [](#{0}), [](page2.md#{0}).",
}
"""To each kind of thing that has a name."""


STATE = ("_pages", "_parts", "_below", "_headings", "_depth", "_title", "_wave", "_tide")


class RandomBook:
    """Pages of blocks, listed in toctrees of the first page, or of another page."""

    def __init__(self, folder: Path, seed: int) -> None:
        """Write a first state of it, below a folder."""
        self.folder = folder
        self._chance = Random(seed)  # noqa: S311 - to be repeated, not to be secret
        self._count = 0
        self._title = "A book"
        self._wave, self._tide = 1, 2001
        self._headings: dict[str, str] = {}
        """Of pages, where they are not their names."""
        self._depth = ""
        self._earlier: list[Any] = []
        for name in ("book/pictures", "book/part", "bib", "img", "_config"):
            (folder / name).mkdir(parents=True)
        shutil.copytree(TESTS / "kernel", folder / "_config/kernel")
        self._write("img/square.svg", SVG.format(10))
        self._write("book/pictures/square.svg", SVG.format(11))
        self._write("book/included.txt", "Included.\n")
        self._pages: dict[str, list[tuple[str, str, str]]] = {}
        """By their names: kind, label and text of each block."""
        self._parts = [(NUMBERED, ["page1"]), (LETTERED, ["page2"]), (PLAIN, ["page3"])]
        self._below: dict[str, list[str]] = {"page1": ["page4"]}
        for number in range(1, 5):
            self._pages[f"page{number}"] = [self._block() for _ in range(4)]
        self.write()

    def edit(self) -> str:
        """Change something, and say what."""
        edits = {
            self._change_block: 6,
            self._insert_block: 4,
            self._remove_block: 3,
            self._move_block: 2,
            self._rename_label: 3,
            self._insert_page: 2,
            self._remove_page: 1,
            self._move_page: 2,
            self._number_otherwise: 1,
            self._change_a_shared_file: 3,
            self._make_older: 1,
            self._retitle_book: 1,
            self._retitle_page: 2,
            self._show_otherwise: 1,
            self._put_or_take_a_file: 2,
            self._touch: 1,
            self._take_back: 2,
        }
        (change,) = self._chance.choices(list(edits), list(edits.values()))
        state = deepcopy({name: getattr(self, name) for name in STATE})
        said = change()
        if change != self._take_back:
            self._earlier.append(state)
        self.write()
        return said

    def write(self) -> None:
        """Write every page that is not as it should be, and remove those that are gone."""
        texts = {"index": self._index()}
        for name, blocks in self._pages.items():
            below = self._below.get(name, ())
            toctree = self._toctree("", below) if below else ""
            front = "---\nfile_format: mystnb\nkernelspec:\n  name: python3\n---\n\n"
            front = front if any(kind == "cell" for kind, _, _ in blocks) else ""
            texts[name] = (
                f"{front}(chap-{name})=\n# {self._headings.get(name, name.title())}\n\n"
                + "\n".join(text for _, _, text in blocks)
                + toctree
            )
        for path in (self.folder / "book").rglob("*.md"):
            if path.relative_to(self.folder / "book").with_suffix("").as_posix() not in texts:
                path.unlink()
        for name, text in texts.items():
            self._write(f"book/{name}.md", text)
        self._write("_config/book.toml", BOOK_TOML.format(title=self._title))
        self._write("bib/waves.bib", BIB.format(self._wave, self._tide))

    def _index(self) -> str:
        parts = ((f"{options}\n{self._depth}".strip(), pages) for options, pages in self._parts)
        toctrees = "".join(self._toctree(options, pages) for options, pages in parts if pages)
        return f"# {self._title}\n\n{toctrees}\n```{{bibliography}}\n```\n"

    @staticmethod
    def _toctree(options: str, pages: "list[str] | tuple[str, ...]") -> str:
        return (
            "\n```{toctree}\n"
            + "\n".join((options, "", *(f"/{page}" for page in pages))).lstrip()
            + "\n```\n"
        )

    def _write(self, name: str, text: str) -> None:
        path = self.folder / name
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")

    def _block(self) -> tuple[str, str, str]:
        self._count += 1
        weights = [6 if kind == "sentence" else 1 for kind in TEXTS]
        (kind,) = self._chance.choices(list(TEXTS), weights)
        label = f"{kind}-{self._count}"
        return kind, label, self._text(kind, label)

    def _text(self, kind: str, label: str) -> str:
        word, reference, another = self._chance.randrange(100), self._reference(), self._reference()
        return TEXTS[kind].format(label=label, word=word, reference=reference, reference2=another)

    def _reference(self) -> str:
        """Refer to anything, or to what is no more, or to nothing."""
        page = self._chance.choice([*self._pages, "page0"])
        things = [("page", page), ("chapter", page), ("entry", self._chance.choice(["wave", "tide"]))]
        blocks = [(kind, label) for blocks in self._pages.values() for kind, label, _ in blocks]
        kind, label = self._chance.choice([*things, *self._chance.choices(blocks or things, k=4)])
        kind = "any" if self._chance.random() < 0.1 else kind
        return REFERENCES.get(kind, "And so on.").format(label)

    def _some(self) -> tuple[str, int]:
        """Return a page that has blocks, and the place of one of them."""
        name = self._chance.choice([name for name, blocks in self._pages.items() if blocks])
        return name, self._chance.randrange(len(self._pages[name]))

    def _change_block(self) -> str:
        name, at = self._some()
        kind, label, _ = self._pages[name][at]
        self._pages[name][at] = (kind, label, self._text(kind, label))
        return f"{name}: {label} changed"

    def _insert_block(self) -> str:
        name = self._chance.choice(list(self._pages))
        block = self._block()
        self._pages[name].insert(self._chance.randint(0, len(self._pages[name])), block)
        return f"{name}: {block[1]} inserted"

    def _remove_block(self) -> str:
        name, at = self._some()
        if len(self._pages[name]) == 1:
            return self._insert_block()
        return f"{name}: {self._pages[name].pop(at)[1]} removed"

    def _move_block(self) -> str:
        name, at = self._some()
        if len(self._pages[name]) == 1:
            return self._insert_block()
        block = self._pages[name].pop(at)
        other = self._chance.choice(list(self._pages))
        self._pages[other].insert(self._chance.randint(0, len(self._pages[other])), block)
        return f"{block[1]} moved from {name} to {other}"

    def _rename_label(self) -> str:
        name, at = self._some()
        kind, label, text = self._pages[name][at]
        self._count += 1
        other = f"{kind}-{self._count}"
        self._pages[name][at] = (kind, other, text.replace(label, other))
        if follow := self._chance.random() < 0.5:
            for blocks in self._pages.values():
                blocks[:] = [
                    (kind, own, text.replace(f"`{label}`", f"`{other}`")) for kind, own, text in blocks
                ]
        return f"{name}: {label} became {other}, references {'followed' if follow else 'did not'}"

    def _lists(self) -> list[list[str]]:
        return [pages for _, pages in self._parts] + list(self._below.values())

    def _insert_page(self) -> str:
        self._count += 1
        name = self._chance.choice(["page{}", "part/page{}"]).format(self._count)
        self._pages[name] = [self._block() for _ in range(2)]
        pages = self._chance.choice(self._lists())
        pages.insert(self._chance.randint(0, len(pages)), name)
        return f"{name} inserted"

    def _remove_page(self) -> str:
        name = self._chance.choice([name for name in self._pages if name not in self._below])
        if len(self._pages) < 4:
            return self._insert_page()
        del self._pages[name]
        forgotten = self._chance.random() < 0.3
        if not forgotten:
            for pages in self._lists():
                pages[:] = [page for page in pages if page != name]
        return f"{name} removed{', but still listed' if forgotten else ''}"

    def _move_page(self) -> str:
        lists = [pages for pages in self._lists() if any(page not in self._below for page in pages)]
        pages = self._chance.choice(lists)
        name = self._chance.choice([page for page in pages if page not in self._below])
        pages.remove(name)
        other = self._chance.choice(self._lists())
        other.insert(self._chance.randint(0, len(other)), name)
        return f"{name} moved"

    def _number_otherwise(self) -> str:
        at = self._chance.randrange(len(self._parts))
        options = self._chance.choice([NUMBERED, LETTERED, PLAIN])
        self._parts[at] = (options, self._parts[at][1])
        return f"part {at} has {options!r}"

    def _change_a_shared_file(self) -> str:
        name = self._chance.choice(
            ["img/square.svg", "book/pictures/square.svg", "book/included.txt", "bib", "bib"]
        )
        number = self._chance.randrange(10, 90)
        if name == "bib":
            self._wave, self._tide = self._chance.choice([(number, self._tide), (self._wave, 1900 + number)])
        else:
            self._write(name, SVG.format(number) if name.endswith("svg") else f"Included {number}.\n")
        return f"{name} changed"

    def _make_older(self) -> str:
        """Change a page, and let its file look older than it was."""
        said = self._change_block()
        self.write()
        path = self.folder / f"book/{said.partition(':')[0]}.md"
        os.utime(path, (1_500_000_000, 1_500_000_000))
        return f"{said}, and looks older"

    def _retitle_book(self) -> str:
        self._title = f"A book of {self._chance.randrange(100)}"
        return "the book's title changed"

    def _retitle_page(self) -> str:
        name = self._chance.choice(list(self._pages))
        self._headings[name] = f"Heading {self._chance.randrange(100)} of *it*"
        return f"{name} has another heading"

    def _show_otherwise(self) -> str:
        self._depth = self._chance.choice(DEPTHS)
        return f"the first page lists with {self._depth!r}"

    def _put_or_take_a_file(self) -> str:
        name = self._chance.choice(ABSENT)
        path = self.folder / name
        if path.exists():
            path.unlink()
            return f"{name} gone"
        self._write(name, SVG.format(12) if name.endswith("svg") else "It is there.\n")
        return f"{name} there"

    def _touch(self) -> str:
        path = self._chance.choice(sorted((self.folder / "book").rglob("*.md")))
        os.utime(path)
        return f"{path.stem} touched"

    def _take_back(self) -> str:
        """Have the texts as they were before the last edit that has not been taken back."""
        if not self._earlier:
            return self._touch()
        for name, value in self._earlier.pop().items():
            setattr(self, name, value)
        return "the last edit taken back"
