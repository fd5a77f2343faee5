"""A book of what scripts draw, in all forms: the site needs no network for it, print and notebooks have what it shows."""

import functools
import http.server
import json
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import zipfile
from pathlib import Path
from typing import Any

import nbformat
import pypdfium2
import pytest
from lxml import html
from support.projects import write_notebooks
from support.running import report_of, run_toolchain

CHROMIUM = (
    "chromium", "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--virtual-time-budget=8000", "--allow-file-access-from-files",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)  # fmt: skip
CONFIG = f"""
[kernel]
interpreter = "{sys.executable}"

[notebooks]
outputs = true

[check.off]
SRC008 = "nobody reads it"
SRC012 = "nobody reads it"
"""
SPEC = {
    "$schema": "https://vega.github.io/schema/vega-lite/v5.20.1.json",
    "mark": "bar",
    "data": {"values": [{"a": "one", "b": 1}, {"a": "two", "b": 2}]},
    "encoding": {"x": {"field": "a", "type": "nominal"}, "y": {"field": "b", "type": "quantitative"}},
}
ALTAIR = (
    f"<div id='v'></div><script>(function(s, o){{vegaEmbed('#v', s, o)}})({json.dumps(SPEC)}, {{}});</script>"
)
FIGURE = {"data": [{"type": "scatter", "y": [1, 3, 2]}], "layout": {"title": {"text": "Three points"}}}
BOKEH = 'const js_urls = ["https://cdn.example.org/bokeh-3.9.2.min.js"];'
OTHER = """
import ipywidgets, traitlets
class Globe(ipywidgets.DOMWidget):
    _model_name = traitlets.Unicode("GlobeModel").tag(sync=True)
    _view_name = traitlets.Unicode("GlobeView").tag(sync=True)
    _model_module = traitlets.Unicode("globes").tag(sync=True)
Globe()
"""
INTERACT = """
@ipywidgets.interact(n=(1, 5))
def twice(n=2):
    print("twice", n, "is", 2 * n)
    display({"image/svg+xml": "<svg xmlns='http://www.w3.org/2000/svg' width='40' height='40'><text y='20'>plot</text></svg>"}, raw=True)
"""
ESTIMATOR = "<div><input type='checkbox' id='x'><label for='x'>Ridge</label></div>"
"""It has words, and a text that names it says more than they do."""
NESTED = """
import sys
from tqdm import tqdm as plain
for n in plain(range(2), desc='rows', file=sys.stdout):
    for m in plain(range(3), desc='columns', file=sys.stdout, leave=False):
        pass
"""
PAGES = {
    "drawn": [
        "import ipywidgets\nfrom tqdm.auto import tqdm\nipywidgets.IntSlider(value=7, description='size')",
        "for n in tqdm(range(5), desc='adding'):\n    pass\n'after the bar'",
        "for n in tqdm(range(2), desc='outer'):\n    for m in tqdm(range(3), desc='inner', leave=False):\n        pass",
        "caught = ipywidgets.Output()\nwith caught:\n    print('captured words')\ncaught",
        INTERACT,
        f"display({{'text/html': {ALTAIR!r}, 'text/plain': 'alt.Chart(...)'}}, raw=True)",
        f"display({{'application/vnd.plotly.v1+json': {FIGURE!r}}}, raw=True)",
        NESTED,
        f"display({{'text/html': {ESTIMATOR!r}, 'text/plain': 'Ridge(alpha=2)'}}, raw=True)",
    ],
    "dark": [
        f"display({{'application/javascript': {BOKEH!r}}}, raw=True)",
        OTHER,
        "ipywidgets.Button(description='Run')",
        "failing = ipywidgets.Output()\nwith failing:\n    1 / 0\nfailing",
    ],
    "kept-by-nobody": ["display({'application/vnd.jupyter.widget-view+json': {'model_id': 'a'}, 'text/plain': 'A()'}, raw=True)"],
}  # fmt: skip


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the book, built in all forms."""
    project = write_notebooks(
        tmp_path_factory.mktemp("drawn") / "project", CONFIG, dict.fromkeys(PAGES, ("", "1"))
    )
    shutil.rmtree(project / "_config/kernel")  # the packages are those of the tests themselves
    for name, cells in PAGES.items():
        page = project / f"book/{name}.md"
        code = "\n".join(f"```{{code-cell}} ipython3\n{cell.strip()}\n```\n" for cell in cells)
        page.write_text(page.read_text().partition("```")[0] + code)
    build = run_toolchain("build", project=project)
    assert build.code == 1, build.stdout + build.stderr
    return project


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    """Serves files and says nothing."""

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def opened(address: str) -> html.HtmlElement:
    """Return a page after its scripts have run."""
    with tempfile.TemporaryDirectory() as profile:
        command = [*CHROMIUM, f"--user-data-dir={profile}", "--dump-dom", address]
        result = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    return html.document_fromstring(result.stdout)


def line_of(project: Path, page: str, words: str) -> int:
    """Return the first line of the cell with some words in it."""
    before = (project / f"book/{page}.md").read_text().partition(words)[0]
    return before.count("\n", 0, before.rindex("```{code-cell}")) + 2


def test_everything_is_drawn_on_the_site_without_a_network(project: Path) -> None:
    site = project / "_build/html"
    server = http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), functools.partial(QuietHandler, directory=str(site))
    )
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        pages = [
            opened(f"http://127.0.0.1:{server.server_port}/drawn.html"),
            opened((site / "drawn.html").as_uri()),
        ]
    finally:
        server.shutdown()
        server.server_close()

    for page in pages:
        texts = [" ".join(cell.text_content().split()) for cell in outputs_of(page)]
        assert (
            page.xpath(
                "string(//div[contains(@class, 'widget-slider')]//*[contains(@class, 'widget-readout')])"
            )
            == "7"
        )
        assert "adding: 100%" in texts[1]
        assert "'after the bar'" in texts[1].partition("5/5")[2]
        assert "inner" not in texts[2]
        assert "captured words" in texts[3]
        assert "twice 2 is 4" in texts[4]
        assert len(page.xpath("//div[contains(@class, 'jupyter-widgets-output-area')]//img")) == 1
        charts = page.xpath("//div[@class and contains(concat(' ', @class, ' '), ' chart ')]")
        assert [bool(chart.xpath(".//canvas | .//*[local-name()='svg']")) for chart in charts] == [True, True]
        assert "Three points" in charts[1].text_content()


def outputs_of(page: html.HtmlElement) -> list[html.HtmlElement]:
    found: list[html.HtmlElement] = page.xpath("//div[contains(@class, 'cell_output')]")
    return found


def test_only_pages_that_need_scripts_load_them_and_from_the_site(project: Path) -> None:
    site = project / "_build/html"

    loaded = {
        path.stem: re.findall(r'src="(_static/interactive/[^?"]*)', path.read_text())
        for path in site.glob("*.html")
    }

    assert {page: len(names) for page, names in loaded.items() if names} == {"drawn": 5, "dark": 2}
    assert all((site / name).is_file() for names in loaded.values() for name in names)
    assert "//cdn" not in (site / "drawn.html").read_text()


def test_print_has_the_words_and_pictures_that_they_show(project: Path) -> None:
    document = pypdfium2.PdfDocument(project / "_build/pdf/notebooks.pdf")
    text = "\n".join(page.get_textpage().get_text_range() for page in document)
    document.close()

    assert "size: 7" in text
    assert re.search(r"adding: 100%\|█+\| 5/5", text)
    assert re.search(r"outer: 100%\|█+\| 2/2", text)
    assert re.search(r"rows: 100%\|█+\| 2/2", text)
    assert text.count("Ridge(alpha=2)") == 2
    assert "n: 2" in text
    assert "twice 2 is 4" in text
    assert text.count("captured words") == 2  # in the code, and below it
    assert "plot" in text.partition("twice 2 is 4")[2]
    for wrong in ("0/5", "0/2", "inner:", "columns:", "\nOutput()", "interactive("):
        assert wrong not in text, wrong


def test_notebooks_have_the_same(project: Path) -> None:
    with zipfile.ZipFile(project / "_build/notebooks/notebooks.zip") as archive:
        (name,) = [name for name in archive.namelist() if name.endswith("drawn.ipynb")]
        notebook = nbformat.reads(archive.read(name).decode(), as_version=4)
    nbformat.validate(notebook)
    shown: list[list[Any]] = [
        [
            output.get("text") or output.data.get("text/plain") or sorted(output.data)
            for output in cell.outputs
        ]
        for cell in notebook.cells
        if cell.cell_type == "code"
    ]

    assert shown[0] == ["size: 7"]
    assert re.fullmatch(r"adding: 100%\|█{10}\| 5/5 .*", shown[1][0])
    assert re.fullmatch(r"outer: 100%\|█{10}\| 2/2 .*", shown[2][0])
    assert shown[3:5] == [["captured words"], ["n: 2", "twice 2 is 4\n", ["image/svg+xml"]]]
    assert re.fullmatch(r"rows: 100%\|█{10}\| 2/2 .*\n", shown[7][0])


def test_what_cannot_be_shown_is_found(project: Path) -> None:
    found = [
        (finding["id"], finding["path"], finding["line"], finding["message"])
        for finding in report_of(project)["findings"]
    ]
    nothing = "print has nothing of what this cell shows"

    def at(page: str, words: str) -> tuple[str, int]:
        return f"book/{page}.md", line_of(project, page, words)

    assert sorted(found) == sorted(
        [
            ("PDF007", *at("drawn", "alt.Chart"), nothing),
            ("PDF007", *at("drawn", "plotly"), nothing),
            ("PDF007", *at("dark", "Button"), nothing),
            ("HTML003", *at("dark", "failing"), "cell 4 shows an error: ZeroDivisionError: division by zero"),
            ("HTML004", *at("dark", "bokeh"), "cell 1 is drawn by scripts of cdn.example.org, which a reader without a network does not have"),
            ("OUT001", *at("dark", "Globe"), "cell 2, output 1: it is a widget, and the site cannot draw what is in it: Globe of globes"),
            ("OUT001", *at("kept-by-nobody", "model_id"), "cell 1, output 1: it is a widget, and its result does not say what it was like"),
        ]
    )  # fmt: skip
    remedies = {
        finding["message"][:30]: finding["remedy"]
        for finding in report_of(project)["findings"]
        if finding["id"] == "OUT001"
    }
    assert all("toolchain execute --force" in remedy for remedy in remedies.values())


def test_without_scripts_the_site_shows_what_print_shows(project: Path) -> None:
    toml = project / "_config/book.toml"
    toml.write_text(f'{toml.read_text()}\n[html]\noutputs = "static"\n')

    build = run_toolchain("build", "html", project=project)

    assert build.code == 1, build.stdout + build.stderr
    page = html.parse(str(project / "_build/html/drawn.html")).getroot()
    texts = [" ".join(cell.text_content().split()) for cell in outputs_of(page)]
    assert texts[0] == "size: 7"
    assert re.fullmatch(r"adding: 100%\|█{10}\| 5/5 .* 'after the bar'", texts[1])
    assert texts[3:5] == ["captured words", "n: 2 twice 2 is 4"]
    assert len(outputs_of(page)[4].xpath(".//img")) == 1
    assert not (project / "_build/html/_static/interactive/extension.js").exists()
