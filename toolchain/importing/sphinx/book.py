"""A project of Sphinx with MyST-NB becomes a draft."""

import ast
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from toolchain.base.decoding import read_loosely, read_text
from toolchain.base.errors import ConfigError
from toolchain.base.patterns import matcher
from toolchain.importing import markdown, restructured, titles
from toolchain.importing.draft import AT_THE_TOP, NOTEBOOK, Draft, Page
from toolchain.importing.ledger import Place
from toolchain.importing.notebooks import requirements
from toolchain.importing.sphinx.code import Carried
from toolchain.importing.sphinx.conf import Code, ConfPy
from toolchain.importing.sphinx.options import Options, moved, patterns
from toolchain.model.contents import BookContents
from toolchain.project.reach import TEXT

TITLE = "a project of Sphinx"
CONF = "conf.py"
FOLDERS = ("", "docs/", "source/", "doc/", "docs/source/", "doc/source/")
"""Where such a project has its pages and its conf.py."""
RESTRUCTURED, MARKDOWN = restructured.RESTRUCTURED, restructured.MARKDOWN
SUFFIXES = (RESTRUCTURED, ".txt", MARKDOWN, ".myst", NOTEBOOK)
"""Of the files of pages, with all that reads them."""
OF_MYST = ("myst_nb", "myst_parser", "recommonmark")
OF_NOTEBOOKS = ("myst_nb", "nbsphinx")
ROOTS = ("root_doc", "master_doc")
NAMED_ROOT = re.compile(r"^(?:root_doc|master_doc)\s*=\s*[\"'](?P<name>[^\"']+)", re.MULTILINE)
UNREAD = ("**/.*", "_build/**", "**/.ipynb_checkpoints/**")
MAKE, RUNS = ("Makefile", "make.bat"), "SPHINXBUILD"
"""Files that Sphinx has written to be run with, and what they have in common."""
NO_MATHEMATICS = "a dollar is no mathematics where `dollarmath` is not enabled"
DOLLAR = re.compile(r"(?<!\\)\$")
WORDS = 60
"""Characters of code that the ledger shows."""


def recognises(files: Iterable[str], read: Any) -> bool:
    """Say whether a folder has a conf.py beside a first page."""
    return _folder(set(files), read) is not None


def _folder(files: set[str], read: Any) -> str | None:
    for folder in FOLDERS:
        if f"{folder}{CONF}" in files:
            named = NAMED_ROOT.search(read(f"{folder}{CONF}"))
            roots = ("index", "contents", *([named["name"]] if named else []))
            if any(f"{folder}{root}{suffix}" in files for root in roots for suffix in SUFFIXES):
                return folder
    return None


def take(draft: Draft) -> None:
    """Turn a project into a draft. Raises ConfigError if there is no conf.py that can be read, or no first page."""
    there = [folder for folder in FOLDERS if f"{folder}{CONF}" in draft.found]
    if not there:
        raise ConfigError(
            f"{draft.folder}: has no {CONF}, nor have {', '.join(folder for folder in FOLDERS if folder)} in it",
            remedy="Name the folder that has it, or the one above.",
        )
    found = _folder(set(draft.found), lambda name: read_loosely(draft.found[name]))
    draft.base = there[0] if found is None else found
    path = f"{draft.base}{CONF}"
    conf = ConfPy(
        read_text(draft.found[path], path, ConfigError, TEXT),
        path,
        str(Path(draft.folder.resolve(), draft.base)),
    )
    options = Options(draft, conf, path)
    pages = _Pages(draft, options)
    pages.add()
    _require_root(draft, options, pages.suffixes, path)
    titles.complete(draft)
    carried = Carried(
        conf,
        moved,
        lambda name: any(options.where.has_module(name, one) for one in options.where.own_folders()),
    )
    options.apply(_unused(conf, carried))
    _carry(draft, carried, path)
    if any(page.runs for page in draft.pages.values()):
        draft.requirements = _requirements(draft)
    draft.add_files(path, *pages.doubles, *_commands(draft))
    _exclude(draft, options.listed("exclude_patterns"))


class _Pages:
    """The pages, as Sphinx finds them."""

    def __init__(self, draft: Draft, options: Options) -> None:
        self._draft, self._options = draft, options
        self.suffixes = suffixes = self._suffixes()
        skipped = matcher(
            (
                *UNREAD,
                *options.listed("exclude_patterns"),
                *options.listed("templates_path"),
                *options.listed("html_static_path"),
            )
        )
        wanted = matcher(options.listed("include_patterns") or ["**"])
        by_name: dict[str, list[str]] = {}
        for path in draft.found:
            within = path.removeprefix(draft.base)
            stem, dot, suffix = within.rpartition(".")
            if (
                path.startswith(draft.base)
                and f"{dot}{suffix}" in suffixes
                and not skipped(within)
                and wanted(within)
            ):
                by_name.setdefault(stem, []).append(path)
        of_name = [
            sorted(paths, key=lambda path: suffixes.index(f".{path.rpartition('.')[2]}"))
            for paths in by_name.values()
        ]
        paths = sorted(first for first, *_ in of_name)
        self.paths = [path for path in paths if not self._is_of_repository(path, paths)]
        self.doubles = {path: first for first, *others in of_name for path in others}
        """Files that would be a page that another file is, with that."""

    def _is_of_repository(self, path: str, paths: list[str]) -> bool:
        """Say whether a file at the top is about the repository, and no page says a word of it."""
        stem = path.partition(".")[0]
        if "/" in path or stem.lower() not in AT_THE_TOP:
            return False
        others = (read_loosely(self._draft.found[other]) for other in paths if other != path)
        return not any(re.search(rf"\b{re.escape(stem)}\b", text) for text in others)

    def _suffixes(self) -> list[str]:
        """Return the suffixes of pages, in the order in which Sphinx looks for them."""
        options = self._options
        said = options.value("source_suffix", str | list | tuple | dict, RESTRUCTURED)  # type: ignore[arg-type] # isinstance takes it
        suffixes = [said] if isinstance(said, str) else list(said)
        extensions = options.listed("extensions")
        if not extensions or any(name in extensions for name in OF_MYST):
            suffixes += [MARKDOWN]
        if not extensions or any(name in extensions for name in OF_NOTEBOOKS):
            suffixes += [".myst", NOTEBOOK]
        return [suffix for suffix in dict.fromkeys(suffixes) if suffix in SUFFIXES]

    def add(self) -> None:
        """Take all of them."""
        for path, first in self.doubles.items():
            self._draft.ledger.lose(
                Place(path), f"it would be the page that {first} is", "Give one of them another name."
            )
        before, after = (self._options.value(f"rst_{name}", str, "") for name in ("prolog", "epilog"))
        no_mathematics = not {"dollarmath", "amsmath"} & {*self._options.listed("myst_enable_extensions")}
        for path in self.paths:
            if path.endswith((RESTRUCTURED, ".txt")):
                restructured.add_page(self._draft, path, before, after)
                continue
            page = self._draft.add_page(path)
            if path.endswith(".myst"):
                page.target = page.name + MARKDOWN
            if no_mathematics and self._options.has("extensions"):
                _escape_dollars(page)


def _escape_dollars(page: Page) -> None:
    parser = markdown.parser(extensions=())
    for text in page.texts:
        for block in markdown.blocks(text, parser):
            for start, end in block.words:
                for dollar in DOLLAR.finditer(text.source, start, end):
                    text.insert(dollar.start(), "\\", NO_MATHEMATICS)


def _require_root(draft: Draft, options: Options, suffixes: list[str], path: str) -> None:
    """Have the first page called index. Raises ConfigError if there is none."""
    root = next((value for name in ROOTS if (value := options.value(name, str, ""))), "index")
    names = {page.name for page in draft.pages.values()}
    if root not in names and not options.has(*ROOTS) and "contents" in names:
        root = "contents"
    if root not in names:
        place = f"{path}:{options.line(*ROOTS)}" if options.has(*ROOTS) else path
        raise ConfigError(
            f"{place}: there is no first page: {draft.base}{root} with one of {', '.join(suffixes)}",
            remedy="Name the page that lists the others in conf.py, as `root_doc`.",
        )
    draft.contents = BookContents(path, root, {})


def _unused(conf: ConfPy, carried: Carried) -> frozenset[str]:
    """Return the names of settings that are only for other settings."""
    return frozenset(name for name in conf.settings if name.startswith("_") or name.isupper()) - carried.loads


def _carry(draft: Draft, carried: Carried, path: str) -> None:
    """Put the code that is carried into conf.py, and what became of each statement into the ledger."""
    draft.conf.code = carried.text()
    for code in carried.kept:
        draft.ledger.key(_place(path, code), _said(code), "the same code in conf.py")
    for code in carried.unneeded:
        draft.ledger.key(_place(path, code), _said(code), "nothing that is carried needs it")
    for code, what, remedy in carried.lost.values():
        draft.ledger.lose(_place(path, code), f"{_said(code)}: {what}", remedy)


def _place(path: str, code: Code) -> Place:
    return Place(path, line=code.line)


def _said(code: Code) -> str:
    """Return the beginning of a statement, for people."""
    first = ast.unparse(code.node).partition("\n")[0].replace("`", "'")
    return f"`{first if len(first) <= WORDS else first[: WORDS - 1] + '…'}`"


def _requirements(draft: Draft) -> tuple[Path, ...]:
    """Return the files that say what notebooks need: beside conf.py, or at the top."""
    beside = tuple(
        draft.found[name]
        for name in (f"{draft.base}requirements.txt", f"{draft.base}environment.yml")
        if name in draft.found
    )
    return beside or requirements(draft)


def _commands(draft: Draft) -> list[str]:
    """Return the files that only run Sphinx, and say what does that now."""
    named = {f"{folder}{name}" for folder in ("", *FOLDERS) for name in MAKE}
    found = [
        path for path in sorted(named) if path in draft.found and RUNS in read_loosely(draft.found[path])
    ]
    for path in found:
        draft.ledger.key(Place(path), f"`{path}`", "not taken: `toolchain build` does what it did")
    return found


def _exclude(draft: Draft, said: list[str]) -> None:
    """Leave out what conf.py says is no page, by its own patterns."""
    excluded = [*patterns(said)]
    fits = matcher(excluded)
    found = draft.toml.pop("sources", {}).get("exclude", [])
    needed = [one for one in found if not fits(re.sub(r"\[(.)\]", r"\1", one))]
    if names := [*excluded, *needed]:
        draft.toml["sources"] = {"exclude": names}
