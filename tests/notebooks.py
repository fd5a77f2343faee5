"""What tests ask of notebooks in a zip: their sections, the grammar of their Markdown, where their links lead."""

import posixpath
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import nbformat
from markdown_it.token import Token
from myst_parser.config.main import MdParserConfig
from myst_parser.mdit_to_docutils.base import DocutilsRenderer
from myst_parser.parsers.mdit import create_md_parser

from toolchain.settings import MYST_EXTENSIONS

EXTENSIONS = {*MYST_EXTENSIONS, "substitution", "attrs_block", "fieldlist", "tasklist"} - {"amsmath"}
GRAMMAR = create_md_parser(MdParserConfig(enable_extensions=EXTENSIONS), DocutilsRenderer)
FORBIDDEN = re.compile(r"myst_|colon_fence|substitution|footnote|front_matter|directive|dl_open")
ROLE = re.compile(r"\{[\w:.+-]+\}`")
HEADING = re.compile(r"^#+ (?:[\dA-Z]+(?:\.\d+)* )?(.+?) <a id=")
PLACE = re.compile(r'<a id="([^"]+)"></a>')


def notebooks_of(bundle: Path) -> dict[str, nbformat.NotebookNode]:
    """Return the notebooks of a zip by their names in it."""
    with zipfile.ZipFile(bundle) as archive:
        names = sorted(name for name in archive.namelist() if name.endswith(".ipynb"))
        return {name: nbformat.reads(archive.read(name).decode(), as_version=4) for name in names}


def sections_of(notebook: nbformat.NotebookNode) -> dict[str, str]:
    """Return the cells of each section as one text, by its title; a code cell is announced by its metadata."""
    sections: dict[str, list[str]] = {}
    title = ""
    for cell in notebook.cells:
        if cell.cell_type == "code":
            metadata = dict(cell.metadata.get("jupyter", {}))
            said = " ".join([*sorted(metadata), *cell.metadata.get("tags", [])])
            sections[title].append(f"[code{' ' * bool(said)}{said}]\n{cell.source}")
            continue
        if found := HEADING.match(cell.source):
            title = found[1]
            assert title not in sections
        sections.setdefault(title, []).append(cell.source)
    return {name: "\n\n".join(cells) for name, cells in sections.items()}


def markdown_of(notebook: nbformat.NotebookNode) -> Iterator[str]:
    yield from (cell.source for cell in notebook.cells if cell.cell_type == "markdown")


def tokens_of(markdown: str) -> Iterator[Token]:
    """Yield all tokens that MyST's own parser finds."""
    for token in GRAMMAR.parse(markdown):
        yield token
        yield from token.children or ()


def syntax_of_ours(markdown: str) -> list[str]:
    """Return what is MyST's or Sphinx's in a Markdown cell, and would stand there as characters."""
    found = []
    for token in tokens_of(markdown):
        is_directive = token.type == "fence" and token.info.strip().startswith("{")
        is_role = token.type in ("text", "html_inline", "html_block") and ROLE.search(token.content)
        if FORBIDDEN.search(token.type) or is_directive or is_role:
            found.append(f"{token.type}: {token.info} {token.content}")
    return found


def links_of(markdown: str) -> Iterator[str]:
    """Yield where the links and the images of a cell lead."""
    for token in tokens_of(markdown):
        if token.type in ("link_open", "image"):
            yield str(token.attrs["href" if token.type == "link_open" else "src"])


def bad_links(bundle: Path) -> list[str]:
    """Return the links of a bundle that lead neither to a place in it nor away from it, to the site or elsewhere."""
    notebooks = notebooks_of(bundle)
    with zipfile.ZipFile(bundle) as archive:
        files = set(archive.namelist())
    places = {
        name: {place for text in markdown_of(each) for place in PLACE.findall(text)}
        for name, each in notebooks.items()
    }
    bad = []
    for name, notebook in notebooks.items():
        for link in (link for text in markdown_of(notebook) for link in links_of(text)):
            if re.match(r"https?://|mailto:", link):
                continue
            path, _, fragment = unquote(link).partition("#")
            target = posixpath.normpath(posixpath.join(posixpath.dirname(name), path)) if path else name
            if target not in files or (fragment and fragment not in places.get(target, ())):
                bad.append(f"{name}: {link}")
    return bad
