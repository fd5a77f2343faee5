"""The site in a real browser, without a network: formulas are set, nothing is fetched from elsewhere, it fits a phone."""

from pathlib import Path

import pytest
from lxml import html
from support.browser import dump

MEASURE = """<script>window.addEventListener("load", () => setTimeout(() => {
const wide = [...document.querySelectorAll("article *")].filter(e => {
  if (e.closest("pre, .math, table, .highlight") && e.tagName != "TABLE") return false;
  if (e.parentElement.closest(".pst-scrollable-table-container")) return false;
  const box = e.getBoundingClientRect();
  return box.width > 0 && box.right > window.innerWidth + 1;
}).map(e => e.tagName + "." + e.className);
for (const place of document.querySelectorAll(".math-scroll, span.math")) {
  const formula = place.querySelector("math"), box = formula.getBoundingClientRect();
  if (!formula.checkVisibility()) continue;
  if (!box.width || !box.height || place.scrollHeight > place.clientHeight + 1 || box.left < place.getBoundingClientRect().left - 1)
    wide.push("clipped: " + formula.querySelector("annotation").textContent);
}
const widths = document.documentElement.scrollWidth + "/" + window.innerWidth;
parent.postMessage([wide.join(" "), widths], "*");
}, 3000));</script></body>"""
PHONE = """<body><iframe src="{name}" width="390" height="900" style="border: 0"></iframe><script>
window.addEventListener("message", event => {{
  document.body.setAttribute("data-wide", event.data[0]);
  document.body.setAttribute("data-widths", event.data[1]);
}});</script></body>"""
"""No window is as narrow as a phone."""


def test_formulas_are_set_without_a_script(book: Path) -> None:
    page = html.parse(str(book / "_build/html/chapter_deep-learning-basics/linear-regression-scratch.html"))

    formulas = page.xpath("//*[contains(concat(' ', @class, ' '), ' math ')]")
    assert len(formulas) >= 20
    assert [
        formula.text_content()[:60] for formula in formulas if not formula.xpath(".//math//annotation")
    ] == []
    assert page.xpath("//code[contains(@class, 'math-typed')]") == []
    assert not list((book / "_build/html").rglob("*mathjax*"))


def test_no_page_asks_another_server_for_anything(book: Path) -> None:
    for path in sorted((book / "_build/html").rglob("*.html")):
        if "_static" in path.parts:
            continue
        page = html.parse(str(path))
        loaded = page.xpath("//script/@src | //img/@src | //link[@rel='stylesheet' or @rel='preload']/@href")
        assert [address for address in loaded if "://" in address or address.startswith("//")] == [], path


@pytest.mark.parametrize(
    "name",
    [
        "index",
        "chapter_crashcourse/install",
        "chapter_crashcourse/ndarray",
        "chapter_appendix/cluster",
        "chapter_appendix/workers",
    ],
)
def test_page_fits_a_phone(name: str, book: Path, tmp_path: Path) -> None:
    source = book / "_build/html" / f"{name}.html"
    # Beside the original, so that all its addresses lead to the same files.
    measured = source.with_name(f".measured-{tmp_path.name}.html")
    phone = measured.with_name(f".phone-{tmp_path.name}.html")
    measured.write_text(source.read_text(encoding="utf-8").replace("</body>", MEASURE), encoding="utf-8")
    phone.write_text(PHONE.format(name=measured.name), encoding="utf-8")
    try:
        page = dump(phone, 800)
    finally:
        measured.unlink()
        phone.unlink()

    (body,) = page.xpath("//body")
    assert body.get("data-wide") == ""
    assert body.get("data-widths") == "390/390"
