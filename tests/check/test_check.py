"""`toolchain check` and `[check]` of book.toml: what is looked for, what counts, what is explained."""

from collections.abc import Callable
from pathlib import Path

import pytest
from support.running import report_of, run_toolchain

from toolchain.check import CHECKS, FAMILIES, explain
from toolchain.forms.sphinx_runs import facts_of
from toolchain.model import Severity
from toolchain.project import settings


@pytest.fixture
def project(copy: Callable[[str], Path]) -> Path:
    """Give a project about which there is nothing but advice: nothing refers to the label of its section."""
    project = copy("reference-to-nothing")
    (project / "book/section.md").write_text("(sec-alone)=\n# A section\n\nText.\n", encoding="utf-8")
    return project


def configure(project: Path, text: str) -> None:
    path = project / "_config/book.toml"
    path.write_text(path.read_text(encoding="utf-8").partition("[check")[0] + text, encoding="utf-8")


def test_advice_fails_only_where_the_book_or_the_person_asks_for_it(project: Path) -> None:
    build = run_toolchain("build", "html", project=project)

    assert build.code == 0
    assert "findings: 0   advice: 1" in build.stdout
    assert "sec-alone" not in build.stdout
    (finding,) = report_of(project)["findings"]
    assert (finding["id"], finding["severity"]) == ("SRC004", "advice")
    checked = run_toolchain("check", project=project)
    assert checked.code == 0
    assert "book/section.md:1: advice: nothing refers to sec-alone [SRC004]" in checked.stdout
    checked_alone = run_toolchain("check", "SRC004", project=project)
    assert checked_alone.code == 1
    assert "book/section.md:1: error: nothing refers to sec-alone [SRC004]" in checked_alone.stdout
    for errors in ('["SRC004"]', '["all"]'):
        configure(project, f"[check]\nerrors = {errors}\n")
        assert run_toolchain("build", "html", project=project).code == 1
        assert "severity" not in report_of(project)["findings"][0]


def test_a_source_that_was_saved_after_the_build_is_named(project: Path) -> None:
    run_toolchain("build", "html", project=project)
    assert "saved after" not in run_toolchain("check", project=project).stderr
    (project / "book/section.md").write_text("# A section\n", encoding="utf-8")

    check = run_toolchain("check", project=project)

    assert "book/section.md was saved after the last build" in check.stderr
    assert "sec-alone" in check.stdout
    # What Sphinx has read is damaged: nothing would be found in it.
    facts = project / "_build/sphinx/facts"
    facts.write_bytes(facts.read_bytes()[:-1])
    check = run_toolchain("check", project=project)
    assert check.code == 2
    assert (
        check.stderr == "error: nothing is built here that could be checked\nRun `toolchain build` first.\n"
    )


def test_a_check_is_turned_off_with_a_reason(project: Path) -> None:
    configure(project, '[check]\nerrors = ["all"]\n[check.off]\nSRC004 = "other books link to its labels"\n')

    assert run_toolchain("build", "html", project=project).code == 0

    assert report_of(project)["findings"] == []
    checked = run_toolchain("check", project=project)
    assert checked.code == 0
    assert "off: SRC004: other books link to its labels" in checked.stdout
    assert run_toolchain("check", "SRC004", project=project).code == 1


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ('[check]\nerrors = ["SRC0004"]\n', ["[check]: no check 'SRC0004'", "Did you mean SRC004?"]),
        ('[check.off]\nhtml001 = "why"\n', ["[check]: no check 'html001'", "Did you mean HTML001?"]),
        ('[check.off]\nHTML001 = ""\n', ["[check] off: is to be a text in quotes of at least 1 character"]),
        (
            "[pdf.editions.print]\nprofile = 'nosuch'\n",
            ["[pdf.editions.print]: unknown profile 'nosuch'", "Known: generic, ingramspark, kdp, lulu."],
        ),
        (
            "[pdf.editions.print]\ngrey = true\n",
            [
                "unknown key 'grey' in [pdf.editions.print]",
                'it is called colours now, as in colours = "grey"',
            ],
        ),
        (
            '[pdf.editions.print]\ncolours = "sepia"\n',
            ["[pdf.editions] colours: is to be 'cmyk' or 'grey', and is 'sepia'"],
        ),
        (
            '[pdf.editions.print]\nstandard = "PDF/X-4"\n',
            [
                "'print': PDF/X-4 has no colours of screens",
                'Say what they become: colours = "grey" or "cmyk".',
            ],
        ),
        (
            '[pdf.editions.print]\nstandard = "PDF/A-2b"\n',
            ["'print': PDF/A-2b is not for editions of the kind print", "there is PDF/X-1a:2001 and"],
        ),
        (
            '[pdf.editions.screen]\nstandard = "PDF/X-4"\n',
            ["'screen': PDF/X-4 is not for editions of the kind screen", "there is PDF/A-2b."],
        ),
        (
            '[pdf.editions.print]\nprofile = "kdp"\ncolours = "grey"\nstandard = "PDF/X-4"\n',
            ["[pdf.editions.print]: the printer of 'kdp' wants no metadata", "Leave `standard` out."],
        ),
        ("[check]\ncode_with = 3\n", ["unknown key 'code_with' in [check]", "did you mean 'code_width'?"]),
    ],
)
def test_a_mistake_in_the_table_is_named_before_anything_runs(
    project: Path, text: str, sentences: list[str]
) -> None:
    configure(project, text)

    build = run_toolchain("build", "html", project=project)

    assert build.code == 2
    for sentence in sentences:
        assert sentence in build.stderr
    assert not (project / "_build/html").exists()


def test_what_a_check_needs_is_known_before_it_is_imported() -> None:
    for name, check in CHECKS.items():
        assert check.needs >= FAMILIES[name.rstrip("0123456789")].needs, name
    assert {*CHECKS.of(frozenset({"html"}))} == {c for c in CHECKS.values() if c.needs <= {"html"}}


def test_every_check_is_listed_and_explained(project: Path) -> None:
    listed = run_toolchain("check", "--list", project=project).stdout.splitlines()

    assert [line.split()[0] for line in listed] == list(CHECKS)
    assert [line.split()[1] for line in listed] == [check.severity for check in CHECKS.values()]
    for name, check in CHECKS.items():
        explanation = explain(name)
        assert explanation.startswith(f"{name}: {check.title} ({check.severity})\n\n")
        assert len(explanation.split()) > 20
    assert run_toolchain("check", "--explain", name, project=project).stdout == f"{explanation}\n"
    assert {check.severity for check in CHECKS.values()} == set(Severity)
    unknown = run_toolchain("check", "--explain", "SCR004", project=project)
    assert unknown.code == 2
    assert "Did you mean SRC004?" in unknown.stderr


def test_the_appendix_lists_every_check(book: Path) -> None:
    text = (book / "book/chapter_appendix/checks.md").read_text(encoding="utf-8")

    for name, check in CHECKS.items():
        severity = "advice" if check.severity == Severity.ADVICE else "error"
        assert f"* - `{name}`\n  - {severity}\n  - {check.title}\n" in text


@pytest.mark.slow
def test_a_book_of_every_construct_has_the_same_numbers_in_all_forms(copy: Callable[[str], Path]) -> None:
    """LaTeX numbers each line of an environment and each listing by itself."""
    project = copy("constructs")

    build = run_toolchain("build", project=project)

    assert build.code == 0, build.stdout + build.stderr
    assert {finding["id"] for finding in report_of(project)["findings"]} == {"SRC004"}
    labels = {label.kind for label in facts_of(settings.load(project)).labels if label.number}
    assert labels == {"section", "figure", "table", "code-block", "equation"}
