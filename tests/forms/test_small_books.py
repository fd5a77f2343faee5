"""Books that have less than most: one page, no words, no site."""

import json
import subprocess
import zipfile
from pathlib import Path

import pytest
from support.running import report_of, run_toolchain

TOML = '[book]\ntitle = "Small"\nslug = "small"\nauthors = ["Its author"]\n'
THERE = """\
# There

(place)=
## A place

Back [there](#part), [to it](../chapter_here/index.md#figure), {ref}`part`, and to [the list](#listed).
"""
HERE = """\
# Here

(part)=
## A section

Own [a](#part), [b](#listed), [c](#quoted), [d](#code), [e](#formula), [f](#words), [g](#wide), {ref}`part`.

Others [a](#place), [`code]` in it](../chapter_there/index.md), [with \\] and $x[1]$](#place), {ref}`place`,
[![A picture](dot.png)](#place), [*word* [in] brackets](#place) and <project:#place>.

(listed)=
- one
- two

(quoted)=
> quoted

(code)=
```python
1
```

```{code-block} python
:name: wide

2
```

(formula)=
$$ x $$

Some [words]{#words}. A file to {download}`take <dot.png>`.

```{figure} dot.png
:name: figure
:alt: A dot

A figure
```
"""


def write(folder: Path, pages: dict[str, str]) -> Path:
    for name, text in {
        "_config/book.toml": TOML,
        **{f"book/{name}": text for name, text in pages.items()},
    }.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder


@pytest.mark.parametrize(("page", "title"), [("# One title\n", "One title"), ("#\n", "")])
def test_a_book_of_one_page_needs_no_words_to_be_found(page: str, title: str, tmp_path: Path) -> None:
    project = write(tmp_path, {"index.md": page})
    subprocess.run(["git", "init", "--quiet", project], check=True)

    # As where a container builds what its host's user owns.
    build = run_toolchain("build", "html", project=project, env={"GIT_TEST_ASSUME_DIFFERENT_OWNER": "1"})

    assert build.code == 0, build.stdout + build.stderr
    assert f"If it may be trusted: git config --global --add safe.directory {project}\n" in build.stderr
    assert [finding["id"] for finding in report_of(project)["findings"] if "HTML006" in finding["id"]] == []
    index = (project / "_build/html/_static/search/index.js").read_text(encoding="utf-8")
    index = json.loads(index.removeprefix("toolchainSearch.index(").removesuffix(")\n"))
    assert index["pages"] == [["index", "index.html", -1, ["", "", title]]]


def cells_of(path: Path, name: str) -> str:
    with zipfile.ZipFile(path) as archive:
        cells = json.loads(archive.read(name))["cells"]
    return "\n".join("".join(cell["source"]) for cell in cells)


def test_without_a_site_a_link_out_of_an_archive_is_its_words_and_every_other_leads_somewhere(
    tmp_path: Path,
) -> None:
    from PIL import Image  # noqa: PLC0415 - for this test alone

    index = "# Small\n\n```{toctree}\nchapter_here/index\nchapter_there/index\n```\n"
    project = write(
        tmp_path, {"index.md": index, "chapter_here/index.md": HERE, "chapter_there/index.md": THERE}
    )
    Image.new("RGB", (9, 9)).save(project / "book/chapter_here/dot.png")

    build = run_toolchain("build", "notebooks", project=project)

    assert build.code == 0, build.stdout + build.stderr
    folder = project / "_build/notebooks"
    here = cells_of(folder / "chapter_here.zip", "chapter_here/book/chapter_here/here.ipynb")
    others = "Others a, `code]` in it, with \\] and $x[1]$, A place, ![A picture](dot.png), *word* \\[in\\] brackets and A place."
    assert others in here
    assert "](#)" not in here
    places = ("part", "listed", "quoted", "code", "formula", "words", "wide", "figure")
    assert [place for place in places if here.count(f'<a id="{place}"></a>') != 1] == []
    there = cells_of(folder / "chapter_there.zip", "chapter_there/book/chapter_there/there.ipynb")
    assert "Back there, to it, A section, and to the list." in there
    alone = json.loads(
        (project / "_build/notebooks-alone/chapter_here/index.ipynb").read_text(encoding="utf-8")
    )
    text = "\n".join("".join(cell["source"]) for cell in alone["cells"])
    assert "A file to `take`." in text
    assert "![A picture](attachment:dot.png)" in text
    whole = cells_of(folder / "small.zip", "small/book/chapter_there/there.ipynb")
    assert (
        "Back [there](../chapter_here/here.ipynb#part), [to it](../chapter_here/here.ipynb#figure)" in whole
    )


def printed_in(project: Path) -> str:
    """Build the PDF; return its words."""
    build = run_toolchain("build", "pdf", project=project)
    assert build.code == 0, build.stdout + build.stderr
    text = subprocess.run(
        ["pdftotext", project / "_build/pdf/small.pdf", "-"], capture_output=True, text=True, check=True
    )
    return " ".join(text.stdout.split())


def test_the_first_page_is_printed_where_it_is_the_book_and_where_that_is_wanted(tmp_path: Path) -> None:
    project = write(tmp_path, {"index.md": "# Small\n\nAll of it.\n\n## A part of it\n\nMore.\n"})
    assert "Small All of it. A part of it More. 1" in printed_in(project)

    index = "# Small\n\nIt welcomes.\n\n```{toctree}\n:numbered:\none\n```\n"
    write(tmp_path, {"index.md": index, "one.md": "# One\n\nThe first.\n"})
    assert "It welcomes" not in printed_in(project)
    assert [(found["id"], found["path"], found["line"]) for found in report_of(project)["findings"]] == [
        ("PDF009", "book/index.md", 3)
    ]

    (project / "_config/book.toml").write_text(TOML + "[pdf]\nfirst_page = true\n", encoding="utf-8")
    words = printed_in(project)
    assert report_of(project).get("findings", []) == []
    assert words.index("It welcomes.") < words.index("Chapter 1 One The first.")
