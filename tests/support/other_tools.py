"""The same book for other tools: for Jupyter Book 1, and for Sphinx with MyST-NB and a theme but nothing of ours."""

import json
import re
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import nbformat
import yaml

from toolchain.messages import progress
from toolchain.plan import planning
from toolchain.project import settings
from toolchain.project.settings import MYST_EXTENSIONS
from toolchain.store.store import Store

EXPRESSION = re.compile(r"\{eval\}`([^`]*)`")
TOCTREE = re.compile(r"^```\{toctree\}\n(?P<body>.*?)^```\n", re.MULTILINE | re.DOTALL)
OURS = re.compile(r"^```\{library-index\}\n```\n", re.MULTILINE)
NUMBERED = 2
"""Levels that the book's own toctrees number."""
TOO_NEW = {"alert"}
"""Extensions of MyST that Jupyter Book 1 would refuse, and all others with them; no page needs these."""
CITATIONS = {"bibtex_reference_style": "author_year", "bibtex_default_style": "alpha"}
CONF = """\
project = "Plain"
extensions = ["myst_nb", "sphinx_book_theme", "sphinx_copybutton", "sphinx_design", "sphinxcontrib.bibtex"]
html_theme = "sphinx_book_theme"
numfig = True
nb_execution_mode = "off"
"""


def write_for_jupyter_book(project: Path, folder: Path) -> None:
    """Write a built or unbuilt book, results included, as Jupyter Book 1 wants it; the contents stand in `_toc.yml`."""
    bibliographies = _write_pages(project, folder, lambda text: TOCTREE.sub("", text))
    contents = _listed(project, "index")
    toc: dict[str, Any] = {
        "format": "jb-book",
        "root": "index",
        "parts": [
            {
                "caption": "All",
                "numbered": NUMBERED,
                "chapters": [_entry(project, page) for page in contents],
            }
        ],
    }
    config = {
        "title": "The same book",
        "execute": {"execute_notebooks": "off"},
        "only_build_toc_files": True,
        "bibtex_bibfiles": bibliographies,
        "parse": {"myst_enable_extensions": [name for name in MYST_EXTENSIONS if name not in TOO_NEW], "myst_dmath_double_inline": True},
        "sphinx": {"config": CITATIONS},
    }
    (folder / "_toc.yml").write_text(yaml.safe_dump(toc), encoding="utf-8")
    (folder / "_config.yml").write_text(yaml.safe_dump(config), encoding="utf-8")


def write_for_sphinx(project: Path, folder: Path) -> None:
    """Write the same as sources of Sphinx, with a conf.py that has what the pages need and no more."""
    bibliographies = _write_pages(project, folder, lambda text: text)
    options = {
        "bibtex_bibfiles": bibliographies,
        "myst_enable_extensions": list(MYST_EXTENSIONS),
        "myst_dmath_double_inline": True,
        **CITATIONS,
    }
    lines = "".join(f"{name} = {value!r}\n" for name, value in options.items())
    (folder / "conf.py").write_text(CONF + lines, encoding="utf-8")


def _write_pages(project: Path, folder: Path, edit: Callable[[str], str]) -> list[str]:
    """Write pages, figures and bibliographies; return the names of the last. Notebooks become .ipynb with their outputs."""
    shutil.copytree(project / "img", folder.parent / "img", dirs_exist_ok=True)
    shutil.copytree(project / "bib", folder / "bib")
    executed = dict(_notebooks(project))
    for path in (project / "book").rglob("*.md"):
        page = path.relative_to(project / "book").with_suffix("")
        target = folder / page
        target.parent.mkdir(parents=True, exist_ok=True)
        if page.as_posix() in executed:
            target.with_suffix(".ipynb").write_text(executed[page.as_posix()], encoding="utf-8")
        else:
            text = OURS.sub("", path.read_text(encoding="utf-8"))
            target.with_suffix(".md").write_text(edit(text), encoding="utf-8")
    return sorted(f"bib/{path.name}" for path in (folder / "bib").iterdir())


def _notebooks(project: Path) -> Iterable[tuple[str, str]]:
    """Yield the results of a book by the names of their pages, with the values of expressions in their text."""
    store = Store(settings.load(project).store)
    for planned in planning.plan(settings.load(project), progress.Plain(print, quiet=True)).notebooks:
        assert planned.record, planned.document.name
        content = json.loads(store.read(planned.record.blob) or b"")
        metadata = content["metadata"]
        values = [expression["data"]["text/plain"].strip("'") for expression in metadata.pop("expressions", [])]
        metadata.pop("toolchain", None)
        notebook = nbformat.from_dict(content)
        remaining = iter(values)
        for cell in notebook.cells:
            if cell.cell_type == "markdown":
                cell.source = EXPRESSION.sub(lambda _: next(remaining), "".join(cell.source))
        yield planned.document.name, nbformat.writes(notebook)


def _listed(project: Path, page: str) -> list[str]:
    """Return the pages that a page's toctrees list."""
    text = (project / f"book/{page}.md").read_text(encoding="utf-8")
    lines = (line for match in TOCTREE.finditer(text) for line in match["body"].splitlines())
    folder = Path(page).parent
    return [(folder / line).as_posix() for line in lines if line and not line.startswith(":")]


def _entry(project: Path, page: str) -> dict[str, Any]:
    sections = [{"file": section} for section in _listed(project, page)] if page.endswith("/index") else []
    return {"file": page, "sections": sections} if sections else {"file": page}
