"""What the last run has found, made or compiled is kept as long as nothing has changed that decides about it.

A book's conf.py notes what is done again; it has no `setup`, of which nobody would know what it does.
"""

import os
from pathlib import Path

import pytest
from support.sphinx_books import Built, build

CONF = """\
import os
from pathlib import Path

import jinja2
from pybtex.style.formatting import BaseStyle
from sphinx.builders.html import StandaloneHTMLBuilder
from sphinx.environment.collectors.toctree import TocTreeCollector
from toolchain.sphinxext import configuration

globals().update(configuration(__file__))
DONE = Path(os.environ["TOOLCHAIN_PROJECT"], "_build/done")


def note(owner, name, what, least=0):
    function = getattr(owner, name)

    def noting(*arguments, **options):
        if len(arguments) < least:
            return function(*arguments, **options)
        with DONE.open("a") as done:
            done.write(f"{what}\\n")
        return function(*arguments, **options)

    setattr(owner, name, noting)


note(BaseStyle, "format_entry", "entries")
note(TocTreeCollector, "assign_figure_numbers", "numbers")
note(StandaloneHTMLBuilder, "_get_local_toctree", "contents")
# Of a file of its own; others are scripts that are evaluated.
note(jinja2.Environment, "compile", "templates", least=4)
"""
TOML = (
    '[book]\ntitle = "Kept"\nslug = "kept"\nauthors = ["Its author"]\n\n[bibliography]\nper_chapter = {0}\n'
)
WORK = "@book{{{0}, author={{A. {0}}}, title={{Of {0}}}, year={{{1}}}, publisher={{P}}}}\n"
LIST = '```{bibliography}\n:filter: cited or key % "tide"\n```\n'
MEANINGS = "\nA word\n: It means this, on each page that explains it: it is in no glossary.\n"
BOOK = {
    "_config/conf.py": CONF,
    "bib/works.bib": WORK.format("wave", 1999) + WORK.format("tide", 2001) + WORK.format("wind", 2003),
    "book/index.md": "# Kept\n\n```{toctree}\n:numbered:\na\nb\nworks\n```\n",
    "book/a.md": f"# A\n\nText. By {{cite:t}}`wave`.\n\n## Part\n\nText.\n{MEANINGS}",
    "book/b.md": f"# B\n\nText. By {{cite:t}}`tide`.\n{MEANINGS}",
    "book/works.md": f"# Works\n\nText.\n\n{LIST}",
}
EDITS: tuple[tuple[str, str, str, str, set[str]], ...] = (
    ("a sentence", "book/a.md", "Text.", "Other text.", set()),
    ("a sentence beside a list", "book/works.md", "Text.", "Other text.", set()),
    ("a heading", "book/a.md", "Part", "Other part", {"numbers"}),
    ("what is cited", "book/a.md", "wave", "wave,tide", {"entries"}),
    ("a work", "bib/works.bib", "Of wave", "Of waves", {"entries"}),
    ("a title", "book/b.md", "# B", "# Bays", {"contents", "numbers"}),
    ("the order of pages", "book/index.md", "a\nb\n", "b\na\n", {"contents", "entries", "numbers"}),
    ("what a list has", "book/works.md", "tide", "wind", {"entries"}),
    ("where contents are", "book/index.md", "```{toctree}\n:numbered:\nb\na\nworks\n```",
     "````{only} html\n\n```{toctree}\n:numbered:\nb\na\nworks\n```\n````", {"contents", "numbers"}),
    ("a sentence where contents are not everywhere", "book/a.md", "Other text.", "Text.", {"contents"}),
)  # fmt: skip


@pytest.mark.parametrize("per_chapter", [False, True], ids=["one list", "lists of chapters"])
def test_what_is_kept_is_made_again_when_something_decides_otherwise(
    tmp_path: Path, *, per_chapter: bool
) -> None:
    project = write(tmp_path / "book", per_chapter=per_chapter)
    build(project, "html")
    assert done_in(project) == {"contents", "entries", "numbers", "templates"}

    for what, name, old, new, again in EDITS:
        built = edited(project, name, old, new)
        assert done_in(project) == again, what
        assert built.read == {Path(name).stem} or not name.startswith("book/"), what
        assert built.findings == (), what
    assert clean(project) == built.files


@pytest.mark.parametrize("is_link", [False, True], ids=["a file", "a link"])
def test_a_bibliography_of_the_same_time_is_read_for_its_content(tmp_path: Path, *, is_link: bool) -> None:
    project = write(tmp_path / "book")
    works = project / "bib/works.bib"
    if is_link:
        works = works.rename(project / "works-elsewhere")
        (project / "bib/works.bib").symlink_to(works)
    build(project, "html")
    before = works.stat()

    works.write_text(works.read_text(encoding="utf-8").replace("A. wave", "B. wave"), encoding="utf-8")
    os.utime(works, ns=(before.st_atime_ns, before.st_mtime_ns))
    built = build(project, "html")

    assert clean(project) == built.files


def test_what_somebody_else_wrote_is_not_used(tmp_path: Path) -> None:
    project = write(tmp_path / "book")
    build(project, "html")
    contents = project / "_build/doctrees/environment.contents"
    text = contents.read_text(encoding="utf-8")
    assert "Works</a>" in text
    contents.write_text(text.replace("Works</a>", "Words</a>"), encoding="utf-8")

    done_in(project)
    built = edited(project, "book/b.md", "Text.", "Other text.")

    assert built.read == {"index", "a", "b", "works"}
    assert done_in(project) == {"contents", "entries", "numbers", "templates"}
    assert clean(project) == built.files


def test_what_is_wrong_with_an_entry_is_said_in_each_build(tmp_path: Path) -> None:
    project = write(tmp_path / "book")
    build(project, "html")

    (finding,) = edited(project, "bib/works.bib", "publisher={P}", "publisher={\\unheard P}").findings
    assert "wave" in finding.message
    done_in(project)
    assert edited(project, "book/b.md", "Text.", "Other text.").findings == (finding,)
    assert done_in(project) == {"entries"}
    assert edited(project, "bib/works.bib", "\\unheard ", "").findings == ()
    done_in(project)
    assert edited(project, "book/b.md", "Other text.", "Text.").findings == ()
    assert done_in(project) == set()


def test_what_is_wrong_with_numbers_is_said_in_each_build(tmp_path: Path) -> None:
    project = write(tmp_path / "book")
    build(project, "html")

    twice = "works\n```\n\n```{toctree}\n:numbered:\nb\n```"
    findings = edited(project, "book/index.md", "works\n```", twice).findings
    assert any("already assigned" in finding.message for finding in findings)
    done_in(project)
    assert edited(project, "book/a.md", "Text.", "Other text.").findings == findings
    assert done_in(project) == {"numbers"}
    assert edited(project, "book/index.md", twice, "works\n```").findings == ()
    (project / "book/c.md").write_text("# C\n", encoding="utf-8")
    built = edited(project, "book/index.md", "works\n```", "works\nc\n```")
    assert built.findings == ()
    (project / "book/c.md").unlink()
    built = edited(project, "book/index.md", "works\nc\n```", "works\n```")
    assert clean(project) == built.files


def test_a_page_that_is_read_as_well_keeps_its_numbers(tmp_path: Path) -> None:
    project = write(tmp_path / "book")
    for name in ("a", "b"):
        with (project / f"book/{name}.md").open("a", encoding="utf-8") as page:
            page.write("\n(same)=\nWords with the label of another page's.\n")
    build(project, "html")
    done_in(project)

    built = edited(project, "book/a.md", "Text.", "Other text.")

    assert built.read == {"a", "b"}
    assert done_in(project) == {"numbers"}
    assert clean(project) == built.files


def write(project: Path, *, per_chapter: bool = False) -> Path:
    """Write the book."""
    for name, text in {"_config/book.toml": TOML.format(str(per_chapter).lower()), **BOOK}.items():
        (project / name).parent.mkdir(parents=True, exist_ok=True)
        (project / name).write_text(text, encoding="utf-8")
    return project


def edited(project: Path, name: str, old: str, new: str) -> Built:
    text = (project / name).read_text(encoding="utf-8")
    assert old in text, name
    (project / name).write_text(text.replace(old, new, 1), encoding="utf-8")
    return build(project, "html")


def done_in(project: Path) -> set[str]:
    """Return what was done since this was asked last."""
    done = project / "_build/done"
    kinds = set(done.read_text(encoding="utf-8").split()) if done.exists() else set()
    done.unlink(missing_ok=True)
    return kinds


def clean(project: Path) -> dict[str, bytes]:
    """Return what a build from nothing makes."""
    (project / "_build").rename(project / "_before")
    return build(project, "html").files
