"""The contents of a project as JupyterLab sees them: jupytext's, but that a page keeps all of its text that nobody has changed."""

from typing import Any

import nbformat
from jupytext import TextFileContentsManager
from tornado.web import HTTPError
from traitlets import Unicode

from toolchain.base.errors import SourceError
from toolchain.editing import pages
from toolchain.project.settings import MYST_EXTENSIONS

PAGE = ".md"


class PageContents(TextFileContentsManager):  # type: ignore[misc] # jupytext gives no types
    """Gives pages as notebooks, and takes them back."""

    myst_extensions = Unicode(",".join(MYST_EXTENSIONS), config=True)
    """Those of MyST that the book's pages are read with, parted by commas."""

    def get(
        self,
        path: str,
        content: bool = True,  # noqa: FBT001, FBT002 - Jupyter's signature
        type: str | None = None,  # noqa: A002 - as above
        format: str | None = None,  # noqa: A002 - as above
        **options: Any,
    ) -> Any:
        """Return what Jupyter calls a model of a file."""
        is_notebook = type == "notebook" or (type is None and self.file_exists(path))
        if is_notebook and path.endswith(PAGE):
            return self._model(path, content=content, **options)
        return super().get(path, content=content, type=type, format=format, **options)

    def save(self, model: dict[str, Any], path: str = "") -> Any:
        """Save a model and return it without its content: of a page, the cells that were changed."""
        if model["type"] != "notebook" or not path.endswith(PAGE):
            return super().save(model, path)
        before = self._text(path) if self.file_exists(path) else ""
        text = pages.written(self._cut(before, path), nbformat.from_dict(model["content"]))
        super().save({"type": "file", "format": "text", "content": text}, path)
        return self._model(path, content=False)

    def _model(self, path: str, *, content: bool, **options: Any) -> Any:
        model = super().get(path, content=content, type="file", format="text", **options)
        model["type"] = "notebook"
        if content:
            model |= {"format": "json", "mimetype": None}
            model["content"] = self._cut(model["content"], path).notebook
            self.mark_trusted_cells(model["content"], path)
        return model

    def _text(self, path: str) -> str:
        return str(super().get(path, type="file", format="text")["content"])

    def _cut(self, text: str, path: str) -> pages.Page:
        try:
            return pages.cut(text, path, tuple(filter(None, self.myst_extensions.split(","))))
        except Exception as error:
            said = str(error) if isinstance(error, SourceError) else f"{path}: {error}"
            raise HTTPError(
                400, said.replace("%", "%%"), reason="This page cannot be read as a notebook"
            ) from error
