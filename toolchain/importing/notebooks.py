"""A folder of Jupyter notebooks, maybe with pages of Markdown, of which nothing says in which order they are read."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from toolchain.base.errors import ConfigError
from toolchain.importing import order, titles
from toolchain.importing.draft import AT_THE_TOP, NOTEBOOK, SUFFIXES, Draft
from toolchain.importing.front import make_notebook
from toolchain.project.layout import JUPYTER_BOOK

TITLE = "a folder of notebooks"


def recognises(files: Iterable[str], _read: Any) -> bool:
    """Say whether a folder has notebooks."""
    return any(path.endswith(NOTEBOOK) for path in files)


def take(draft: Draft) -> None:
    """Turn a folder into a draft: README begins it, and all else follows by its name."""
    pages = [path for path in draft.found if path.endswith(SUFFIXES) and not _is_of_repository(path)]
    draft.contents = order.contents(pages, ".")
    if draft.contents is None or not pages:
        raise ConfigError(f"{draft.folder}: has no page", remedy="Pages are files .md and .ipynb.")
    for path in pages:
        page = draft.add_page(path)
        if page.notebook is None and page.runs:
            make_notebook(page.front)
    titles.complete(draft)
    draft.requirements = requirements(draft)
    draft.add_files()


def requirements(draft: Draft) -> tuple[Path, ...]:
    """Return the files that say what notebooks need."""
    return tuple(draft.found[name] for name in JUPYTER_BOOK.requirements if name in draft.found)


def _is_of_repository(path: str) -> bool:
    stem = path.partition(".")[0].lower()
    return "/" not in path and stem in AT_THE_TOP and stem != "readme"
