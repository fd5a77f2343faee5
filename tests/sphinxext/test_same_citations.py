"""Citations of the last build are kept as long as nothing that decides about them has changed, and nothing was wrong with any."""

from pathlib import Path

import pytest
from support.sphinx_books import Built, build

CONF = """\
from pathlib import Path

from pybtex.style.formatting import BaseStyle
from toolchain.sphinxext import configuration

globals().update(configuration(__file__))
CALLS = []
format_entry = BaseStyle.format_entry


def count(self, label, entry, bib_data=None):
    CALLS.append(entry.key)
    return format_entry(self, label, entry, bib_data)


BaseStyle.format_entry = count


def setup(app):
    tell = lambda app, env: Path(app.outdir).parent.joinpath("set").write_text(" ".join(CALLS))
    app.connect("env-check-consistency", tell)
"""
TOML = (
    '[book]\ntitle = "Kept"\nslug = "kept"\nauthors = ["Its author"]\n\n[bibliography]\nper_chapter = {0}\n'
)
WORK = "@book{{{0}, author={{A. {0}}}, title={{Of {0}}}, year={{{1}}}, publisher={{P}}}}\n"
BOOK = {
    "_config/conf.py": CONF,
    "bib/works.bib": WORK.format("wave", 1999) + WORK.format("tide", 2001) + WORK.format("wind", 2003),
    "book/index.md": "# Kept\n\n```{toctree}\na\nb\nworks\n```\n",
    "book/a.md": "# A\n\nText. By {cite:t}`wave`.\n",
    "book/b.md": "# B\n\nText. By {cite:t}`tide`.\n",
    "book/works.md": '# Works\n\nText.\n\n```{bibliography}\n:filter: cited or key % "tide"\n```\n',
}
EDITS = (
    ("a sentence", "book/a.md", "Text.", "Other text.", False),
    ("a sentence beside a list", "book/works.md", "Text.", "Other text.", False),
    ("what is cited", "book/a.md", "wave", "wave,tide", True),
    ("a work", "bib/works.bib", "Of wave", "Of waves", True),
    ("the order of pages", "book/index.md", "a\nb\n", "b\na\n", True),
    ("what a list has", "book/works.md", "tide", "wind", True),
)


@pytest.mark.parametrize("per_chapter", [False, True], ids=["one list", "lists of chapters"])
def test_citations_are_found_again_when_something_decides_otherwise(
    tmp_path: Path, *, per_chapter: bool
) -> None:
    project = tmp_path / "book"
    for name, text in {"_config/book.toml": TOML.format(str(per_chapter).lower()), **BOOK}.items():
        (project / name).parent.mkdir(parents=True, exist_ok=True)
        (project / name).write_text(text, encoding="utf-8")
    build(project, "html")
    assert set_in(project)

    for what, name, old, new, again in EDITS:
        built = edited(project, name, old, new)
        assert bool(set_in(project)) == again, what
        assert built.findings == (), what
    assert clean(project) == built.files


def test_what_is_wrong_with_an_entry_is_said_in_each_build(tmp_path: Path) -> None:
    project = tmp_path / "book"
    for name, text in {"_config/book.toml": TOML.format("false"), **BOOK}.items():
        (project / name).parent.mkdir(parents=True, exist_ok=True)
        (project / name).write_text(text, encoding="utf-8")
    build(project, "html")

    (finding,) = edited(project, "bib/works.bib", "publisher={P}", "publisher={\\unheard P}").findings
    assert "wave" in finding.message
    assert edited(project, "book/b.md", "Text.", "Other text.").findings == (finding,)
    assert set_in(project)
    assert edited(project, "bib/works.bib", "\\unheard ", "").findings == ()
    assert edited(project, "book/b.md", "Other text.", "Text.").findings == ()
    assert not set_in(project)


def edited(project: Path, name: str, old: str, new: str) -> Built:
    text = (project / name).read_text(encoding="utf-8")
    assert old in text, name
    (project / name).write_text(text.replace(old, new, 1), encoding="utf-8")
    return build(project, "html")


def set_in(project: Path) -> list[str]:
    """Return the works that were set in the last build."""
    return (project / "_build/set").read_text(encoding="utf-8").split()


def clean(project: Path) -> dict[str, bytes]:
    """Return what a build from nothing makes."""
    (project / "_build").rename(project / "_before")
    return build(project, "html").files
