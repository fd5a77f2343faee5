"""MyST-NB reads results from this build's jupyter-cache and from nowhere else: a miss is an error, never a kernel."""

from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import nbformat
from docutils import nodes
from jupyter_cache.cache.main import JupyterCacheBase
from myst_nb import sphinx_ as myst_nb_sphinx
from myst_nb.core.execute import NotebookClientBase
from nbformat import NotebookNode
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.errors import ExtensionError

from toolchain.base.decoding import read_whole
from toolchain.base.files import is_file
from toolchain.model import Provenance
from toolchain.model.sphinx import PageResult, SphinxInput, current
from toolchain.sources import markdown_notebooks
from toolchain.sources.metadata import hold_to_json
from toolchain.sphinxext import expressions
from toolchain.sphinxext.expressions import NOT_THERE, Values
from toolchain.sphinxext.words import say

RESULTS = "toolchain_results"
"""Attribute of Sphinx's environment: page name to the digest of the result that it was read with."""
SHOWN = ("display_data", "execute_result")
"""Kinds of outputs that a figure is made of."""
PYTHON, IPYTHON = frozenset({"python", "python3", "ipython"}), "ipython3"
"""Names of lexers."""
WHY_OTHER = "An extension changes sources while they are read, or another MyST setting is in force."


class StrictClient(NotebookClientBase):  # type: ignore[misc] # MyST-NB gives no types
    """Fills the outputs of a notebook that ran before Sphinx started, and knows the values of its text's expressions."""

    @property
    def values(self) -> Values:
        """The values of the expressions in the page's text."""
        if not hasattr(self, "_values"):
            sphinx_input = current()
            page = _page(self.path, sphinx_input) if sphinx_input else ""
            self._values = Values(self.notebook, sphinx_input.results.get(page) if sphinx_input else None)
        return self._values

    def eval_variable(self, name: str) -> list[NotebookNode]:
        """Return what the directives show. Raises LookupError if that was not evaluated."""
        return [expressions.output_of(self.values.of(name))]

    def finalise_client(self) -> None:
        """Say which expressions a reader sees as they are typed."""
        expressions.report_unread(self.values, self.path)

    def nb_source_code_lexer(self) -> str | None:
        """Return what reads the code of cells: of Python also the commands of IPython, whether its kernel has said so or not."""
        lexer: str | None = super().nb_source_code_lexer()
        return IPYTHON if lexer in PYTHON else lexer

    def start_client(self) -> None:
        """Find the result under jupyter-cache's own hash and copy its outputs.

        Raises ExtensionError if there is none: the notebook that Sphinx reads is then not the one that was run.
        """
        sphinx_input = current()
        if sphinx_input is None:
            raise ExtensionError("Notebooks have no results yet: build the book with `toolchain build`.")
        if not any(cell.cell_type == "code" for cell in self.notebook.cells):
            return
        _empty(self.notebook)
        result = sphinx_input.results.get(_page(self.path, sphinx_input))
        if result is None:
            raise ExtensionError(f"{self.path}: had no cells when notebooks were run. {WHY_OTHER}")
        if result.missing or result.failure or result.off:
            partial = _read(Path(result.partial)) if result.partial else None
            if partial is not None and len(_code(partial)) == len(_code(self.notebook)):
                _fill(self.notebook, partial)
            _put_words_for_figures(self.notebook)
            # A kernel that never started has not said what it speaks.
            spec = self.notebook.metadata.get("kernelspec") or {}
            self.notebook.metadata.setdefault("language_info", {"name": spec.get("language") or "python"})
        else:
            _fill(self.notebook, _executed(self.notebook, sphinx_input, self.path))
        if result.provenance or result.failure:
            self.exec_metadata = _of_run(result)


def _of_run(result: PageResult) -> dict[str, Any]:
    """Return what MyST-NB's tables of runs show of one; its time is UTC, wherever the book is built."""
    origin = result.provenance or Provenance()
    start = (
        datetime.fromisoformat(origin.start).astimezone(UTC)
        if origin.start
        else datetime.fromtimestamp(0, UTC)
    )
    return {
        # The tables take it for local time.
        "mtime": start.replace(tzinfo=None).timestamp(),
        "runtime": origin.seconds,
        "method": "cache",
        "succeeded": not result.failure,
        "error": result.failure or None,
        "traceback": None,
    }


def _page(path: Path, sphinx_input: SphinxInput) -> str:
    folder = Path(sphinx_input.project, sphinx_input.sources).resolve()
    return path.resolve().relative_to(folder).with_suffix("").as_posix()


@cache
def _hasher(view: str) -> Any:
    return JupyterCacheBase(view)


def _executed(notebook: NotebookNode, sphinx_input: SphinxInput, path: Path) -> NotebookNode:
    hold_to_json(notebook, str(path))  # as it was held when it ran
    notebook.nbformat_minor = min(notebook.nbformat_minor, nbformat.v4.nbformat_minor)
    hashkey = _hasher(sphinx_input.view).create_hashed_notebook(notebook)[1]
    file = Path(sphinx_input.view, "executed", hashkey, "base.ipynb")
    if not is_file(file):
        raise ExtensionError(
            f"{path}: the notebook that Sphinx reads differs from the one that ran (jupyter-cache key {hashkey}). {WHY_OTHER}"
        )
    return nbformat.read(file, as_version=4)


def _read(file: Path) -> NotebookNode | None:
    """Return a notebook that was kept of a failed run; None if it is damaged."""
    try:
        notebook = nbformat.reads((read_whole(file) or b"").decode(), as_version=4)
        nbformat.validate(notebook)
    except Exception:  # noqa: BLE001 - nbformat raises whatever comes of it
        return None
    return notebook


def _code(notebook: NotebookNode) -> list[NotebookNode]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def _empty(notebook: NotebookNode) -> None:
    """Take out what an .ipynb itself has of outputs: it may be of other code, and nobody knows which computer's."""
    notebook.metadata.pop("widgets", None)
    for cell in _code(notebook):
        cell.outputs, cell.execution_count = [], None


def _fill(notebook: NotebookNode, executed: NotebookNode) -> None:
    for cell, result in zip(_code(notebook), _code(executed), strict=True):
        cell.outputs, cell.execution_count = result.outputs, result.execution_count
    for key in ("language_info", "widgets"):
        if key in executed.metadata:
            notebook.metadata[key] = executed.metadata[key]


def _put_words_for_figures(notebook: NotebookNode) -> None:
    """Put a few words where a figure has to be: without one its number is another's, and references to it lead nowhere."""
    for cell in notebook.cells:
        options = cell.metadata.get("mystnb", {})
        if cell.cell_type != "code" or not isinstance(options, dict) or "figure" not in options:
            continue
        if not any(output.output_type in SHOWN for output in cell.outputs):
            cell.outputs.append(nbformat.v4.new_output("display_data", {"text/plain": say(NOT_THERE)}))


def _create_client(
    notebook: NotebookNode,
    source: str,
    nb_config: Any,
    logger: Any,
    read_fmt: dict[str, Any] | None = None,
    **options: Any,
) -> StrictClient:
    """Stand in for MyST-NB's choice among its clients, all of which but one may start a kernel.

    MyST-NB offers no other seam. Its later versions hand over more than 1.4 does, such as `kernel_manager_class`, which
    starts kernels; the base class takes whatever options there are.
    """
    return StrictClient(notebook, Path(source), nb_config, logger, read_fmt=read_fmt, **options)


def _outdated(
    _app: Sphinx, env: BuildEnvironment, _added: set[str], _changed: set[str], _removed: set[str]
) -> list[str]:
    """Return the pages that were read with another result: Sphinx itself compares only times of files."""
    sphinx_input = current()
    if sphinx_input is None:
        return []
    earlier: dict[str, str] = getattr(env, RESULTS, {})
    digests = {name: result.blob for name, result in sphinx_input.results.items()}
    setattr(env, RESULTS, digests)
    return [name for name in digests if name in env.all_docs and earlier.get(name) != digests[name]]


def _add_note_on_missing_outputs(app: Sphinx, doctree: nodes.document) -> None:
    """Put on the page of a notebook that failed, or has no result, that its outputs are not there."""
    sphinx_input = current()
    result = sphinx_input.results.get(app.env.docname) if sphinx_input else None
    if result is None or not (result.failure or result.missing):
        return
    note: nodes.Element
    if result.failure:
        # An expression is quoted as code: it is markup that nobody is to read as such.
        quoted = [nodes.literal("", result.expression)] if result.expression else []
        words = nodes.Text(result.failure.removeprefix(result.expression))
        sentence = nodes.paragraph("", "This notebook did not run to its end: ", *quoted, words)
        note = nodes.error("", sentence)
    else:
        of_outputs = "with what an earlier run put out" if result.partial else "without its outputs"
        note = nodes.note(
            "", nodes.paragraph("", f"The code of this page is shown {of_outputs}: {result.missing}.")
        )
    section = next(doctree.findall(nodes.section), None)
    parent, at = (doctree, 0) if section is None else (section, 1)
    parent.insert(at, note)


def _take_code_as_it_is(_app: Sphinx, doctree: nodes.document) -> None:
    """Have the code of cells shown as far as its lexer reads it: what runs in a kernel need not be in the language alone."""
    for cell in doctree.findall(nodes.container):
        if cell.get("nb_element") == "cell_code_source":
            for code in cell.findall(nodes.literal_block):
                code["force"] = True


def setup(app: Sphinx) -> None:
    """Take the place of MyST-NB's own execution."""
    myst_nb_sphinx.create_client = _create_client
    expressions.setup(app)
    markdown_notebooks.install()
    app.connect("env-get-outdated", _outdated)
    app.connect("doctree-read", _add_note_on_missing_outputs)
    app.connect("doctree-read", _take_code_as_it_is)
