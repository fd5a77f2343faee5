"""A book that is edited at random: whatever an author may do to it, good or not, by a seed."""

import json
import os
import re
import shutil
from copy import deepcopy
from pathlib import Path
from random import Random
from typing import Any

from support.places import TESTS
from support.random_blocks import (
    ABSENT,
    BOOK_TOML,
    CELLS,
    CONF,
    DEPTHS,
    FILES,
    FRONTS,
    IDENTIFIERS,
    LETTERED,
    LISTINGS,
    NUMBERED,
    PLAIN,
    RARE,
    REFERENCES,
    SETTINGS,
    TAGS,
    TEXTS,
)

CELL = re.compile(r"```{code-cell} ipython3\n(?::tags: \[(?P<tag>.*)\]\n)?(?P<code>.*)\n```\n", re.DOTALL)

STATE = (
    "_pages",
    "_parts",
    "_below",
    "_headings",
    "_fronts",
    "_notebooks",
    "_depth",
    "_title",
    "_settings",
    "_files",
)


class RandomBook:
    """Pages of blocks, listed in toctrees of the first page, or of another page."""

    def __init__(self, folder: Path, seed: int) -> None:
        """Write a first state of it, below a folder."""
        self.folder = folder
        self._chance = Random(seed)  # noqa: S311 - to be repeated, not to be secret
        self._count = 0
        self._title = "A book"
        self._headings: dict[str, str] = {}
        """Of pages, where they are not their names."""
        self._fronts: dict[str, str] = {}
        """What the front matter of pages says besides."""
        self._notebooks: set[str] = set()
        """The pages that are .ipynb files."""
        self._depth = ""
        self._settings = dict.fromkeys(SETTINGS, "")
        self._files = {name: shapes[0] and shapes[0].format(10) for name, shapes in FILES.items()}
        self._earlier: list[Any] = []
        for name in ("book/part", "_config"):
            (folder / name).mkdir(parents=True)
        shutil.copytree(TESTS / "kernel", folder / "_config/kernel")
        self._pages: dict[str, list[tuple[str, str, str]]] = {}
        """By their names: kind, label and text of each block."""
        self._parts = [(NUMBERED, ["page1"]), (LETTERED, ["page2"]), (PLAIN, ["page3"])]
        self._below: dict[str, list[str]] = {"page1": ["page4"]}
        for number in range(1, 5):
            self._pages[f"page{number}"] = [self._block() for _ in range(4)]
        self.write()

    def edit(self) -> str:
        """Change something, or several things at once, and say what."""
        count = self._chance.choices([1, 2, 4], [8, 2, 1])[0]
        return "; ".join(self._edit() for _ in range(count))

    def _edit(self) -> str:
        edits = {
            self._change_block: 6,
            self._insert_block: 5,
            self._remove_block: 3,
            self._move_block: 2,
            self._rename_label: 3,
            self._insert_page: 2,
            self._remove_page: 1,
            self._rename_page: 2,
            self._move_page: 2,
            self._rename_by_case: 1,
            self._link_a_file: 1,
            self._copy_a_block: 1,
            self._swap_parts: 1,
            self._list_otherwise: 2,
            self._change_a_file: 4,
            self._set_otherwise: 1,
            self._front_otherwise: 1,
            self._save_in_the_other_format: 1,
            self._make_older: 1,
            self._retitle_book: 1,
            self._retitle_page: 2,
            self._show_otherwise: 1,
            self._put_or_take_a_file: 2,
            self._touch: 1,
            self._take_back: 4,
        }
        (change,) = self._chance.choices(list(edits), list(edits.values()))
        state = deepcopy({name: getattr(self, name) for name in STATE})
        said = change()
        if change != self._take_back:
            self._earlier.append(state)
        self.write()
        return said

    def write(self) -> None:
        """Write every file that is not as it should be, and remove those that are gone."""
        pages = {"book/index.md": self._index()}
        for name, blocks in self._pages.items():
            suffix, text = (
                ("ipynb", self._notebook(name, blocks))
                if name in self._notebooks
                else ("md", self._markdown(name, blocks))
            )
            pages[f"book/{name}.{suffix}"] = text
        book, tables = (self._settings[name] for name in ("book", "tables"))
        files: dict[str, str | None] = {
            **dict.fromkeys(
                path.relative_to(self.folder).as_posix()
                for suffix in ("md", "ipynb")
                for path in (self.folder / "book").rglob(f"*.{suffix}")
            ),
            **self._files,
            **pages,
            "_config/book.toml": BOOK_TOML.format(title=self._title, book=book, tables=tables),
        }
        for name, content in files.items():
            if content is None:
                (self.folder / name).unlink(missing_ok=True)
            else:
                self._write(name, content)

    def _markdown(self, name: str, blocks: list[tuple[str, str, str]]) -> str:
        has_cells = any(kind in CELLS for kind, _, _ in blocks)
        front = ["file_format: mystnb", "kernelspec:", "  name: python3"] if has_cells else []
        front += [self._fronts[name]] if name in self._fronts else []
        head = "\n".join(("---", *front, "---\n\n")) if front else ""
        return head + self._top(name) + "\n".join(text for _, _, text in blocks) + self._bottom(name)

    def _notebook(self, name: str, blocks: list[tuple[str, str, str]]) -> str:
        front = f"---\n{self._fronts[name]}\n---\n\n" if name in self._fronts else ""
        cells = [_cell("markdown", front + self._top(name))]
        for kind, _, text in blocks:
            found = CELL.fullmatch(text)
            if kind in CELLS and found:
                metadata = {"tags": [found["tag"]]} if found["tag"] else {}
                cells.append(
                    _cell("code", found["code"], execution_count=None, outputs=[], metadata=metadata)
                )
            else:
                cells.append(_cell("markdown", text))
        cells += [_cell("markdown", bottom)] if (bottom := self._bottom(name)) else []
        cells = [{**cell, "id": f"cell-{number}"} for number, cell in enumerate(cells)]
        kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
        notebook = {"cells": cells, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}
        return json.dumps(notebook, indent=1) + "\n"

    def _top(self, name: str) -> str:
        return f"(chap-{name})=\n# {self._headings.get(name, name.title())}\n\n"

    def _bottom(self, name: str) -> str:
        below = self._below.get(name, ())
        return self._toctree("", below) if below else ""

    def _index(self) -> str:
        parts = ((f"{options}\n{self._depth}".strip(), pages) for options, pages in self._parts)
        toctrees = "".join(self._toctree(options, pages) for options, pages in parts if pages)
        return f"# {self._title}\n\n{toctrees}\n```{{bibliography}}\n```\n"

    @staticmethod
    def _toctree(options: str, pages: "list[str] | tuple[str, ...]") -> str:
        entries = [f"/{page}" for page in pages] + (["/part/*"] if ":glob:" in options else [])
        if ":reversed:" in options:
            entries = [f"Another title <{entry}>" for entry in entries] + ["Outside <https://example.org>"]
        return "\n```{toctree}\n" + "\n".join((options, "", *entries)).lstrip() + "\n```\n"

    def _write(self, name: str, text: str) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")

    def _block(self) -> tuple[str, str, str]:
        self._count += 1
        (kind,) = self._chance.choices(list(TEXTS), [RARE.get(kind, 1.0) for kind in TEXTS])
        label = f"{kind}_{self._count}" if kind in IDENTIFIERS else f"{kind}-{self._count}"
        return kind, label, self._text(kind, label)

    def _text(self, kind: str, label: str) -> str:
        glued = [
            (own, page) for page, blocks in self._pages.items() for kind, own, _ in blocks if kind == "glued"
        ]
        pasted, page = self._chance.choice(glued or [("nothing", "page1")])
        return TEXTS[kind].format(
            label=label,
            word=self._chance.randrange(100),
            tag=self._chance.choice(TAGS),
            glued=pasted,
            page=f"/{page}",
            reference=self._reference(),
            reference2=self._reference(),
        )

    def _reference(self) -> str:
        """Refer to anything, or to what is no more, or to nothing."""
        page = self._chance.choice([*self._pages, "page0"])
        work = self._chance.choice(["wave", "tide", "foam"])
        things = [("page", page), ("chapter", page), ("entry", work)]
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
        other = f"{kind}{label[len(kind)]}{self._count}"
        self._pages[name][at] = (kind, other, text.replace(label, other))
        if follow := self._chance.random() < 0.5:
            for old, new in ((f"`{label}`", f"`{other}`"), (f"<{label}>", f"<{other}>")):
                self._replace(old, new)
        return f"{name}: {label} became {other}, references {'followed' if follow else 'did not'}"

    def _replace(self, old: str, new: str) -> None:
        for blocks in self._pages.values():
            blocks[:] = [(kind, label, text.replace(old, new)) for kind, label, text in blocks]

    def _lists(self) -> list[list[str]]:
        return [pages for _, pages in self._parts] + list(self._below.values())

    def _insert_page(self) -> str:
        self._count += 1
        name = self._chance.choice(["page{}", "part/page{}"]).format(self._count)
        self._pages[name] = [self._block() for _ in range(2)]
        pages = self._chance.choice(self._lists())
        pages.insert(self._chance.randint(0, len(pages)), name)
        if chapter := self._chance.random() < 0.3:
            above = self._chance.choice([page for page in self._pages if page != name])
            pages.remove(name)
            self._below.setdefault(above, []).append(name)
        return f"{name} inserted{f' below {above}' if chapter else ''}"

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

    def _rename_page(self) -> str:
        name = self._chance.choice(list(self._pages))
        self._count += 1
        other = self._chance.choice(["page{}", "part/page{}"]).format(self._count)
        self._call_page(name, other)
        if follow := self._chance.random() < 0.5:
            for old, new in ((f"`{name}`", f"`/{other}`"), (f"]({name}.md)", f"](/{other}.md)")):
                self._replace(old, new)
        return f"{name} became {other}, references {'followed' if follow else 'did not'}"

    def _call_page(self, name: str, other: str) -> None:
        mappings: tuple[dict[str, Any], ...] = (self._pages, self._below, self._headings, self._fronts)
        for mapping in mappings:
            if name in mapping:
                mapping[other] = mapping.pop(name)
        self._notebooks = {other if page == name else page for page in self._notebooks}
        for pages in self._lists():
            pages[:] = [other if page == name else page for page in pages]

    def _rename_by_case(self) -> str:
        """Spell a page's name in capitals, or no longer; on some systems that is the same file."""
        name = self._chance.choice(list(self._pages))
        folder, _, stem = name.rpartition("/")
        other = f"{folder}/{stem.swapcase()}".lstrip("/")
        self._call_page(name, other)
        return f"{name} became {other}"

    def _link_a_file(self) -> str:
        """Have a link in a file's place, which leads to what the file was."""
        name = self._chance.choice([name for name, content in self._files.items() if content is not None])
        path = self.folder / name
        real = path.with_name(f"linked-{path.name}")
        if path.is_symlink():
            path.unlink()
            real.rename(path)
            return f"{name} is no link any more"
        path.rename(real)
        path.symlink_to(real.name)
        return f"{name} is a link"

    def _copy_a_block(self) -> str:
        """Have a block in two places, with its label."""
        name, at = self._some()
        block = self._pages[name][at]
        other = self._chance.choice(list(self._pages))
        self._pages[other].insert(self._chance.randint(0, len(self._pages[other])), block)
        return f"{block[1]} of {name} copied to {other}"

    def _move_page(self) -> str:
        lists = [pages for pages in self._lists() if any(page not in self._below for page in pages)]
        if not lists:
            return self._insert_page()
        pages = self._chance.choice(lists)
        name = self._chance.choice([page for page in pages if page not in self._below])
        pages.remove(name)
        other = self._chance.choice(self._lists())
        other.insert(self._chance.randint(0, len(other)), name)
        return f"{name} moved"

    def _swap_parts(self) -> str:
        self._parts.insert(0, self._parts.pop(self._chance.randrange(len(self._parts))))
        return "another part comes first"

    def _list_otherwise(self) -> str:
        at = self._chance.randrange(len(self._parts))
        options = self._chance.choice(LISTINGS)
        self._parts[at] = (options, self._parts[at][1])
        return f"part {at} has {options!r}"

    def _change_a_file(self) -> str:
        name = self._chance.choice([*FILES, "bib/waves.bib", "_config/conf.py"])
        shape = self._chance.choice(FILES[name])
        self._files[name] = shape and shape.format(self._chance.randrange(10, 90))
        said = (shape or "gone").removeprefix(CONF) or "nothing"
        return f"{name} changed: {said[:60]!r}"

    def _set_otherwise(self) -> str:
        where = self._chance.choice(list(SETTINGS))
        self._settings[where] = self._chance.choice(SETTINGS[where]).format(self._chance.randrange(10, 90))
        return f"book.toml has {self._settings[where]!r}"

    def _front_otherwise(self) -> str:
        name = self._chance.choice(list(self._pages))
        if self._fronts.pop(name, "") and self._chance.random() < 0.5:
            return f"{name} has no front matter of its own"
        self._fronts[name] = self._chance.choice(FRONTS)
        return f"{name} has the front matter {self._fronts[name]!r}"

    def _save_in_the_other_format(self) -> str:
        name = self._chance.choice(list(self._pages))
        self._notebooks ^= {name}
        return f"{name} is {'now' if name in self._notebooks else 'no longer'} an .ipynb"

    def _make_older(self) -> str:
        """Change a page, and let its file look older than it was."""
        said = self._change_block()
        self.write()
        name = said.partition(":")[0]
        path = self.folder / f"book/{name}.{'ipynb' if name in self._notebooks else 'md'}"
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
        there = self._files[name] is None
        self._files[name] = (FILES[name][1] or "").format(12) if there else None
        return f"{name} {'there' if there else 'gone'}"

    def _touch(self) -> str:
        path = self._chance.choice(sorted((self.folder / "book").rglob("*.md")))
        os.utime(path)
        return f"{path.stem} touched"

    def _take_back(self) -> str:
        """Have everything as it was before the last edit that has not been taken back."""
        if not self._earlier:
            return self._touch()
        for name, value in self._earlier.pop().items():
            setattr(self, name, value)
        return "the last edit taken back"


def _cell(kind: str, source: str, **more: Any) -> dict[str, Any]:
    return {"cell_type": kind, "metadata": {}, "source": source, **more}
