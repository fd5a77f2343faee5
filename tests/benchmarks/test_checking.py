"""What it costs to check a book of 10, 50 or 200 pages in all forms, beside what it costs to build it."""

import shutil
import statistics
import time
from pathlib import Path

import pytest
from support.places import TESTS
from support.running import run_toolchain

SIZES = (10, 50, 200)
TIMES = 3
SECTIONS = 10
"""Pages of a chapter; the first of them is a notebook."""
FRONT = """\
---
file_format: mystnb
kernelspec:
  name: python3
---

"""
CELL = """\

```{{code-cell}} ipython3
print("page {number}")
```
"""
PAGE = """\
(sec-{number})=
# Page {number}

{words}

$$ y_{number} = x^2 $$ (eq-{number})

:::{{figure}} ../../img/dot.svg
:name: fig-{number}
:alt: A dot.

The dot of page {number}.
:::

:::{{list-table}} Numbers of page {number}
:name: tab-{number}
:header-rows: 1

* - Name
  - Value
* - page
  - {number}
:::

{words}

## Again

See {{eq}}`eq-{number}`, {{numref}}`fig-{number}`, {{numref}}`tab-{number}`, {{numref}}`sec-{number}` and {{numref}}`sec-{other}`.

{words}
"""
WORDS = (
    "Some words about waves, as in any section of a book, so that there is something to read and to print. "
    * 12
)
DOT = '<svg xmlns="http://www.w3.org/2000/svg" width="20" height="20"><circle cx="10" cy="10" r="8"/></svg>\n'


def write_book(project: Path, pages: int) -> None:
    """Write a book of chapters of ten pages each."""
    shutil.copytree(TESTS / "kernel", project.parent / "kernel", dirs_exist_ok=True)
    for name in ("_config", "book", "img"):
        (project / name).mkdir(parents=True)
    (project / "img/dot.svg").write_text(DOT)
    (project / "_config/book.toml").write_text(
        '[book]\ntitle = "Large"\nslug = "large"\nauthors = ["Its author"]\n'
        '[kernel]\nfolder = "../../kernel"\n[check]\nerrors = ["all"]\n'
    )
    chapters = range(pages // SECTIONS)
    listed = "\n".join(f"chapter_{chapter}/index" for chapter in chapters)
    (project / "book/index.md").write_text(f"# Large\n\n```{{toctree}}\n:numbered:\n\n{listed}\n```\n")
    for chapter in chapters:
        folder = project / f"book/chapter_{chapter}"
        folder.mkdir()
        (folder / "index.md").write_text(f"# Waves, {chapter}\n\n```{{toctree}}\n:glob:\n\np*\n```\n")
        for section in range(SECTIONS):
            number = chapter * SECTIONS + section
            text = PAGE.format(number=number, other=(number + 7) % pages, words=WORDS)
            notebook = FRONT + text + CELL.format(number=number)
            (folder / f"p{section}.md").write_text(text if section else notebook)


@pytest.mark.bench
def test_checking_is_linear_and_a_small_part(tmp_path: Path) -> None:
    per_page = {}
    for pages in SIZES:
        project = tmp_path / f"{pages}" / "project"
        write_book(project, pages)
        start = time.perf_counter()
        built = run_toolchain("build", project=project)
        building = time.perf_counter() - start
        assert built.code == 0, built.stdout + built.stderr
        times = []
        for _ in range(TIMES):
            start = time.perf_counter()
            check = run_toolchain("check", "--json", project=project)
            times.append(time.perf_counter() - start)
            assert check.json == []
        checking = statistics.median(times)
        per_page[pages] = checking / pages
        print(  # noqa: T201 - what a benchmark is for
            f"\n{pages} pages in three forms: built in {building:.1f} s, checked in {checking:.2f} s "
            f"(`toolchain check`, median of {TIMES}): ratio {checking / building:.3f}, "
            f"{1000 * per_page[pages]:.0f} ms a page"
        )
    print(  # noqa: T201 - as above
        f"a page of {SIZES[-1]} costs {per_page[SIZES[-1]] / per_page[SIZES[1]]:.2f} of a page of {SIZES[1]}"
    )
