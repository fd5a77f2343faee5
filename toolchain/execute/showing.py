"""What is shown of results: of each the view that the gate of outputs lets through, and findings about the rest."""

from collections.abc import Callable, Iterator, Mapping
from functools import cached_property, partial
from pathlib import Path

import msgspec

from toolchain.base.decoding import read_whole
from toolchain.base.errors import StoreError
from toolchain.base.files import is_file, sha256_bytes, sha256_file
from toolchain.base.units import size
from toolchain.execute.results import partial_notebook, saved_notebook
from toolchain.model import Book, Document, Finding, NotebookReport, Provenance, Status
from toolchain.model.sphinx import PageResult
from toolchain.outputs.executed import values_of
from toolchain.outputs.libraries import chart_libraries
from toolchain.outputs.refusal import Problem, Rules
from toolchain.outputs.views import View, Views
from toolchain.project.settings import Settings
from toolchain.store.jupyter_cache import CachedResult
from toolchain.store.store import Store

NOT_ADMITTED = "OUT001"
"""Id of the findings about outputs that are not shown as they came."""
LATEX = "text/latex"
APART = {Status.FAILED, Status.WAITING, Status.SAVED}
"""What became of notebooks whose outputs are in no store."""
FOLDER = "outputs"
"""Below _build: what the gate has said, and the views that differ from what was stored."""


class Shown:
    """The views of a build's results. Whatever shows results, or looks at what is shown, reads these and nothing else."""

    def __init__(
        self,
        book: Book,
        notebooks: tuple[NotebookReport, ...],
        store: Store,
        settings: Settings,
        is_vouched_for: Callable[[NotebookReport], bool],
    ) -> None:
        """Look at nothing yet. `is_vouched_for` tells whether people whom the book trusts answer for a result."""
        self._documents = {document.name: document for document in book.documents}
        self._notebooks = {
            notebook.name: notebook for notebook in notebooks if notebook.name in self._documents
        }
        self._store = store
        self._settings = settings
        self._is_vouched_for = is_vouched_for
        self._views = Views(settings.build / FOLDER)
        static = settings.toml.html.outputs == "static"
        self._rules = Rules(
            static=static,
            # What a notebook keeps in base64 has four characters for three bytes.
            most=2 * size(settings.toml.execution.output_limit),
            libraries=() if static else chart_libraries(),
        )

    def view(self, page: str) -> bytes | None:
        """Return what is shown of a page's result, nbformat JSON; None where there is no result."""
        notebook = self._notebooks.get(page)
        content = self._store.read(notebook.blob) if notebook and notebook.blob else None
        if notebook is None or content is None:
            return None
        view = self._view(notebook, notebook.blob, lambda: content)
        return view.path.read_bytes() if view.path else content

    def outputs(self, page: str) -> bytes | None:
        """Return the same, or what is shown of the outputs that the file of a notebook has which is not run."""
        notebook = self._notebooks.get(page)
        if notebook is None or notebook.status != Status.SAVED:
            return self.view(page)
        kept = self._kept_apart(notebook)
        return (kept.path or self._path_apart(notebook)).read_bytes() if kept else None

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
            _finding(self._documents[name], problem, notebook, is_free=self._is_free(notebook))
            for name, notebook in self._notebooks.items()
            for problem in self._problems(notebook)
        )

    def _problems(self, notebook: NotebookReport) -> tuple[Problem, ...]:
        if notebook.blob:
            return self._stored(notebook).problems
        kept = self._kept_apart(notebook)
        return kept.problems if kept else ()

    def _stored(self, notebook: NotebookReport) -> View:
        """Return the view of a result. Raises StoreError if it has been damaged since the plan was made."""
        return self._view(notebook, notebook.blob, partial(self._whole, notebook, self._store.read))

    def _view(self, notebook: NotebookReport, sha256: str, read: Callable[[], bytes]) -> View:
        document = self._documents[notebook.name]
        rules = msgspec.structs.replace(
            self._rules, free_latex=self._is_free(notebook), saved=notebook.status == Status.SAVED
        )
        return self._views.of(sha256, len(document.cells), rules, read)

    def _is_free(self, notebook: NotebookReport) -> bool:
        """Tell whether the LaTeX of a notebook's outputs may reach TeX as it is: its author wants it, and it is known whose it is.

        What a failed run has left is not in the store, so nobody says whose it is.
        """
        wanted = self._documents[notebook.name].free_latex
        return wanted and bool(notebook.blob) and self._is_vouched_for(notebook)

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

    def _kept_apart(self, notebook: NotebookReport) -> View | None:
        """Return the view of the outputs up to a failure, or of an earlier run; None if they could not be kept."""
        path = self._path_apart(notebook)
        if notebook.status not in APART or not is_file(path):
            return None
        return self._view(notebook, sha256_file(path), path.read_bytes)

    def _path_apart(self, notebook: NotebookReport) -> Path:
        place = saved_notebook if notebook.status == Status.SAVED else partial_notebook
        return place(notebook.name, self._settings)

    def _page_result(self, notebook: NotebookReport) -> PageResult:
        """Return what a page is to show, with the values of the expressions in its text."""
        result = self._result(notebook)
        expressions = self._documents[notebook.name].expressions
        if not expressions:
            return result
        kept = read_whole(Path(result.partial)) if result.partial else None
        shown = (self.view(notebook.name) if notebook.blob else kept) or b""
        return msgspec.structs.replace(result, expressions=expressions, values=values_of(shown) or ())

    def _result(self, notebook: NotebookReport) -> PageResult:
        if notebook.blob:
            origin = Provenance(
                start=notebook.start,
                seconds=notebook.seconds,
                device=notebook.device,
                versions=notebook.versions,
            )
            return PageResult(
                blob=self._stored(notebook).sha256, provenance=origin, free_latex=self._is_free(notebook)
            )
        kept = self._kept_apart(notebook)
        path = kept and (kept.path or self._path_apart(notebook))
        if notebook.status == Status.SAVED:
            document = self._documents[notebook.name]
            why, kernel = document.declared.not_run, document.kernel_title
            said = f"{notebook.reason}{kernel}{kept.sha256 if kept else ''}"
            return PageResult(
                blob=sha256_bytes(said.encode()),
                off=notebook.reason,
                why=why,
                kernel=kernel,
                partial=str(path or ""),
            )
        if notebook.failure is None:
            said = f"{notebook.reason}{kept.sha256 if kept else ''}"
            return PageResult(
                blob=sha256_bytes(said.encode()), missing=notebook.reason, partial=str(path or "")
            )
        failure, quoted = notebook.failure.said, notebook.failure.expression
        blob = kept.sha256 if kept else sha256_bytes(failure.encode())
        return PageResult(blob=blob, failure=failure, expression=quoted, partial=str(path or ""))


def _finding(document: Document, problem: Problem, notebook: NotebookReport, *, is_free: bool) -> Finding:
    line = document.cells[problem.cell - 1].line if problem.cell else 0
    if problem.expression:
        at = (problem.cell, problem.expression)
        line = next((e.line for e in document.expressions if (e.after, e.source) == at), 0)
    remedy = "Correct what the cell displays. If the result came from elsewhere, compute it anew: "
    command = f"`toolchain execute --force {document.name}`."
    if notebook.status == Status.SAVED:
        remedy, command = "Run the notebook anew and save it, or tag the cell `remove-output`.", ""
    elif document.free_latex and not is_free and problem.kind == LATEX:
        remedy = (
            "`free_latex` is for results that were computed on this machine or signed by somebody whom [store] trusted "
            "in book.toml names, and this one is neither: compute it here, "
        )
    return Finding(
        id=NOT_ADMITTED,
        path=document.path,
        line=line or None,
        message=problem.sentence,
        remedy=f"{remedy}{command}",
    )
