"""Whatever stands in a page, reading it ends in a page or in a sentence with its place."""

import shutil
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest
from support.damage import damaged
from support.places import TESTS
from support.running import report_of, run_toolchain

from toolchain.base.errors import ToolchainError
from toolchain.project import settings
from toolchain.sources import reading

PAGES = sorted(
    path for pattern in ("*.md", "*.ipynb") for path in (TESTS / "projects").glob(f"*/book/**/{pattern}")
)


@pytest.mark.fuzz(few=20)
def test_a_damaged_page_is_read_or_refused(seed: int, copy: Callable[[str], Path]) -> None:
    project = settings.load(copy("reference-to-nothing"))
    chance = Random(seed)  # noqa: S311 - to be repeated, not to be secret
    source = chance.choice(PAGES)
    page = project.sources / f"section{source.suffix}"
    (project.sources / "section.md").unlink()
    shutil.copyfile(source, page)
    page.write_bytes(damaged(page.read_bytes(), chance))

    try:
        book = reading.read(project, remember=False)
    except ToolchainError as error:
        assert f"book/{page.name}" in error.message  # noqa: PT017 - it need not be raised
    else:
        assert "section" in {document.name for document in book.documents}


def test_a_name_that_no_file_can_have_is_one_of_no_file(copy: Callable[[str], Path]) -> None:
    project = copy("reference-to-nothing")
    section = "# A section\n\n![A wave]({0}.png)\n\n{{download}}`{0}`\n\n```{{include}} {0}\n```\n"
    (project / "book/section.md").write_text(section.format("x" * 300), encoding="utf-8")

    build = run_toolchain("build", project=project)

    assert build.code == 1, build.stdout + build.stderr
    findings = report_of(project)["findings"]
    assert [(finding["id"], finding.get("line")) for finding in findings] == [
        ("SRC006", 3),
        ("SRC002", 5),
        ("sphinx.docutils", 7),
    ]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("# A section\n\n![A wave](a\0b.png)\n", "book/section.md:3: is no text: there is a zero byte in it"),
        (
            '---\nexecution: {data: ["a\\0b"]}\n---\n\n# A section\n',
            "book/section.md:2: front matter: `execution.data.1` has a character that no text has, U+0000",
        ),
    ],
    ids=["page", "data"],
)
def test_a_zero_byte_is_refused(text: str, sentence: str, copy: Callable[[str], Path]) -> None:
    project = copy("reference-to-nothing")
    (project / "book/section.md").write_text(text, encoding="utf-8")

    build = run_toolchain("build", project=project)

    assert build.code == 3
    assert sentence in build.stderr
