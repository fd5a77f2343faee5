"""Entries of bibliographies: whatever one lacks, it is cited and listed, and what is wrong is named with its line."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

import pytest
from lxml import html
from pybtex.database import Entry, Person
from pybtex.plugin import find_plugin
from support.damage import damaged
from support.running import report_of, run_toolchain

from toolchain.sources import bibliographies
from toolchain.sphinxext.entries import ALIASES, settable

FIELDS = (
    "title",
    "booktitle",
    "journal",
    "publisher",
    "school",
    "institution",
    "year",
    "note",
    "organization",
    "url",
)
STYLES = {name: find_plugin("pybtex.style.formatting", name)() for name in ("alpha", "plain")}
TEXT = find_plugin("pybtex.backends", "text")()
KINDS = sorted(
    {
        name.removeprefix("get_").removesuffix("_template")
        for name in dir(STYLES["alpha"])
        if name.endswith("_template")
    }
)


def listed(entry: Entry, style: str) -> str:
    (formatted,) = STYLES[style].format_entries([entry])
    return str(formatted.text.render(TEXT))


def lacking_one(kind: str) -> Iterator[Entry]:
    """Yield entries of a kind that have all fields but one, and one that has none."""
    everybody = {"author": [Person("Hill, Ann")], "editor": [Person("Reed, Bo")]}
    for lacking in (*FIELDS, "author", "editor", "people"):
        fields = {name: f"Its {name}" for name in FIELDS if name != lacking}
        persons = (
            {} if lacking == "people" else {role: who for role, who in everybody.items() if role != lacking}
        )
        yield named(Entry(kind, fields=fields, persons=persons))
    yield named(Entry(kind))


def named(entry: Entry) -> Entry:
    entry.key = "key2020"
    return entry


@pytest.mark.parametrize("style", STYLES)
def test_whatever_an_entry_lacks_it_can_be_listed(style: str) -> None:
    for kind in (*KINDS, *ALIASES, "weird", "names", "entry", "x-y"):
        for entry in lacking_one(kind):
            whole, problem = settable(entry, style)
            assert listed(whole, style)
            assert whole.persons or whole.fields["title"], "nothing to cite it by"
            assert whole.key == entry.key
            if not problem and kind not in ALIASES:
                assert whole is entry


@pytest.mark.fuzz(few=20)
def test_a_damaged_bibliography_is_refused_or_each_of_its_entries_can_be_listed(
    seed: int,
) -> None:
    chance = Random(seed)  # noqa: S311 - to be repeated, not to be secret
    text = damaged(BIBLIOGRAPHY.encode(), chance).decode(errors="replace")

    if problem := bibliographies.problem(text, "bib/all.bib"):
        assert re.match(r"bib/all\.bib:\d+: ", problem), problem
        return
    reader = bibliographies.Reader()
    reader.parse_string(text)
    for key, entry in reader.data.entries.items():
        whole, _ = settable(entry, "alpha")
        assert listed(whole, "alpha") is not None, key


BIBLIOGRAPHY = """\
@book{nobody, title={M}}
@misc{nothing,
  note={x}}
@thesis{thesis, author={Hill, Ann}, title={On waves}, school={Shore}, year={2000}}
@weird{weird, author={Hill, Ann and others}, title={Of no kind}, journal={Shores}, year={2001}}
@article{backslash, author={Reed, Bo}, title={A \\ }, journal={Sands}, year={2002}}
@article{command, author={Reed, Bo}, title={A \\foo{x}}, journal={J}, year={2003}}
@article{long, author={Moss, Cy}, title={LONG}, journal={J}, year={2004}}
@conference{conference, author={Moss, Cy}, title={T}, booktitle={B}, year={2005}}
@article{undated, author={Moss, Cy}, title={T}, journal={Tides}}
@article{uncited, title={Nobody cites it}}
"""
CITED = ("nobody", "nothing", "thesis", "weird", "backslash", "command", "long", "conference", "undated")
PROBLEMS = {
    "nobody": (1, "it has no author or editor, which @book needs"),
    "nothing": (2, "it has no author, editor or title to cite it by"),
    "weird": (5, "@weird is no kind of work that is known"),
    "backslash": (
        6,
        "it cannot be set: 'latex' codec can't decode byte 0x5c in position 2: unknown token '\\\\'",
    ),
    "command": (7, "\\foo in it is no command that is known here"),
    "long": (8, "its title has 1,000,000 characters, more than 10,000"),
    "undated": (10, "it has no year, which @article needs"),
}


@pytest.mark.slow
def test_a_work_is_cited_by_what_there_is_and_its_entry_is_named(copy: Callable[[str], Path]) -> None:
    project = copy("reference-to-nothing")
    (project / "bib").mkdir()
    (project / "bib/all.bib").write_text(BIBLIOGRAPHY.replace("LONG", "x" * 10**6), encoding="utf-8")
    cited = "\n\n".join(f"{{cite:t}}`{key}`" for key in CITED)
    page = project / "book/section.md"
    page.write_text(f"# A section\n\n{cited}\n\n```{{bibliography}}\n```\n", encoding="utf-8")

    run = run_toolchain("build", "html", "notebooks", project=project)
    assert run.code == 1, run.stdout + run.stderr
    findings = report_of(project)["findings"]
    assert {finding["id"] for finding in findings} == {"SRC019"}
    assert {(finding["path"], finding["line"], finding["message"]) for finding in findings} == {
        ("bib/all.bib", line, f"{key}: {problem}") for key, (line, problem) in PROBLEMS.items()
    }

    section = html.parse(str(project / "_build/html/section.html")).getroot()
    texts = [" ".join(node.text_content().split()) for node in section.iter("p")]
    begin = texts.index("M [n.d.]")
    assert texts[begin : begin + 6] == [
        "M [n.d.]", "nothing [n.d.]", "Hill [2000]", "Hill and others [2001]", "Reed [2002]", "Reed [2003]",
    ]  # fmt: skip
    for entry in (
        "M.",
        "nothing. x.",
        "Ann Hill. On waves. PhD thesis, Shore, 2000.",
        "Ann Hill and others. Of no kind. Shores, 2001.",
        "Bo Reed. A . Sands, 2002.",
        "Cy Moss. T. In B. 2005.",
        "Cy Moss. T. Tides.",
    ):
        assert entry in texts

    page.write_text("# A section\n\n{cite:t}`thesis`\n\n```{bibliography}\n```\n", encoding="utf-8")
    assert run_toolchain("build", "html", "notebooks", project=project).code == 0
