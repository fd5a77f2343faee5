"""Citations in two styles, and lists of what each chapter cites: on the site, in print and in the notebooks."""

import json
import re
import zipfile
from pathlib import Path
from typing import Any, NamedTuple

import pikepdf
import pytest
from lxml import html
from pypdf import PdfReader
from support.projects import copy_project
from support.running import run_toolchain


class Style(NamedTuple):
    name: str
    sentences: dict[str, str]
    """What a page says, by its name."""
    labelled: bool
    """Whether entries have labels in print."""


NUMERIC = Style(
    "numeric",
    {
        "chapter_a/index": "Hill [1] begins.",
        "chapter_a/section": "It was so [1, 2].",
        "chapter_b/index": "As Moss and Reed [1] say, and [2].",
    },
    labelled=True,
)
AUTHOR_YEAR = Style(
    "author-year",
    {
        "chapter_a/index": "Hill [1999] begins.",
        "chapter_a/section": "It was so [Hill, 1999, Reed, 2011].",
        "chapter_b/index": "As Moss and Reed [2004] say, and [Reed, 2011].",
    },
    labelled=False,
)
ENTRIES = {
    "hill1999": "Ann Hill. Waves. Shore, 1999.",
    "moss2004": "Cy Moss and Bo Reed. Tides and sand. Coasts, 2004.",
    "reed2011": "Bo Reed. Dunes. Shore, 2011.",
}
LISTS = {"chapter_a/index": ["hill1999", "reed2011"], "chapter_b/index": ["moss2004", "reed2011"]}


@pytest.fixture(scope="module", params=[NUMERIC, AUTHOR_YEAR], ids=lambda style: style.name)
def cited(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Style]:
    folder = tmp_path_factory.getbasetemp() / "cited"
    project = folder / "projects" / "cited"
    if not project.exists():  # else the style is changed in a book that is built
        copy_project("cited", folder)
    config = project / "_config/book.toml"
    text = config.read_text(encoding="utf-8")
    config.write_text(re.sub(r'style = ".*"', f'style = "{request.param.name}"', text), encoding="utf-8")
    build = run_toolchain("build", project=project)
    assert build.code == 0, build.stdout + build.stderr
    return project, request.param


def page(project: Path, name: str) -> Any:
    return html.parse(str(project / f"_build/html/{name}.html")).getroot()


def test_site_has_a_list_at_the_end_of_each_chapters_first_page(cited: tuple[Path, Style]) -> None:
    project, style = cited

    for name, sentence in style.sentences.items():
        assert " ".join(page(project, name).xpath("string(//article//p)").split()) == sentence
        entries = page(project, name).xpath("//div[@role='list']/div[@role='listitem']")
        assert [entry.get("id") for entry in entries] == [f"cited-{key}" for key in LISTS.get(name, [])]
        texts = [" ".join(entry.xpath("string(p)").split()) for entry in entries]
        assert texts == [ENTRIES[key] for key in LISTS.get(name, [])]
    links = page(project, "chapter_a/section").xpath("//article//p//a/@href")
    assert links == ["index.html#cited-hill1999", "index.html#cited-reed2011"]
    assert page(project, "chapter_b/index").xpath("//article//p//a/@href")[-1] == "#cited-reed2011"


def test_print_has_the_lists_at_the_end_of_the_chapters(cited: tuple[Path, Style]) -> None:
    project, style = cited
    path = project / "_build/pdf/cited.pdf"
    page_texts = [" ".join(pdf_page.extract_text().split()) for pdf_page in PdfReader(path).pages[-2:]]

    def printed(name: str) -> str:
        marks = [f"[{number}] " if style.labelled else "" for number in (1, 2)]
        return " ".join(mark + ENTRIES[key] for mark, key in zip(marks, LISTS[name], strict=True))

    first, section, second = style.sentences.values()
    assert page_texts == [
        f"Chapter 1 Sea {first} 1.1 Tide {section} References {printed('chapter_a/index')} 1",
        f"Chapter 2 Land {second} References {printed('chapter_b/index')} 2",
    ]
    with pikepdf.open(path) as opened:
        links = [
            str(annotation.A.D)
            for annotation in opened.pages[-2].get("/Annots", ())
            if annotation.get("/A", {}).get("/D")
        ]
    assert links == [f"cite.chapter_a/index:cited-{key}" for key in ("hill1999", "hill1999", "reed2011")]


def test_notebook_has_a_list_of_what_it_cites(cited: tuple[Path, Style]) -> None:
    project, style = cited
    with zipfile.ZipFile(project / "_build/notebooks/cited.zip") as bundle:
        (name,) = (name for name in bundle.namelist() if name.endswith("chapter_a/1-a.ipynb"))
        cells = ["".join(cell["source"]) for cell in json.loads(bundle.read(name))["cells"]]

    assert "(#cite-cited-hill1999)" in cells[0]
    label = "1" if style.labelled else "Hill, 1999"
    entry = f'- <a id="cite-cited-hill1999"></a>\\[{label}\\] Ann Hill. *Waves*. Shore, 1999.'
    assert cells[-1] == f"## References\n\n{entry}"
