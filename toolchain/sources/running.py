"""Whether the code of a page runs, in which kernel, and what it finds around it."""

from pathlib import PurePosixPath
from typing import Any

from toolchain.base.patterns import matcher
from toolchain.model import Declaration, Document
from toolchain.model.files import NOTEBOOK
from toolchain.project.layout import Layout
from toolchain.project.settings import Settings

PYTHON_KERNEL = "python3"
MODE = "execution_mode"
"""Of MyST-NB, in the front matter of a page, below `mystnb`."""
OFF = ("off", False)
"""Its values of pages that are not run: YAML takes the word for the other."""


def kernel(metadata: dict[str, Any], layout: Layout) -> tuple[str, str]:
    """Return the name of a page's kernel, and its language.

    Where a file beside the pages says what notebooks need, an environment of Python is made, and its kernel is for all that
    speak Python, whatever the kernel was called that their authors had.
    """
    spec = metadata.get("kernelspec", {})
    name, language = (
        spec.get("name", ""),
        spec.get("language", "") or metadata.get("language_info", {}).get("name", ""),
    )
    is_python = language.lower() == "python" or not (name or language)
    if not name and metadata.get("jupytext") and is_python:
        return PYTHON_KERNEL, language
    return (PYTHON_KERNEL if layout.requirements and is_python else name), language


def off(name: str, metadata: dict[str, Any], declared: Declaration, settings: Settings) -> str:
    """Return why a notebook is not run; empty if it is."""
    execution = settings.toml.execution
    if declared.not_run:
        return declared.not_run
    if metadata.get("mystnb", {}).get(MODE) in OFF:
        return f"its front matter has {MODE}: off"
    if settings.options.no_execute:
        return "nothing is run with --no-execute"
    if execution.execute == "off":
        return "the book runs no notebooks"
    if execution.not_run and any(
        _fits(name, pattern, settings.layout.suffixes) for pattern in execution.not_run
    ):
        return "the book lists it among those that are not run"
    return ""


def off_unlisted(document: Document, *, listed: bool) -> str:
    """Return why the book does not run a file of Jupyter's that is not listed; empty of any other page.

    Such files lie beside pages as what these were made from, or as drafts: a page in Markdown was written for the book.
    """
    if listed or not document.path.endswith(NOTEBOOK) or "orphan" in document.metadata:
        return ""
    return "no page lists it"


def _fits(name: str, pattern: str, suffixes: tuple[str, ...]) -> bool:
    """Say whether a page, with or without a suffix or its folders, fits a pattern of pages that are not run."""
    paths = (name, *(f"{name}{suffix}" for suffix in suffixes))
    return any(PurePosixPath(path).match(pattern) for path in paths) or any(map(matcher([pattern]), paths))


def around(name: str, layout: Layout) -> tuple[str, ...]:
    """Return the folders whose files a notebook may read: its chapter's and the data; all there is where pages lie anywhere."""
    if layout.whole:
        return ("",)
    chapter = name.rpartition("/")[0]
    return (layout.data, *([layout.below_sources(chapter)] if chapter else []))
