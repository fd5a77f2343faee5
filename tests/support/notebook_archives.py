"""What tests ask of notebooks in a zip: their sections, their Markdown, where their links lead."""

import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import nbformat

from toolchain.forms.notebooks.reading.archives import Archives

HEADING = re.compile(r"^#+ (?:[\dA-Z]+(?:\.\d+)* )?(.+?) <a id=")


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
            flags = " ".join([*sorted(metadata), *cell.metadata.get("tags", [])])
            sections[title].append(f"[code{' ' * bool(flags)}{flags}]\n{cell.source}")
            continue
        if match := HEADING.match(cell.source):
            title = match[1]
            assert title not in sections
        sections.setdefault(title, []).append(cell.source)
    return {name: "\n\n".join(cells) for name, cells in sections.items()}


def markdown_of(notebook: nbformat.NotebookNode) -> Iterator[str]:
    yield from (cell.source for cell in notebook.cells if cell.cell_type == "markdown")


def bad_links(bundle: Path) -> list[str]:
    """Return the links of a bundle that lead neither to a place in it nor away from it, to the site or elsewhere."""
    archives = Archives([bundle], bundle.parent, {}, {})
    return [f"{lost.notebook.name}: {lost.link}" for lost in archives.lost(archives.zips[0])]
