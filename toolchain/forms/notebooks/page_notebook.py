"""A page as a notebook to download: its cells, with outputs where the book wants them, its links, and the files that it needs."""

import posixpath
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

import nbformat
from msgspec import Struct
from nbformat import NotebookNode

from toolchain.base.digests import FileDigests
from toolchain.environment import kernelspecs
from toolchain.forms.copies import Content
from toolchain.forms.html.form import DOWNLOADS
from toolchain.forms.notebooks import links
from toolchain.forms.notebooks.archive_layout import named
from toolchain.forms.notebooks.attachments import attach
from toolchain.model import ABSENT, DeviceClass, Document, FileRecord, KernelIdentity, notebook_text
from toolchain.outputs import widgets
from toolchain.project.settings import Settings
from toolchain.project.words import in_language
from toolchain.sources.notebook_files import LISTED, NotebookFiles, Question

KEPT_TAGS = frozenset({"raises-exception", "skip-execution"})
"""Of the tags of cells those that Jupyter's own tools understand, too."""
HIDDEN = {
    "source_hidden": {"hide-input", "hide-cell", "remove-input", "remove-cell"},
    "outputs_hidden": {"hide-output", "hide-cell", "remove-output", "remove-cell"},
}
"""What Jupyter calls what our tags do."""
UNSEEN = Question.SIZES.about("")
"""Among the inputs of a run that has started a program, with the like of all folders: nobody sees what that asks."""
PYTHON = "python3"
"""ipykernel's kernel, which every Jupyter has."""
TOGETHER = "This notebook reads files that are not in it: the [archive of its chapter]({address}) has them."


class Material(Struct, frozen=True):
    """What the notebooks are made of, besides the book."""

    folder: Path
    """Where the text of the pages lies."""
    kernels: Mapping[DeviceClass, KernelIdentity]
    kernelspecs: Mapping[str, str]
    """The project's own, by the names of the kernels."""
    inputs: Callable[[str], tuple[FileRecord, ...] | None]
    """Gives the files that the result of a page depended on; None where there is no result."""
    executed: Callable[[str], bytes | None]
    """Gives what is shown of a notebook's result, by its page."""
    wheel: Path | None
    """The book's library, which lies in each bundle: by its name the public index may know somebody else's."""
    digests: FileDigests
    tools: str
    """Digest of what makes them."""


class PageNotebook:
    """A page's notebook, and the files that it shows and reads, as entries of a bundle or in one file."""

    def __init__(
        self, page: Document, names: Mapping[str, str], settings: Settings, material: Material
    ) -> None:
        """`names` are those of all notebooks in the archives, by their pages."""
        self._page = page
        self._names = names
        self._settings = settings
        self._executed = material.executed
        self._kernelspecs = material.kernelspecs
        self._text = notebook_text.read(material.folder, page.name)
        self._cells = self._code_cells(material)
        self._files = self._read_files(material)

    def within(self, bundle: frozenset[str]) -> dict[str, Content]:
        """Return the notebook, with links to the pages of its bundle, and the files that it shows and reads, by path."""
        return {self._names[self._page.name]: _text(self._notebook(bundle)), **self._files}

    def _notebook(self, bundle: frozenset[str]) -> NotebookNode:
        """Return the notebook; without a bundle it is alone."""
        cells = [
            self._markdown(part.markdown, bundle) if part.code is None else self._cells[part.code]
            for part in self._parts()
        ]
        for number, cell in enumerate(cells, start=1):
            cell["id"] = f"cell-{number}"
        metadata = {
            "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"},
            "language_info": {"name": self._language() or "python"},
        } | self._kernelspec()
        return nbformat.v4.new_notebook(cells=cells, metadata=metadata)

    def alone(self) -> bytes:
        """Return the notebook as one file: its images in it, all links to the site, those to other files to its archive."""
        name = self._names[self._page.name]
        notebook = self._notebook(frozenset())
        folder = posixpath.dirname(name)
        archive = self._archive()

        def to_archive(match: re.Match[str]) -> str:
            path = posixpath.normpath(posixpath.join(folder, unquote(match["address"])))
            return links.rewritten(match, archive) if path in self._files else match[0]

        for cell in notebook.cells:
            if cell.cell_type != "markdown":
                continue
            source, attachments = attach(cell.source, folder, self._files)
            cell.source = links.FILE.sub(to_archive, source)
            if attachments:
                cell.attachments = attachments
        if self._needs_archive():
            book = self._settings.book
            together = in_language(TOGETHER, book.language, book.words)
            text = (
                together.format(address=archive)
                if archive
                else together.replace("[", "").replace("]({address})", "")
            )
            notebook.cells.insert(0, nbformat.v4.new_markdown_cell(text, id="cell-0"))
        return _text(notebook)

    def _archive(self) -> str:
        """Return the address of the archive with the page's chapter; empty for a book without a site."""
        site = self._settings.book.site.rstrip("/")
        chapter = self._page.name.partition("/")[0] if self._page.chapter else self._settings.book.slug
        return f"{site}/{quote(f'{DOWNLOADS}/{chapter}')}.zip" if site else ""

    def _needs_archive(self) -> bool:
        """Say whether the notebook alone does not run: it needs the book's library, or files that it does not show."""
        library = self._settings.toml.library
        imports = library is not None and any(library.name in cell.source for cell in self._page.cells)
        return imports or bool(self._files.keys() - set(self._text.files))

    def _parts(self) -> Iterator[notebook_text.CellText]:
        """Yield the parts of the page, and the code cells that it does not show where they stand in its source."""
        shown = {part.code for part in self._text.parts}
        hidden = [place for place in sorted(self._cells) if place not in shown]
        text = ""
        for part in self._text.parts:
            place = part.place if part.code is None else part.code
            before = [cell for cell in hidden if place is None or cell < place]
            hidden = hidden[len(before) :]
            goes_on = part.code is None and not before and not part.markdown.startswith("#")
            if text and not goes_on:
                yield notebook_text.CellText(markdown=text)
                text = ""
            yield from (notebook_text.CellText(code=cell) for cell in before)
            if part.code is None:
                text = f"{text}\n\n{part.markdown}" if text else part.markdown
            else:
                yield part
        if text:
            yield notebook_text.CellText(markdown=text)
        yield from (notebook_text.CellText(code=cell) for cell in hidden)

    def _markdown(self, source: str, bundle: frozenset[str]) -> NotebookNode:
        return nbformat.v4.new_markdown_cell(
            links.LINK.sub(lambda match: links.rewritten(match, self._address(match, bundle)), source)
        )

    def _address(self, match: re.Match[str], bundle: frozenset[str]) -> str:
        """Return where a link to a page leads: within its bundle, or else to the site; empty if there is none.

        Without a bundle the notebook is alone, and has its page's name.
        """
        page, fragment = unquote(match["page"]), match["fragment"] or ""
        if page == self._page.name and not bundle:
            return fragment or quote(f"{posixpath.basename(page)}.ipynb")
        if page in bundle:
            folder = posixpath.dirname(self._names[self._page.name])
            return f"{quote(posixpath.relpath(self._names[page], folder))}{fragment}"
        site = self._settings.book.site.rstrip("/")
        return f"{site}/{quote(page)}.html{fragment}" if site else ""

    def _kernelspec(self) -> dict[str, Any]:
        if not self._page.notebook:
            return {}
        spec = nbformat.v4.reads(self._page.notebook).metadata.get("kernelspec")
        name = self._page.kernel_name
        own = self._kernelspecs.get(name, "")
        if name != PYTHON and (
            own or (spec and spec.get("name") != name) or not (spec or {}).get("display_name")
        ):
            # It ran in another one than its author's: what that is called nobody else knows.
            spec = kernelspecs.display(name, own) | (
                {"language": language} if (language := self._language()) else {}
            )
        return {"kernelspec": spec} if spec and spec.get("display_name") else {}

    def _language(self) -> str:
        """Return the language that the kernel of the stored result said it has, or else the page; empty if nobody says it."""
        if self._page.kernel_name == PYTHON or not self._page.notebook:
            return ""
        executed = self._executed(self._page.name)
        said = nbformat.v4.reads(executed.decode()).metadata if executed else {}
        return str(said.get("language_info", {}).get("name", "") or self._page.language)

    def _code_cells(self, material: Material) -> dict[int, NotebookNode]:
        """Return the code cells by their places: as in the source, with outputs where the book wants them."""
        if not self._page.notebook:
            return {}
        notebook = nbformat.v4.reads(self._page.notebook)
        code = {place: cell for place, cell in enumerate(notebook.cells) if cell.cell_type == "code"}
        executed = material.executed(self._page.name) if self._settings.toml.notebooks.outputs else None
        if executed:
            # The code is the page's, whoever has run it.
            results = [
                cell for cell in nbformat.v4.reads(executed.decode()).cells if cell.cell_type == "code"
            ]
            for cell, result in zip(code.values(), results, strict=True):
                cell.outputs = [nbformat.from_dict(output) for output in widgets.without(result.outputs)]
                cell.execution_count = result.execution_count
        return {place: _plain(cell) for place, cell in code.items()}

    def _read_files(self, material: Material) -> dict[str, Path]:
        """Return the images that the page shows and the files that its code read, by their paths in the project."""
        around = NotebookFiles(self._page, self._settings.project).files if self._page.notebook else {}
        inputs = material.inputs(self._page.name)
        unseen = any(record.path == UNSEEN for record in inputs or ())
        paths = {name: self._settings.project / path for name, path in self._text.files.items()}
        if inputs is None:  # nobody knows what it would read
            paths |= named(around, self._page) if self._settings.layout.whole else around
        for declared in self._page.declared.data:
            if inputs is None or declared in around:  # of a folder what was read
                paths |= {
                    name: path for name, path in around.items() if f"{name}/".startswith(f"{declared}/")
                }
        for record in inputs or ():
            if unseen and record.path.endswith(UNSEEN):
                continue
            if record.path.endswith(LISTED):
                folder = f"{record.place.rstrip('/')}/".removeprefix("/")
                paths |= {name: path for name, path in around.items() if name.startswith(folder)}
            elif record.sha256 != ABSENT and record.place in around:
                paths[record.place] = around[record.place]
        return paths


def _text(notebook: NotebookNode) -> bytes:
    return f"{nbformat.writes(notebook)}\n".encode()


def _plain(cell: NotebookNode) -> NotebookNode:
    """Return a code cell without our markup, folded where Jupyter is to fold it."""
    tags = set(cell.metadata.get("tags", []))
    metadata: dict[str, Any] = {}
    if kept_tags := sorted(tags & KEPT_TAGS):
        metadata["tags"] = kept_tags
    if folded := {name: True for name, ours in HIDDEN.items() if tags & ours}:
        metadata["jupyter"] = folded
    return nbformat.v4.new_code_cell(
        cell.source, metadata=metadata, outputs=cell.outputs, execution_count=cell.execution_count
    )
