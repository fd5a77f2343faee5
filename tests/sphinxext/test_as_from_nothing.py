"""Edits after which a build once was not what a build from nothing is: each is an edit of one small book."""

import shutil
from pathlib import Path

from support.random_blocks import CONF
from support.sphinx_books import Built, build

WORK = "@book{{{0}, author = {{A. Author}}, title = {{On {0}}}, year = {{2001}}, publisher = {{P}}}}\n"
BOOK = {
    "_config/book.toml": '[book]\ntitle = "Edits"\nslug = "edits"\nauthors = ["Its author"]\n',
    "_config/conf.py": CONF,
    "book/index.md": "# Edits\n\n```{toctree}\n:numbered:\none\ntwo\nworks\nothers\n```\n",
    "book/one.md": "# One\n\nText.\n",
    "book/works.md": "# Works\n\n```{bibliography}\n```\n",
    "book/others.md": "# Others\n\n```{bibliography} others.bib\n:keyprefix: o-\n```\n\nBy {cite:t}`tide`, {cite:t}`o-tide`.\n",
    "bib/works.bib": WORK.format("wave"),
    "book/two.md": "# Two\n\nBy {cite:t}`wave`.\n\n(moved)=\n## Moved\n\nText.\n",
}
EDITS: dict[str, dict[str, str]] = {
    "a section moves to a page that is read earlier": {
        "book/one.md": "# One\n\n(moved)=\n## Moved\n\nText.\n",
        "book/two.md": "# Two\n\nText.\n",
    },
    "a bibliography more": {"bib/others.bib": WORK.format("tide")},
}
"""What is written, one edit after the other."""


def test_every_edit_gives_what_a_build_from_nothing_gives(tmp_path: Path) -> None:
    project, fresh = tmp_path / "project", tmp_path / "fresh"
    write(project, BOOK)
    built(project)

    for what, files in EDITS.items():
        write(project, files)
        now = built(project)

        shutil.rmtree(fresh, ignore_errors=True)
        shutil.copytree(project, fresh, ignore=shutil.ignore_patterns("_build"))
        clean = built(fresh)
        assert now.findings == clean.findings, what
        assert now.files == clean.files, what


def built(project: Path) -> Built:
    return build(project, "notebooks", "html")


def write(project: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = project / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
