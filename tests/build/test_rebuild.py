"""What a change makes run, and what it does not."""

from collections.abc import Callable
from pathlib import Path

from support.places import TESTS
from support.running import report_of, run_toolchain

CHAPTER = "book/chapter_waves/index.md"


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def started_by(project: Path, log: Path, *arguments: str) -> list[str]:
    """Build and return the command lines of all processes that were started, by whatever process."""
    log.unlink(missing_ok=True)
    run = run_toolchain(
        *arguments, project=project, env={"PYTHONPATH": str(TESTS / "observe"), "OBSERVED": str(log)}
    )
    assert run.code == 0, run.stdout + run.stderr
    return log.read_text(encoding="utf-8").splitlines() if log.exists() else []


def test_unchanged_book_starts_no_notebook_no_sphinx_and_no_latex(built: Path, tmp_path: Path) -> None:
    log = tmp_path / "observed"

    started = started_by(built, log, "build")

    assert [line for line in started if not line.startswith("git ")] == []
    # The observer does see them when they start.
    edit(built / CHAPTER, "A wave.", "Another wave.")
    started = started_by(built, log, "build")
    # Once, and before it is known whether a notebook has to run.
    guards = [line for line in started if "guard.py" in line]
    assert "toolchain.sphinxext" in guards[0]
    assert not any("toolchain.sphinxext" in line for line in guards[1:])
    assert any(" xelatex " in line for line in started)
    assert not any("ipykernel" in line for line in started)
    edit(built / CHAPTER, "math.sin(x)", "math.cos(x)")
    started = started_by(built, log, "build", "html")
    assert any("ipykernel" in line for line in started)


def test_a_reused_result_is_read_once_for_all_stages(built: Path, tmp_path: Path) -> None:
    edit(built / CHAPTER, "A wave.", "Another wave.")
    log = tmp_path / "opened"

    build = run_toolchain(
        "build", project=built, env={"PYTHONPATH": str(TESTS / "observe"), "OPENED": str(log)}
    )

    assert build.code == 0, build.stdout + build.stderr
    assert statuses(built) == {"chapter_waves/index": "reused"}
    assert len(log.read_text(encoding="utf-8").splitlines()) == 1


def test_unchanged_book_says_the_same_again(built: Path) -> None:
    before = report_of(built)

    again = run_toolchain("build", "--json", project=built)

    assert again.code == 0
    assert again.json["artefacts"] == before["artefacts"]
    assert [notebook["status"] for notebook in again.json["notebooks"]] == ["reused"]


def test_only_the_edited_notebook_runs_and_a_change_taken_back_hits_again(built: Path) -> None:
    chapter = built / "book" / "chapter_waves"
    page = (built / CHAPTER).read_text(encoding="utf-8")
    other = (
        page.replace("chap-waves", "sec-other")
        .replace("fig-wave", "fig-other")
        .replace("eq-wave", "eq-other")
    )
    (chapter / "other.md").write_text(other.replace("math.sin(x)", "math.tanh(x)"), encoding="utf-8")
    (built / CHAPTER).write_text(page + "\n```{toctree}\nother\n```\n", encoding="utf-8")
    assert run_toolchain("build", "html", project=built).code == 0
    assert statuses(built) == {"chapter_waves/index": "reused", "chapter_waves/other": "executed"}

    edit(chapter / "other.md", "math.tanh(x)", "math.cos(x)")
    assert run_toolchain("build", "html", project=built).code == 0
    assert statuses(built) == {"chapter_waves/index": "reused", "chapter_waves/other": "executed"}

    edit(chapter / "other.md", "math.cos(x)", "math.tanh(x)")
    assert run_toolchain("build", "html", project=built).code == 0
    assert statuses(built) == {"chapter_waves/index": "reused", "chapter_waves/other": "reused"}


def test_a_new_result_shows_on_its_page(built: Path) -> None:
    (built / "book/data/heights.csv").write_text("40,2\n", encoding="utf-8")

    assert run_toolchain("build", "html", project=built).code == 0

    page = (built / "_build/html/chapter_waves/index.html").read_text(encoding="utf-8")
    assert ">42<" in page.replace("\n", "").replace('<span class="mi">', "").replace("42</span>", ">42<")


def test_damaged_result_is_computed_again_and_damaged_artefact_made_again(built: Path) -> None:
    (blob,) = (path for path in (built / "_build/store/blobs").rglob("*") if path.is_file())
    whole = blob.read_bytes()
    blob.write_bytes(whole[:100])
    assert run_toolchain("build", "html", project=built).code == 0
    assert statuses(built) == {"chapter_waves/index": "executed"}

    page = built / "_build/html/index.html"
    page.unlink()
    assert run_toolchain("build", "html", project=built).code == 0
    assert page.exists()


def test_page_of_a_removed_source_is_removed(built: Path) -> None:
    (built / "book/old.md").write_text("---\norphan: true\n---\n# Old\n", encoding="utf-8")
    assert run_toolchain("build", "html", project=built).code == 0
    assert (built / "_build/html/old.html").exists()

    (built / "book/old.md").unlink()

    assert run_toolchain("build", "html", project=built).code == 0
    assert not (built / "_build/html/old.html").exists()


def test_force_runs_everything_and_clean_keeps_the_store(built: Path) -> None:
    assert (
        run_toolchain("execute", "--force", "--json", project=built).json["notebooks"][0]["status"]
        == "executed"
    )

    assert run_toolchain("clean", project=built).code == 0

    # The lock's file may stay: somebody may wait for it.
    assert {path.name for path in (built / "_build").iterdir()} - {".lock"} == {"store"}
    assert run_toolchain("execute", "--json", project=built).json["notebooks"][0]["status"] == "reused"
    assert run_toolchain("clean", "--store", project=built).code == 0
    assert {path.name for path in (built / "_build").iterdir()} <= {".lock"}


def test_sphinx_killed_while_it_read_finds_everything_in_the_next_run(copy: Callable[[str], Path]) -> None:
    project = copy("reference-to-nothing")
    assert run_toolchain("build", "html", project=project).code == 1
    # What a kill leaves: doctrees that were read, and no word of what was wrong with them.
    (project / "_build/sphinx/unfinished").touch()
    (project / "_build/sphinx/html.json").unlink()
    (project / "_build/report.json").unlink()

    assert run_toolchain("build", "html", project=project).code == 1


def test_mended_from_the_other_page(copy: Callable[[str], Path]) -> None:
    project = copy("duplicate-label")
    assert run_toolchain("build", "html", project=project).code == 1

    edit(project / "book/first.md", "sec-same", "sec-first")

    assert run_toolchain("build", "html", project=project).code == 0


def statuses(project: Path) -> dict[str, str]:
    return {notebook["name"]: notebook["status"] for notebook in report_of(project)["notebooks"]}


def test_a_new_result_is_on_the_site_though_another_form_was_made_first(built: Path) -> None:
    word = built / "book/data/word.txt"
    word.parent.mkdir(exist_ok=True)
    word.write_text("before", encoding="utf-8")
    with (built / CHAPTER).open("a", encoding="utf-8") as page:
        page.write('\n```{code-cell} ipython3\nprint("said", open("../data/word.txt").read())\n```\n')
    assert run_toolchain("build", "html", "notebooks", project=built).code == 0

    word.write_text("after", encoding="utf-8")
    assert run_toolchain("build", "html", "notebooks", project=built).code == 0

    site = (built / "_build/html/chapter_waves/index.html").read_text(encoding="utf-8")
    assert "said after" in site
    assert "said before" not in site


def test_a_build_that_ends_early_does_not_leave_the_last_ones_report(built: Path) -> None:
    before, page = report_of(built), (built / CHAPTER).read_bytes()
    (built / CHAPTER).write_bytes(b"\xff" + page)

    ended = run_toolchain("build", project=built)

    assert ended.code == 3
    report = report_of(built)
    assert (report["exit_code"], report["stopped"], report["state"]) == (3, True, "")
    assert report["error"].splitlines()[0] == ended.stderr.partition("error: ")[2].splitlines()[0]
    assert report["error"].startswith(CHAPTER)
    assert report["artefacts"] == before["artefacts"]
    (built / CHAPTER).write_bytes(page)
    assert run_toolchain("build", "html", project=built).code == 0
    assert (report_of(built)["exit_code"], report_of(built)["error"]) == (0, "")
