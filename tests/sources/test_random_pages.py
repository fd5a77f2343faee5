"""Whatever stands in a page or in settings, reading them ends in a page or in a sentence with its place; what is read can be built."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from types import FrameType

import pytest
from support.mutations import mutated
from support.places import REPOSITORY, TESTS
from support.running import report_of, run_toolchain

from toolchain.base.errors import ToolchainError
from toolchain.messages import progress
from toolchain.plan import planning
from toolchain.project import settings
from toolchain.project.settings import Settings

PAGES = sorted(
    path
    for pattern in ("*.md", "*.ipynb")
    for folder in (*(TESTS / "projects").glob("*/book"), REPOSITORY / "book")
    for path in folder.glob(f"**/{pattern}")
)
TOMLS = sorted((*(TESTS / "projects").glob("*/_config/book.toml"), REPOSITORY / "_config/book.toml"))
INPUTS = 10
"""Pages that each seed draws."""
BUILT = 25
"""Pages that are drawn for one book that is built."""
SECONDS = 60
"""That reading a page may take, on a machine that has much else to do."""
LIST = "# A book\n\n```{toctree}\n:glob:\n*\n```\n"


@contextmanager
def limited(what: str) -> Iterator[None]:
    """Fail what does not end in time."""

    def late(_signal: int, _frame: FrameType | None) -> None:
        raise AssertionError(f"{what}: does not end")

    before = signal.signal(signal.SIGALRM, late)
    signal.alarm(SECONDS)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def runs(project: Settings, page: str) -> bool:
    """Plan a book, and say whether a page of it would run."""
    plan = planning.plan(project, progress.Plain(lambda _line: None))
    return any(planned.runs for planned in plan.notebooks if planned.document.name == page)


@pytest.mark.fuzz(few=4)
def test_a_page_is_planned_or_refused(seed: int, copy: Callable[[str], Path]) -> None:
    chance = Random(seed)  # noqa: S311 - to be repeated, not to be secret
    project = settings.load(copy("reference-to-nothing"))
    (project.sources / "section.md").unlink()
    for number in range(INPUTS):
        source = chance.choice(PAGES)
        page = project.sources / f"section{source.suffix}"
        page.write_bytes(mutated(source.read_bytes(), source.suffix, chance))
        with limited(f"{number} of seed {seed}, {source.name}"):
            try:
                runs(project, "section")
            except ToolchainError as error:
                assert f"book/{page.name}" in error.message or ".lock" in error.message  # noqa: PT017 - it need not be raised
        page.unlink()


@pytest.mark.fuzz(few=4)
def test_settings_are_read_or_refused(seed: int, copy: Callable[[str], Path]) -> None:
    chance = Random(seed)  # noqa: S311 - as above
    project = copy("reference-to-nothing")
    for number in range(INPUTS):
        source = chance.choice(TOMLS)
        (project / "_config/book.toml").write_bytes(mutated(source.read_bytes(), source.suffix, chance))
        with limited(f"{number} of seed {seed}, {source.parent.parent.name}"):
            try:
                loaded = settings.load(project)
            except ToolchainError as error:
                assert error.message.startswith("_config/book.toml")  # noqa: PT017 - as above
            else:
                assert loaded.editions is not None


@pytest.mark.slow
@pytest.mark.fuzz(few=1)
def test_what_is_read_is_built(seed: int, copy: Callable[[str], Path]) -> None:
    chance = Random(seed)  # noqa: S311 - as above
    project = settings.load(copy("reference-to-nothing"))
    (project.sources / "section.md").unlink()
    (project.sources / "index.md").write_text(LIST, encoding="utf-8")
    for number in range(BUILT):
        source = chance.choice(PAGES)
        page = project.sources / f"page{number}{source.suffix}"
        page.write_bytes(mutated(source.read_bytes(), source.suffix, chance))
        try:
            if runs(project, page.stem):  # whatever its code does by now
                page.unlink()
        except ToolchainError:
            page.unlink()

    build = run_toolchain("build", "html", "--allow-missing", project=project.project)

    assert build.code in (0, 1), build.stdout + build.stderr


def test_a_name_that_no_file_can_have_is_one_of_no_file(copy: Callable[[str], Path]) -> None:
    project = copy("reference-to-nothing")
    section = (
        "# A section\n\n![A wave]({0}.png)\n\n{{download}}`{0}`\n\n```{{include}} {0}\n```\n\n"
        "[A link]({0}.md), [one](a%00b)\n"
    )
    (project / "book/section.md").write_text(section.format("x" * 300), encoding="utf-8")

    build = run_toolchain("build", project=project)

    assert build.code == 1, build.stdout + build.stderr
    findings = report_of(project)["findings"]
    assert [(finding["id"], finding.get("line")) for finding in findings] == [
        ("SRC006", 3),
        ("SRC002", 5),
        ("sphinx.docutils", 7),
        ("SRC002", 10),
        ("SRC002", 10),
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
