"""What a book's PDF needs only since something stands in the book is asked for with its place."""

from pathlib import Path

import pytest
from support.projects import copy_project

from toolchain.environment.requirements import Requirement
from toolchain.forms.pdf import needed
from toolchain.project import settings


@pytest.mark.parametrize(
    ("typed", "asked"),
    [
        ("Water is $\\ce{H2O}$.", "mhchem.sty (for \\ce{ in book/index.md:6)"),
        ("```{math}\n\\pu{3 kg}\n```", "mhchem.sty (for \\pu{ in book/index.md:7)"),
        ("Code `\\ce{x}`.\n\n````text\n```\n\\ce{x}\n````", ""),
        ("$$\n\\begin{prooftree}\n\\AxiomC{A}\n\\end{prooftree}\n$$", "bussproofs.sty (for \\begin{prooftree} in book/index.md:7)"),
        ("In code, `中文`.", "Droid Sans Fallback (for 中文 in book/index.md:6)"),
        ("Nothing, \\center.", ""),
    ],
)  # fmt: skip
def test_a_use_is_named_with_its_place(
    typed: str, asked: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = copy_project("no-notebook", tmp_path)
    (project / "book/index.md").write_text(f"# Title\n\nWords.\n\nMore\n{typed}\n", encoding="utf-8")
    monkeypatch.setattr(Requirement, "missing", lambda _: True)

    assert [requirement.name for requirement in needed.requirements(settings.load(project))] == (
        [asked] if asked else []
    )


def test_what_is_there_is_not_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project = copy_project("no-notebook", tmp_path)
    (project / "book/index.md").write_text("# Title\n\n$\\ce{H2O}$\n", encoding="utf-8")
    monkeypatch.setattr(Requirement, "missing", lambda _: False)

    assert list(needed.requirements(settings.load(project))) == []
