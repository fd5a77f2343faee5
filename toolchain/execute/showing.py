"""What is shown of results: of each the view that the gate of outputs lets through, and findings about the rest."""

from collections.abc import Callable, Iterator, Mapping
from functools import cached_property, partial

from toolchain.base.errors import StoreError
from toolchain.base.files import is_file, sha256_bytes, sha256_file
from toolchain.base.units import size
from toolchain.execute.results import partial_notebook
from toolchain.model import Book, Document, Finding, NotebookReport, Provenance
from toolchain.model.sphinx import PageResult
from toolchain.outputs.libraries import chart_libraries
from toolchain.outputs.refusal import Problem, Rules
from toolchain.outputs.views import View, Views
from toolchain.project.settings import Settings
from toolchain.store.jupyter_cache import CachedResult
from toolchain.store.store import Store

NOT_ADMITTED = "OUT001"
"""Id of the findings about outputs that are not shown as they came."""
FOLDER = "outputs"
"""Below _build: what the gate has said, and the views that differ from what was stored."""


class Shown:
    """The views of a build's results. Whatever shows results, or looks at what is shown, reads these and nothing else."""

    def __init__(
        self, book: Book, notebooks: tuple[NotebookReport, ...], store: Store, settings: Settings
    ) -> None:
        """Look at nothing yet."""
        self._documents = {document.name: document for document in book.documents}
        self._notebooks = {
            notebook.name: notebook for notebook in notebooks if notebook.name in self._documents
        }
        self._store = store
        self._settings = settings
        static = settings.toml.html.outputs == "static"
        self._views = Views(
            settings.build / FOLDER,
            # What a notebook keeps in base64 has four characters for three bytes.
            Rules(
                static=static,
                most=2 * size(settings.toml.execution.output_limit),
                libraries=() if static else chart_libraries(),
            ),
        )

    def view(self, page: str) -> bytes | None:
        """Return what is shown of a page's result, nbformat JSON; None where there is no result."""
        notebook = self._notebooks.get(page)
        content = self._store.read(notebook.blob) if notebook and notebook.blob else None
        if notebook is None or content is None:
            return None
        view = self._views.of(notebook.blob, self._cells(page), lambda: content)
        return view.path.read_bytes() if view.path else content

    def for_cache(self) -> Iterator[CachedResult]:
        """Yield the views for the jupyter-cache that MyST-NB reads.

        Raises StoreError if a result has been damaged since the plan was made.
        """
        for name, notebook in self._notebooks.items():
            if notebook.blob:
                yield CachedResult(
                    document=self._documents[name],
                    view=self._stored(notebook).sha256,
                    read=partial(self._present, notebook),
                )

    def for_pages(self) -> Mapping[str, PageResult]:
        """Return what each notebook's page is to show, by the page's name."""
        return {name: self._page_result(notebook) for name, notebook in self._notebooks.items()}

    @cached_property
    def findings(self) -> tuple[Finding, ...]:
        """What is not shown as it came, at the cells that put it out."""
        self._views.forget_unused()
        return tuple(
            _finding(self._documents[name], problem)
            for name, notebook in self._notebooks.items()
            for problem in self._problems(notebook)
        )

    def _problems(self, notebook: NotebookReport) -> tuple[Problem, ...]:
        if notebook.blob:
            return self._stored(notebook).problems
        kept = self._kept_of_failure(notebook)
        return kept.problems if kept else ()

    def _stored(self, notebook: NotebookReport) -> View:
        """Return the view of a result. Raises StoreError if it has been damaged since the plan was made."""
        return self._views.of(
            notebook.blob, self._cells(notebook.name), partial(self._whole, notebook, self._store.read)
        )

    def _present(self, notebook: NotebookReport) -> bytes:
        return self._whole(notebook, lambda _: self.view(notebook.name))

    def _whole(self, notebook: NotebookReport, read: Callable[[str], bytes | None]) -> bytes:
        content = read(notebook.blob)
        if content is None:
            raise StoreError(
                f"{notebook.path}: its result was damaged or removed while the book was built",
                remedy="Build again: it will be computed anew.",
            )
        return content

    def _kept_of_failure(self, notebook: NotebookReport) -> View | None:
        """Return the view of the outputs up to a failure; None if they could not be kept."""
        path = partial_notebook(notebook.name, self._settings)
        if notebook.failure is None or not is_file(path):
            return None
        return self._views.of(sha256_file(path), self._cells(notebook.name), path.read_bytes)

    def _cells(self, page: str) -> int:
        return len(self._documents[page].cells)

    def _page_result(self, notebook: NotebookReport) -> PageResult:
        if notebook.blob:
            origin = Provenance(
                start=notebook.start,
                seconds=notebook.seconds,
                device=notebook.device,
                versions=notebook.versions,
            )
            return PageResult(blob=self._stored(notebook).sha256, provenance=origin)
        if notebook.failure is None:
            return PageResult(blob=sha256_bytes(notebook.reason.encode()), missing=notebook.reason)
        failure, kept = notebook.failure.said, self._kept_of_failure(notebook)
        if kept is None:
            return PageResult(blob=sha256_bytes(failure.encode()), failure=failure)
        path = kept.path or partial_notebook(notebook.name, self._settings)
        return PageResult(blob=kept.sha256, failure=failure, partial=str(path))


def _finding(document: Document, problem: Problem) -> Finding:
    line = document.cells[problem.cell - 1].line if problem.cell else 0
    return Finding(
        id=NOT_ADMITTED,
        path=document.path,
        line=line or None,
        message=problem.sentence,
        remedy="Correct what the cell displays. If the result came from elsewhere, compute it anew: "
        f"`toolchain execute --force {document.name}`.",
    )
