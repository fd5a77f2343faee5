"""Notebooks to download: a zip per chapter and one for the book, unpacked to run as they are."""

import re
from pathlib import Path

import nbformat

from toolchain.archive import write_zip
from toolchain.files import files_below
from toolchain.library.index import DIRECTIVE, markdown
from toolchain.model import Book, Document, KernelIdentity, LibraryIndex
from toolchain.settings import DATA, Settings

FRONT_MATTER = re.compile(r"\A---[ \t]*\n.*?\n---[ \t]*\n", re.DOTALL)

README = """\
{title}

Needs Python {python}. In this folder:

    python{python} -m venv .venv && .venv/bin/pip install -r requirements.txt notebook
    .venv/bin/jupyter notebook book
"""


def write(
    settings: Settings,
    book: Book,
    kernel: KernelIdentity | None,
    library: LibraryIndex | None,
    wheel: Path | None,
) -> list[Path]:
    """Write all bundles and return their paths: chapters in order, then the book.

    `wheel` is the book's library, which lies in each of them: by its name the public index may know somebody else's.
    """
    folder = settings.build / "notebooks"
    common = _common(settings, kernel, wheel)
    chapters: dict[str, dict[str, bytes]] = {}
    for document in book.documents:
        chapters.setdefault(document.name.partition("/")[0] if document.chapter else "", {}).update(
            _entries(document, settings, library)
        )
    written = []
    for chapter in sorted(filter(None, chapters)):
        written.append(folder / f"{chapter}.zip")
        write_zip(written[-1], _below(written[-1].stem, common | chapters[chapter]))
    slug = settings.book.slug
    written.append(folder / f"{slug}.zip")
    whole = {name: data for entries in chapters.values() for name, data in entries.items()}
    write_zip(written[-1], _below(slug, common | whole))
    for stale in set(folder.glob("*.zip")) - set(written):
        stale.unlink()
    return written


def _below(folder: str, entries: dict[str, bytes]) -> dict[str, bytes]:
    return {f"{folder}/{name}": data for name, data in entries.items()}


def _common(settings: Settings, kernel: KernelIdentity | None, wheel: Path | None) -> dict[str, bytes]:
    """Return what every bundle has: how to start, the pins, the book's data."""
    python = kernel.python if kernel else settings.toml.kernel.python
    # Where notebooks run in the toolchain's own environment: it is on no index, and no notebook needs it.
    pins = [pin for pin in kernel.distributions if not pin.startswith("toolchain==")] if kernel else []
    pins += [f"./{wheel.name}"] if wheel else []
    readme = README.format(title=settings.book.title, python=python)
    entries = {"README.md": readme.encode(), "requirements.txt": "\n".join((*pins, "")).encode()}
    conda = settings.kernel_folder / "environment.yml"
    if conda.is_file():
        entries["environment.yml"] = conda.read_bytes()
    if wheel:
        entries[wheel.name] = wheel.read_bytes()
    for path in files_below(settings.project / DATA):
        entries[path.relative_to(settings.project).as_posix()] = path.read_bytes()
    return entries


def _entries(document: Document, settings: Settings, library: LibraryIndex | None) -> dict[str, bytes]:
    """Return a page's notebook, the images that it shows and the files that its code may read."""
    source = settings.project / document.path
    target = Path(document.path).with_suffix(".ipynb").as_posix()
    entries = {target: _notebook(document, source, library).encode()}
    files = [settings.project / each for each in document.images]
    for declared in document.declared.data:
        path = settings.project / declared
        files += [path] if path.is_file() else files_below(path)
    if document.chapter:
        files += [path for path in files_below(source.parent) if path.suffix not in (".md", ".ipynb")]
    return entries | {path.relative_to(settings.project).as_posix(): path.read_bytes() for path in files}


def _notebook(document: Document, source: Path, library: LibraryIndex | None) -> str:
    """Return the page as a notebook: its cells as they are in the source, without outputs and without our settings."""
    if document.notebook:
        notebook = nbformat.reads(document.notebook, as_version=4)
    else:
        text = FRONT_MATTER.sub("", source.read_text(encoding="utf-8"))
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell(text.strip(), id="cell-1")])
    notebook.metadata = {
        "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"},
        "language_info": {"name": "python"},
    } | ({"kernelspec": notebook.metadata["kernelspec"]} if "kernelspec" in notebook.metadata else {})
    for cell in notebook.cells:
        if library and cell.cell_type == "markdown":
            cell.source = DIRECTIVE.sub(lambda _: markdown(library, document.name), cell.source)
        tags = cell.metadata.get("tags", [])
        cell.metadata = {"tags": tags} if tags else {}
    return str(nbformat.writes(notebook)) + "\n"
