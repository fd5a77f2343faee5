"""A book whose cells put out LaTeX that reads, writes and defines: none of it happens, and each is named with its page."""

from collections.abc import Callable
from pathlib import Path

import pypdfium2
import pytest
from support.running import report_of, run_toolchain

WORDS = "What was planted is private"


@pytest.mark.slow
def test_no_latex_of_an_output_acts(copy: Callable[[str], Path]) -> None:
    project = copy("hostile-latex")
    planted = project.parent / "planted.tex"
    planted.write_text(WORDS)

    run = run_toolchain("build", "pdf", project=project)

    assert run.code == 1, run.stdout + run.stderr
    findings = [each for each in report_of(project)["findings"] if each["path"] == "book/outputs.md"]
    said = "\n".join(each["message"] for each in findings)
    for command in (r"\input", r"\openout", r"\def", r"\special", r"\includegraphics", r"\href"):
        assert rf"{command} is not admitted" in said, command
    errors = {each["id"] for each in findings if each.get("severity") != "advice"}
    # No reference of the text is dead, and what MyST would read is shown as it is.
    assert errors == {"OUT001", "SRC027", "sphinx.toolchain.latex"}
    assert {each["line"] for each in findings} >= {11, 24, 41}
    pages = pypdfium2.PdfDocument(project / "_build/pdf/tiny.pdf")
    text = " ".join(" ".join(page.get_textpage().get_text_range() for page in pages).split())
    assert WORDS not in text
    assert "the plain text of it" in text
    assert "The last sentence." in text
    assert not list((project / "_build").rglob("written.tex"))
