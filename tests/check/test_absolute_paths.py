"""What code reads past the copy that it runs in is named: nobody would notice that it has changed."""

from collections.abc import Callable
from pathlib import Path

from support.running import report_of, run_toolchain


def test_a_file_of_the_project_that_code_names_from_the_root_is_a_finding(
    copy: Callable[[str], Path],
) -> None:
    project = copy("minimal")
    page = project / "book/chapter_waves/index.md"
    text = page.read_text(encoding="utf-8").replace('open("../data/', f'open("{project}/book/data/')
    page.write_text(text, encoding="utf-8")

    build = run_toolchain("build", "html", project=project)

    assert build.code == 1, build.stdout + build.stderr
    line = next(number for number, written in enumerate(text.splitlines(), 1) if str(project) in written)
    assert [
        (each["id"], each["path"], each["line"])
        for each in report_of(project)["findings"]
        if each.get("severity") != "advice"
    ] == [("SRC032", "book/chapter_waves/index.md", line)]
