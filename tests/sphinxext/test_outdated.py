"""Whatever is edited, in whatever order: the site is the one that a build from nothing makes."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from support.built_sites import files_of
from support.running import report_of, run_toolchain


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def replace_by_an_older_file(path: Path) -> None:
    older = path.with_suffix(".older")
    older.write_text(path.read_text(encoding="utf-8") + "\nFrom an older file.\n", encoding="utf-8")
    os.utime(older, (1_500_000_000, 1_500_000_000))
    older.replace(path)


def add_a_chapter(project: Path) -> None:
    (project / "book/inserted.md").write_text("# Inserted\n\nText.\n", encoding="utf-8")
    edit(project / "book/index.md", "three\n", "inserted\nthree\n")


def handle_pages_otherwise(project: Path) -> None:
    (project / "_config/conf.py").write_text(
        "from toolchain.sphinxext import configuration\n"
        "globals().update(configuration(__file__))\n"
        "def setup(app):\n"
        '    app.connect("source-read", lambda app, name, text: text.__setitem__(0, text[0] + "\\nAdded.\\n"))\n',
        encoding="utf-8",
    )


def rename_a_label(project: Path) -> None:
    edit(project / "book/three.md", "chap-three", "chap-3")
    for name in ("after", "before"):
        edit(project / f"book/{name}.md", "chap-three", "chap-3")


def remove_a_page(project: Path) -> None:
    (project / "book/one.md").unlink()
    edit(project / "book/index.md", "one\n", "")
    edit(project / "book/after.md", "{numref}`chap-one`, ", "")


def insert_a_table(project: Path) -> None:
    table = "\n\n:::{list-table} First\n:name: tab-first\n\n* - one\n:::\n"
    edit(project / "book/extra.md", "# Extra\n", f"# Extra\n{table}")


def move_a_chapter_behind_the_numbered(project: Path) -> None:
    edit(project / "book/index.md", "two\n", "")
    edit(project / "book/index.md", "\nafter\n", "\ntwo\nafter\n")
    edit(project / "book/after.md", "{numref}`sec-inside`, ", "")


EDITS: dict[str, Callable[[Path], object]] = {
    "a title": lambda p: edit(p / "book/three.md", "# Three", "# Three renamed"),
    "how a title is set": lambda p: edit(p / "book/three.md", "# Three renamed", "# Three *renamed*"),
    "how a caption is set": lambda p: edit(
        p / "book/three.md", "{list-table} A table", "{list-table} A $table$"
    ),
    "a label": rename_a_label,
    "a table before another": insert_a_table,
    "an equation before another": lambda p: edit(
        p / "book/extra.md", "# Extra\n", "# Extra\n\n$$ y $$ (eq-first)\n"
    ),
    "a chapter": add_a_chapter,
    "an older file": lambda p: replace_by_an_older_file(p / "book/one.md"),
    "an included file": lambda p: (p / "note.txt").write_text("Another note.\n", encoding="utf-8"),
    "a damaged page": lambda p: (p / "_build/html/one.html").write_text("broken", encoding="utf-8"),
    "conf.py": handle_pages_otherwise,
    "a page less": remove_a_page,
    "a chapter without a number": move_a_chapter_behind_the_numbered,
}


@pytest.mark.slow
def test_every_edit_gives_the_site_of_a_build_from_nothing(
    copy: Callable[[str], Path], tmp_path: Path
) -> None:
    project = copy("parts")
    (project / "note.txt").write_text("A note.\n", encoding="utf-8")
    edit(project / "book/before.md", "Text before.", "Text before.\n\n```{include} ../note.txt\n```")
    edit(project / "book/before.md", "Text", "See {ref}`chap-three`, [](three.md), {ref}`tab-three`.\n\nText")
    edit(project / "book/two.md", "# Two\n", "# Two\n\n```{index} number of two\n```\n")
    assert run_toolchain("build", "html", project=project).code == 0
    for name, change in EDITS.items():
        change(project)
        build = run_toolchain("build", "html", project=project)
        assert build.code == 0, name + build.stdout + build.stderr

        fresh = tmp_path / "fresh" / "projects" / "parts"
        shutil.rmtree(fresh.parent.parent, ignore_errors=True)
        shutil.copytree(project, fresh, ignore=shutil.ignore_patterns("_build"))
        shutil.copytree(project / "../../kernel", fresh / "../../kernel")
        assert run_toolchain("build", "html", project=fresh).code == 0
        assert files_of(project) == files_of(fresh), name


def test_a_finding_shared_by_two_pages_stays_whatever_they_are_called(copy: Callable[[str], Path]) -> None:
    project = copy("duplicate-label")
    for name in ("first", "second"):
        (project / f"book/{name}.md").rename(project / f"book/the {name} page.md")
    index = project / "book/index.md"
    index.write_text(
        index.read_text(encoding="utf-8")
        .replace("first", "the first page")
        .replace("second", "the second page")
    )
    assert run_toolchain("build", "html", project=project).code == 1

    index.write_text(index.read_text(encoding="utf-8") + "\nMore.\n", encoding="utf-8")

    assert run_toolchain("build", "html", project=project).code == 1


def test_result_replaced_outside_a_build_is_shown_by_the_next(copy: Callable[[str], Path]) -> None:
    project = copy("raising-cell")
    page = project / "book/section.md"
    page.write_text(
        page.read_text(encoding="utf-8").replace("first / 0", "import time\ntime.time_ns()"), encoding="utf-8"
    )
    assert run_toolchain("build", "html", project=project).code == 0
    before = (project / "_build/html/section.html").read_text(encoding="utf-8")

    assert run_toolchain("execute", "--force", project=project).code == 0
    assert run_toolchain("build", "html", project=project).code == 0

    assert (project / "_build/html/section.html").read_text(encoding="utf-8") != before


def test_a_link_to_a_page_that_is_gone_is_named_as_it_is_written(copy: Callable[[str], Path]) -> None:
    project = copy("parts")
    after = project / "book/after.md"
    after.write_text(after.read_text(encoding="utf-8") + "\nSee [it](two.md).\n", encoding="utf-8")
    assert run_toolchain("build", "html", project=project).code == 0
    (project / "book/two.md").unlink()
    edit(project / "book/index.md", "two\n", "")

    assert run_toolchain("build", "html", project=project).code == 1

    messages = [finding["message"] for finding in report_of(project)["findings"]]
    assert "the reference to two.md leads nowhere" in messages
