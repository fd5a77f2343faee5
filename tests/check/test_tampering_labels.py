"""A number, a title or a place that is changed in one form after the book was built is found by comparing the forms."""

import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pikepdf
import pytest
from support.tampering import CHAPTER, PDF, WAVES, WHOLE, change_pdf, change_zip, findings

PAGE = "_build/html/chapter_waves/index.html"
FIGURE = "figure fig-wave: “Figure 1.1 A wave.”, but "
HEADING = "section chap-waves: “1 Waves”, but "
EQUATION = "equation eq-wave: “(1.1)”, but "


def in_site(old: str, new: str) -> Callable[[Path], None]:
    def change(project: Path) -> None:
        page = project / PAGE
        text = page.read_text(encoding="utf-8")
        assert old in text
        page.write_text(text.replace(old, new), encoding="utf-8")

    return change


def in_notebook(archive: str, old: str, new: str) -> Callable[[Path], None]:
    def rewrite(files: dict[str, bytes]) -> None:
        (name,) = (name for name in files if name.endswith("1-waves.ipynb"))
        notebook = json.loads(files[name])
        assert old in json.dumps(notebook, ensure_ascii=False).replace('\\"', '"')
        files[name] = json.dumps(_replaced(notebook, old, new)).encode()

    return lambda project: change_zip(project / archive, rewrite)


def _replaced(content: Any, old: str, new: str) -> Any:
    if isinstance(content, str):
        return content.replace(old, new)
    if isinstance(content, list):
        return [_replaced(part, old, new) for part in content]
    return (
        {key: _replaced(value, old, new) for key, value in content.items()}
        if isinstance(content, dict)
        else content
    )


def in_print(kind: str) -> Callable[[Path], None]:
    """Return what moves a place of the PDF to its title page, where another number stands, or none."""

    def move(pdf: pikepdf.Pdf) -> None:
        names = pikepdf.NameTree(pdf.Root.Names.Dests)
        (name,) = (name for name in names if name.startswith(kind))
        names[name] = pikepdf.Array([pdf.pages[0].obj, pikepdf.Name.XYZ, 0, 600, 0])

    return lambda project: change_pdf(project, move)


@pytest.mark.parametrize(
    ("change", "line", "message"),
    [
        (in_site(">Figure 1.1 <", ">Figure 1.2 <"), 16, f"{FIGURE}“Figure 1.2 A wave.” in the site"),
        (in_site(">A wave.<", ">A wave!?<"), None, ""),
        (in_site(">A wave.<", ">Two waves.<"), 16, f"{FIGURE}“Figure 1.1 Two waves.” in the site"),
        (in_site('"eqno">(1.1)', '"eqno">(1.7)'), 12, f"{EQUATION}“(1.7)” in the site"),
        (in_site(">1 </span>Waves", ">2 </span>Waves"), 8, f"{HEADING}“2 Waves” in the site"),
        (
            in_notebook(CHAPTER, "**Figure 1.1.**", "**Figure 1.3.**"),
            16,
            f"{FIGURE}“Figure 1.3 A wave.” in chapter_waves.zip",
        ),
        (
            in_notebook(WHOLE, "tag{1.1}", "tag{1.4}"),
            12,
            f"{EQUATION}“(1.4)” in two-pages.zip",
        ),
        (in_notebook(WHOLE, "# 1 Waves", "# 1 Wind"), 8, f"{HEADING}“1 Wind” in two-pages.zip"),
        (
            in_notebook(CHAPTER, '<a id="fig-wave">', '<a id="fig-wane">'),
            16,
            "figure fig-wave is not in chapter_waves.zip",
        ),
        (in_print("equation."), 12, f"{EQUATION}nothing of the kind in the PDF"),
        (in_print("figure."), 16, f"{FIGURE}nothing of the kind in the PDF"),
    ],
)
def test_a_label_that_differs_in_one_form_is_named(
    change: Callable[[Path], None], line: int | None, message: str, copied: Path
) -> None:
    change(copied)

    reported = [finding for finding in findings(copied) if finding[0].startswith("LBL")]

    if line is None:
        assert reported == []
    else:
        assert [(path, reported_line) for _, path, reported_line, _ in reported] == [(WAVES, line)]
        assert reported[0][3].startswith(message)


def test_a_title_that_no_form_has_is_named_with_what_they_have(copied: Path) -> None:
    facts = copied / "_build/sphinx/facts"
    facts.write_bytes(
        msgspec.msgpack.encode(_replaced(msgspec.msgpack.decode(facts.read_bytes()), "A wave.", "Two waves."))
    )

    shown = "“Figure 1.1 A wave.” in "
    assert findings(copied) == [
        (
            "LBL001",
            WAVES,
            16,
            (
                "figure fig-wave: “Figure 1.1 Two waves.”, but "
                f"{shown}the site, “Figure 1.1 A wave. 1” in the PDF, {shown}chapter_waves.zip, {shown}two-pages.zip"
            ),
        )
    ]


def test_what_was_not_changed_is_the_same_in_all_forms(minimal: Path) -> None:
    assert findings(minimal) == []
    assert (minimal / PDF).is_file()
    assert zipfile.is_zipfile(minimal / WHOLE)
