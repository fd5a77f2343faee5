"""A book as a list of things to prove: its code cells, and its references as the Markdown alone says, without Sphinx."""

import posixpath
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import unquote

import nbformat
import yaml
from lxml import html
from markdown_it.token import Token
from myst_parser.mdit_to_docutils.base import DocutilsRenderer
from myst_parser.parsers.mdit import create_md_parser

from toolchain.forms.sphinx_runs import facts_of
from toolchain.messages import report
from toolchain.model import CodeCell, Document
from toolchain.plan import planning
from toolchain.project import settings
from toolchain.project.settings import MYST_EXTENSIONS
from toolchain.sources import reading
from toolchain.sources.syntax import syntax_with
from toolchain.store.store import Store

GRAMMAR = create_md_parser(syntax_with(MYST_EXTENSIONS).myst, DocutilsRenderer)
DIRECTIVE = re.compile(r"\{(?P<name>[\w:.+-]+)\}[ \t]*(?P<argument>.*)")
TITLED = re.compile(r"^.*<(?P<target>[^<>]+)>$", re.DOTALL)
ROLES = {
    "ref": "std:ref",
    "numref": "std:numref",
    "eq": "math:eq",
    "doc": "std:doc",
    "term": "std:term",
    "download": "download",
}
CODE = {
    "code",
    "code-block",
    "sourcecode",
    "literalinclude",
    "raw",
    "math",
    "toctree",
    "bibliography",
    "eval-rst",
}
"""Directives in which there is no text."""


@dataclass(frozen=True)
class Cell:
    """A code cell that has to have run."""

    document: Document
    cell: CodeCell

    def __str__(self) -> str:
        return f"{_below_book(self.document)}::cell {self.cell.number} [line {self.cell.line}]"


@dataclass(frozen=True)
class Mention:
    """A reference that has to lead somewhere."""

    document: Document
    role: str
    target: str
    line: int
    again: int = 0
    """How often the line has had the same reference before."""

    def __str__(self) -> str:
        again = f" #{self.again + 1}" if self.again else ""
        return f"{_below_book(self.document)}:{self.line} {self.role} {self.target}{again}"


def _below_book(document: Document) -> str:
    return document.path.removeprefix("book/")


def cells_of(project: Path) -> list[Cell]:
    """Return all code cells of a book, in reading order."""
    return [Cell(document, cell) for document in documents_of(project) for cell in document.cells]


def mentions_of(project: Path) -> list[Mention]:
    """Return all references that the pages of a book write, in reading order."""
    mentions = []
    for document in documents_of(project):
        path = project / document.path
        if path.suffix != ".md":
            continue
        counts: Counter[tuple[str, str, int]] = Counter()
        for reference in references(path.read_text(encoding="utf-8")):
            mentions.append(Mention(document, *reference, again=counts[reference]))
            counts[reference] += 1
    return mentions


def documents_of(project: Path) -> tuple[Document, ...]:
    return reading.read(settings.load(project), remember=False).documents


class Built:
    """What the build of a book has left: results by the keys of today's sources, and the site."""

    def __init__(self, project: Path) -> None:
        self._project = project
        self._settings = settings.load(project)
        self._store = Store(self._settings.store)
        plan = planning.plan_of_project(self._settings, self._store)
        self._planned = {planned.document.name: planned for planned in plan.notebooks}
        reports = report.read(self._settings.report)
        self._reports = {notebook.name: notebook for notebook in (reports.notebooks if reports else ())}
        self._facts = facts_of(self._settings)
        self._pages: dict[str, tuple[frozenset[str], frozenset[str]]] = {}

    def problem_of_cell(self, expected: Cell) -> str:
        """Say what is wrong with a code cell's result; empty if it ran as it should.

        Raises NotReachedError if an earlier cell of its notebook failed.
        """
        name, cell = expected.document.name, expected.cell
        planned, reported = self._planned[name], self._reports.get(name)
        place = f"{expected.document.path}:{cell.line}: cell {cell.number}"
        if planned.record is not None:
            content = self._store.read(planned.record.blob)
            return (
                _problem(content.decode(), expected, place) if content else f"{place}: its result is damaged"
            )
        if reported is None or reported.failure is None or reported.key != planned.key:
            return f"{place}: no result: {reported.reason if reported else planned.because}"
        failure = reported.failure
        if failure.cell and cell.number > failure.cell:
            raise NotReachedError(f"cell {failure.cell} failed before")
        if cell.number < failure.cell:
            partial = self._settings.build / "failed" / f"{name}.ipynb"
            return _problem(partial.read_text(encoding="utf-8"), expected, place)
        return "\n\n".join((f"{place}: {failure.message}", cell.source, failure.traceback))

    def problem_of_mention(self, mention: Mention) -> str:
        """Say what is wrong with a reference; empty if the page of its source has a link that leads to its target."""
        read = {
            (reference.target, reference.line)
            for reference in self._facts.pages[mention.document.name].references
        }
        line = (
            (self._project / mention.document.path).read_text(encoding="utf-8").splitlines()[mention.line - 1]
        )
        place = f"{mention.document.path}:{mention.line}: {mention.role} {mention.target}"
        if mention.role != "link" and (mention.target, mention.line) not in read:
            return f"{place}: Sphinx has read no such reference\n\n    {line}"
        targets = self._places(mention)
        if self._links(mention.document.name) & targets:
            return ""
        return f"{place}: its page has no link that leads there\n\n    {line}"

    def _places(self, mention: Mention) -> frozenset[tuple[str, str]]:
        """Return the places in the site that would do: page and fragment, or a file's name."""
        folder = PurePosixPath(mention.document.name).parent
        target, _, fragment = mention.target.partition("#")
        if mention.role == "download" or (mention.role == "link" and target and not _is_page(target)):
            return frozenset({(PurePosixPath(target).name, "")})
        if mention.role == "std:doc" or (mention.role == "link" and target):
            page = posixpath.normpath(posixpath.join("/", folder, target)).strip("/")
            return frozenset({(f"{page.removesuffix('.md').removesuffix('.ipynb')}.html", fragment)})
        if mention.role == "std:term":
            return frozenset(
                link for link in self._links(mention.document.name) if link[1].startswith("term-")
            )
        name = fragment or target
        labelled = {
            (f"{label.page}.html", identifier)
            for label in self._facts.labels
            if name in label.names or name.lower() in label.names
            for identifier in label.ids
        }
        return frozenset(labelled | ({(f"{mention.document.name}.html", fragment)} if fragment else set()))

    def _links(self, page: str) -> frozenset[tuple[str, str]]:
        """Return where the links of a page lead, those to nothing left out."""
        page_name = f"{page}.html"
        targets = set()
        for href in self._page(page_name)[1]:
            address, _, fragment = unquote(href).partition("#")
            target = (
                posixpath.normpath(posixpath.join(posixpath.dirname(page_name), address))
                if address
                else page_name
            )
            file = self._settings.build / "html" / target
            if target.endswith(".html") and file.is_file():
                if not fragment or fragment in self._page(target)[0]:
                    targets.add((target, fragment))
            elif file.is_file():
                targets.add((file.name, ""))
        return frozenset(targets)

    def _page(self, name: str) -> tuple[frozenset[str], frozenset[str]]:
        if name not in self._pages:
            tree = html.parse(str(self._settings.build / "html" / name), html.HTMLParser(encoding="utf-8"))
            links = frozenset(
                href for href in tree.xpath("//article//a/@href") if not re.match(r"[a-z][a-z0-9+.-]*:", href)
            )
            self._pages[name] = (frozenset(tree.xpath("//@id")), links)
        return self._pages[name]


class NotReachedError(Exception):
    """A cell that was not run, because an earlier one failed."""


def _is_page(target: str) -> bool:
    return PurePosixPath(target).suffix in ("", ".md", ".ipynb")


def _problem(notebook: str, expected: Cell, place: str) -> str:
    """Say what an executed notebook shows that a cell's source does not allow."""
    cells = [cell for cell in nbformat.reads(notebook, as_version=4).cells if cell.cell_type == "code"]
    if expected.cell.number > len(cells):
        return f"{place}: its result has {len(cells)} cells"
    ran = cells[expected.cell.number - 1]
    if ran.source != expected.cell.source:
        return f"{place}: its result is of another source:\n\n{ran.source}"
    skipped = "skip-execution" in expected.cell.tags or not ran.source.strip()
    if ran.execution_count is None and not skipped:
        return f"{place}: was not run\n\n{ran.source}"
    allowed = expected.document.allow_errors or "raises-exception" in expected.cell.tags
    errors = [output for output in ran.outputs if output.output_type == "error"]
    if errors and not allowed:
        return "\n\n".join(
            (f"{place}: {errors[0].ename}: {errors[0].evalue}", ran.source, *errors[0].traceback)
        )
    return ""


def references(markdown: str) -> Iterator[tuple[str, str, int]]:
    """Yield role, target and line of each reference of a page."""
    front = re.match(r"---\n.*?\n---\n", markdown, re.DOTALL)
    text = "\n" * front.group(0).count("\n") + markdown[front.end() :] if front else markdown
    yield from _of_tokens(GRAMMAR.parse(text), 0)


def _of_tokens(tokens: list[Token], offset: int) -> Iterator[tuple[str, str, int]]:
    line = 0
    for token in tokens:
        line = token.map[0] + 1 if token.map else line
        if token.type == "inline":
            yield from _of_line(token.children or [], line + offset)
        elif token.type in ("fence", "colon_fence") and (match := DIRECTIVE.match(token.info.strip())):
            yield from _of_directive(match["name"], match["argument"], token.content, line + offset)


def _of_line(tokens: list[Token], line: int) -> Iterator[tuple[str, str, int]]:
    for token in tokens:
        if token.type in ("softbreak", "hardbreak"):
            line += 1
        elif token.type == "myst_role":
            yield from _of_role(token.meta["name"], token.content, line)
            line += token.content.count("\n")
        elif token.type == "link_open":
            address = unquote(str(token.attrs["href"]))
            if not re.match(r"[a-z][a-z0-9+.-]*:", address):
                yield ("link", address, line)
        else:
            line += token.content.count("\n")


def _of_role(name: str, content: str, line: int) -> Iterator[tuple[str, str, int]]:
    titled = TITLED.match(content)
    target = titled["target"] if titled else content
    if name.startswith("cite"):
        yield from ((name, key.strip(), line) for key in content.split(","))
    elif name in ROLES:
        yield (ROLES[name], target, line)


def _of_directive(name: str, argument: str, content: str, line: int) -> Iterator[tuple[str, str, int]]:
    if name in CODE:
        return
    lines = content.splitlines()
    skipped, options = _options(lines)
    if name == "code-cell":
        caption = ((options.get("mystnb") or {}).get("figure") or {}).get("caption", "")
        yield from _of_tokens(GRAMMAR.parse(str(caption)), line - 1)
        return
    yield from _of_tokens(GRAMMAR.parse(argument), line - 1)
    yield from _of_tokens(GRAMMAR.parse("\n".join(lines[skipped:])), line + skipped)


def _options(lines: list[str]) -> tuple[int, dict[str, Any]]:
    """Return how many lines a directive's options take, and those that are written as YAML."""
    if lines and lines[0].strip() == "---":
        end = next((n for n, line in enumerate(lines[1:], 1) if line.strip() == "---"), 0)
        options = yaml.safe_load("\n".join(lines[1:end])) if end else {}
        return end + 1, options if isinstance(options, dict) else {}
    count = next((n for n, line in enumerate(lines) if not re.match(r":[\w-]+:", line)), len(lines))
    return count, {}
