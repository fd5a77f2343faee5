"""An author who needs all of TeX in outputs says so: it counts for results that somebody answers for, and for no other."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pypdfium2
import pytest
from support.running import report_of, run_toolchain

from toolchain.sharing import trust
from toolchain.sharing.trust import Signer

REFUSED = [
    rf"{command} is not admitted here (line 1, column {column} of the output)"
    for command, column in ((r"\def", 1), (r"\newcommand", 1), (r"\def", 16))
]


def refused(project: Path) -> list[str]:
    """Return what `execute` says of the LaTeX that is not let through; it runs nothing if there are results."""
    run = run_toolchain("execute", "--json", project=project)
    assert run.code in (0, 1), run.stderr
    assert [each["status"] for each in run.json["notebooks"]] == ["reused"]
    findings = run.json["findings"]
    assert all(each["id"] == "OUT001" and each["line"] == 12 for each in findings)
    assert all(
        "`free_latex` is for results that were computed on this machine" in each["remedy"]
        for each in findings
    )
    return [each["message"].partition("text/latex: ")[2] for each in findings]


def without_results(project: Path, name: str) -> Path:
    """Return a copy of a project beside it, with nothing built."""
    return Path(shutil.copytree(project, project.parent / name, ignore=shutil.ignore_patterns("_build")))


def in_print(project: Path) -> str:
    """Build the PDF, and return its words."""
    build = run_toolchain("build", "pdf", project=project)
    assert build.code in (0, 1), build.stdout + build.stderr
    document = pypdfium2.PdfDocument(project / "_build/pdf/tiny.pdf")
    return " ".join(" ".join(page.get_textpage().get_text_range() for page in document).split())


@pytest.mark.slow
def test_latex_is_free_where_somebody_answers_for_it(copy: Callable[[str], Path], tmp_path: Path) -> None:
    here = copy("free-latex")
    share, key = tmp_path / "share", tmp_path / "key.pem"
    trust.make_key(key)

    words = in_print(here)

    assert report_of(here)["findings"] == []
    assert "once and once" in words
    assert "5 + 5 = 10" in words
    assert "7 + 7 = 14" in words
    assert words.count("(1.1)") == 2  # at what is typed, and where it is named: no other formula has a number
    assert "(1.2)" not in words

    assert run_toolchain("store", "push", share, project=here).code == 0
    elsewhere = without_results(here, "elsewhere")
    assert run_toolchain("store", "pull", share, project=elsewhere).code == 0
    assert refused(elsewhere) == REFUSED  # of nobody knows whom

    assert run_toolchain("store", "push", share, "--sign", key, project=here).code == 0
    signed = without_results(here, "signed")
    with (signed / "_config/book.toml").open("a", encoding="utf-8") as toml:
        toml.write(f'\n[store]\ntrusted = ["{Signer(key).public}"]\n')
    assert run_toolchain("store", "pull", share, project=signed).code == 0
    assert refused(signed) == []
    with (signed / "_config/book.toml").open(encoding="utf-8") as toml:
        text = toml.read()
    trust.make_key(tmp_path / "other.pem")
    text = text.replace(Signer(key).public, Signer(tmp_path / "other.pem").public)
    (signed / "_config/book.toml").write_text(text, encoding="utf-8")
    assert refused(signed) == REFUSED  # of somebody who is not trusted any more


@pytest.mark.slow
def test_what_nobody_answers_for_any_more_is_made_again(copy: Callable[[str], Path]) -> None:
    project = copy("free-latex")
    assert "once and once" in in_print(project)
    (mark,) = (project / "_build/store/computed").glob("*/*")
    mark.unlink()

    words = in_print(project)

    assert [each["line"] for each in report_of(project)["findings"]] == [12, 12, 12]
    assert "once and once" not in words
    assert r"\doubled{once}" in words


def test_a_page_that_does_not_ask_has_what_is_admitted(copy: Callable[[str], Path]) -> None:
    project = copy("free-latex")
    page = project / "book/page.md"
    page.write_text(page.read_text(encoding="utf-8").replace("free_latex: true\n", ""), encoding="utf-8")

    run = run_toolchain("execute", "--json", project=project)

    assert run.code == 1
    assert [each["message"].partition("text/latex: ")[2] for each in run.json["findings"]] == REFUSED
    assert all(each["remedy"].startswith("Correct what the cell displays.") for each in run.json["findings"])
