"""A book that lets no script of an output through, in a browser: what is the site's own runs, and nothing else does."""

import functools
import http.server
import json
import re
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from lxml import html
from support.projects import write_notebooks
from support.running import report_of, run_toolchain

from toolchain.outputs.html import static

CHROMIUM = (
    "chromium", "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--virtual-time-budget=8000",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1", "--enable-logging=stderr", "--v=0",
)  # fmt: skip
CONFIG = """
[html]
outputs = "static"

[check.off]
SRC008 = "nobody reads it"
SRC012 = "nobody reads it"
"""
FRAME = (
    "<style>#T_a td {color: red}</style><table id='T_a' class='dataframe' border='1'><tbody><tr><th>a</th>"
    "<td onclick='document.title=1' style='color: blue'>1</td></tr></tbody></table>"
)
ESTIMATOR = (
    "<style>#sk-1 {color: red} #sk-1 input:checked~div {display: block}</style><div id='sk-1' class='sk-top-container'>"
    "<div class='sk-text-repr-fallback'><pre>Pipeline()</pre></div><div class='sk-container' hidden>"
    "<input class='sk-toggleable__control' id='sk-2' type='checkbox' checked><label for='sk-2'>Pipeline</label></div>"
    "</div><script>document.title = 'estimator'</script>"
)
SHOWN = [
    {"text/html": FRAME, "text/plain": "   a\\n0  1"},
    {"text/html": ESTIMATOR},
    {"text/html": "<div id=plot></div><script>document.title = 'plot'</script>", "text/plain": "a plot"},
    {"application/javascript": "document.title = 'javascript'", "text/plain": "a script"},
    {"application/vnd.jupyter.widget-view+json": {"model_id": "a"}, "text/plain": "a widget"},
    {"text/markdown": "# Words\\n\\n<img src=x onerror='document.title=1'>", "text/plain": "some words"},
    {"application/javascript": "document.title = 'javascript'"},
    {"text/html": r"<p class='tex2jax_process'>by \(\frac12\)</p> <p>and \(z\)</p>"},
]
AUTHORS = "<p id='author'></p><script>document.getElementById('author').textContent = 'written by the author'</script>"


CONTAINED = f"""\
# Contained

````{{container}} output
```{{raw}} html
<script>document.title = 'run'</script>
```
````

```{{raw}} html
{AUTHORS}
```
"""
"""A page on which the author does what an output may not."""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a book of a page of outputs, which its author has written some HTML on, too."""
    project = write_notebooks(tmp_path_factory.mktemp("static") / "project", CONFIG, {"shown": ("", "pass")})
    page = project / "book/shown.md"
    cells = "\n".join(
        f"```{{code-cell}} ipython3\ndisplay({json.dumps(bundle)}, raw=True)\n```\n" for bundle in SHOWN
    )
    text = f"A formula, $x^2$, and $\\href{{javascript:document.title=1}}{{y}}$.\n\n```{{raw}} html\n{AUTHORS}\n```\n\n"
    page.write_text(page.read_text().partition("```")[0] + text + cells)
    (project / "book/contained.md").write_text(CONTAINED)
    index = project / "book/index.md"
    index.write_text(index.read_text().replace("shown\n", "shown\ncontained\n"))
    build = run_toolchain("build", "html", "notebooks", project=project)
    assert build.code == 1, build.stdout + build.stderr
    return project


@pytest.fixture(scope="module")
def site(project: Path) -> Iterator[str]:
    """Serve the site, and give its address."""
    handler = functools.partial(QuietHandler, directory=str(project / "_build/html"))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    """Serves files and says nothing."""

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def opened(address: str) -> tuple[html.HtmlElement, list[str]]:
    """Return a page after its scripts have run, and what the browser says of those that it has not run."""
    with tempfile.TemporaryDirectory() as profile:
        result = subprocess.run(
            [*CHROMIUM, f"--user-data-dir={profile}", "--dump-dom", address],
            capture_output=True,
            text=True,
            check=True,
            timeout=120,
        )
    violations = [line for line in result.stderr.splitlines() if "Content Security Policy" in line]
    return html.document_fromstring(result.stdout), violations


def test_of_each_output_that_is_shown_what_can_be_read_without_scripts(project: Path) -> None:
    page = html.parse(str(project / "_build/html/shown.html")).getroot()

    outputs = page.xpath("//div[contains(@class, 'cell_output')]")
    assert [" ".join(output.text_content().split()) for output in outputs] == [
        "#T_a td {color: red}a1",
        "#sk-1 {color: red} #sk-1 input:checked~div {display: block}Pipeline()Pipeline",
        "a plot",
        "a script",
        "a widget",
        "some words",
        "This output is not shown: application/javascript: it is a script",
        r"by 12\frac12 and \(z\)",
    ]
    assert [cell.attrib for cell in page.xpath("//td")] == [{"style": "color: blue"}]
    assert page.xpath("//div[contains(@class, 'cell_output')]//script") == []
    assert [
        (finding["id"], finding["line"], finding["message"]) for finding in report_of(project)["findings"]
    ] == [
        # A link that a script would be.
        ("SRC026", 9, r"the site shows a formula as its TeX: \href is not set by it"),
        ("OUT001", 40, "cell 7, output 1, application/javascript: it is a script"),
    ]


@pytest.mark.parametrize("scheme", ["http", "file"])
def test_formulas_search_and_the_authors_scripts_run_under_the_policy(
    scheme: str, project: Path, site: str
) -> None:
    root = site if scheme == "http" else (project / "_build/html").as_uri()

    page, against = opened(f"{root}/shown.html")
    found, against_search = opened(f"{root}/search.html?q=formula")

    assert (against, against_search) == ([], [])
    assert page.xpath("string(//p[@id='author'])") == "written by the author"
    assert len(page.find_class("math-typed")) == 1
    assert [bool(one.getparent().find_class("output-formulas")) for one in page.iter("math")] == [False, True]
    assert page.xpath("string(//title)").startswith("shown")
    assert found.xpath("//ol[contains(@class, 'search')]/li//a/@href")[0].startswith("./shown.html")
    policies = [
        html.parse(str(path)).xpath("//meta[@http-equiv='Content-Security-Policy']/@content")
        for path in (project / "_build/html").glob("*.html")
    ]
    assert all(len(of_page) == 1 and "'unsafe" not in of_page[0] for of_page in policies)
    downloads = [href for href in page.xpath("//a/@href") if href.endswith((".ipynb", ".zip"))]
    assert downloads
    assert all((project / "_build/html" / name).is_file() for name in downloads)


def test_a_script_that_came_through_yet_does_not_run(project: Path, site: str) -> None:
    shown = project / "_build/html/shown.html"
    hostile = shown.with_name("hostile.html")
    hostile.write_text(
        shown.read_text().replace(
            "a plot",
            "<script>document.title = 'run'</script><img src=x onerror='document.title = \"run\"'>"
            "<iframe srcdoc='<script>parent.document.title = \"run\"</script>'></iframe>",
        )
    )

    page, against = opened(f"{site}/hostile.html")

    assert page.xpath("string(//title)").startswith("shown")
    assert len(against) >= 2, against
    assert page.xpath("string(//p[@id='author'])") == "written by the author"


def test_a_script_among_outputs_is_none_of_the_authors(project: Path, site: str) -> None:
    page, against = opened(f"{site}/contained.html")

    assert "document.title = 'run'" in (project / "_build/html/contained.html").read_text()
    assert page.xpath("string(//title)").startswith("Contained")
    assert len(against) == 1, against
    assert page.xpath("string(//p[@id='author'])") == "written by the author"


def test_where_scripts_may_run_there_is_no_policy(minimal: Path) -> None:
    for path in (minimal / "_build/html").rglob("*.html"):
        assert "Content-Security-Policy" not in path.read_text(encoding="utf-8"), path


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("<b onmouseover=f()>a</b>", "<b>a</b>"),
        ("<a href='javascript:f()'>a</a><a href='#b'>b</a>", '<a>a</a><a href="#b">b</a>'),
        ("<img src='data:image/svg+xml,<svg onload=f()>'>a", "<img>a"),
        ("<img src='../secret.png' alt='a'>", '<img alt="a">'),
        ("<p class='math a' style='background: url(//b)'>\\(x\\)</p>", '<p class="output-formulas a">\\(x\\)</p>'),
        ("<style>@import '//a';</style>b", "b"),
        ("<style>a</st<script>f()</script>b", ""),
        ("<svg><use xlink:href='//a#b'/><use xlink:href='#b'/></svg>", '<svg><use></use><use xlink:href="#b"></use></svg>'),
        ("<form action='//a'><input type=password>b</form>", '<input type="checkbox">b'),
        ("<math><mtext><table><mglyph><style><img src=x onerror=f()>", ""),
    ],
)  # fmt: skip
def test_html_is_left_as_far_as_it_does_nothing(text: str, left: str) -> None:
    assert re.sub(r"\s+", " ", static(f"<i>.</i>{text}").removeprefix("<i>.</i>")) == left
