"""Previews: whoever points at a reference, comes to it with the keyboard or taps it sees what it leads to."""

import functools
import http.server
import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page
from support.previews import browser
from support.sphinx_books import build

from toolchain.model.sphinx import SEARCH_FOLDER
from toolchain.sphinxext.site.fragments import LINES, ROWS, fragments

TOML = """
[book]
title = "Previews"
slug = "previews"
authors = ["Its author"]

[sphinx]
extensions = ["sphinx_proof"]
"""
CONF = "from toolchain.sphinxext import configuration\nglobals().update(configuration(__file__))\n"
TABLE = "\n".join(f"| row {number} | {number * number} |" for number in range(1, 13))
THINGS = f"""\
(sec-things)=
# Things

What this page is about. It goes on.

(sec-inner)=
## Of `code` & `</script><!--`

The first paragraph of a section, with $x^2$ and [a link](#fig-square).

```python
no = "code of a section is not shown"
```

$$ E = m c^2 $$ (energy)

```{{figure}} /../img/square.svg
:name: fig-square
:alt: A square

A *square* that says `</script><!--` and \u2028 [nothing](javascript:alert("caption")).
```

:::{{table}} Squares of numbers
:name: tab-squares

| n | square |
| --- | --- |
{TABLE}
:::

```{{glossary}}
wave
  It goes up and down.
```

```{{prf:theorem}} Of waves
:label: thm-waves

They go down again.
```

Noted.[^note] See {{numref}}`fig-square`.

[^note]: The words of a note.

<p id="typed" onclick="alert('typed')">Typed <img src="../_images/square.svg" onerror="alert('typed')"> words.</p>

(empty)=
## With nothing but sections

### Inner one

Text.

### Inner two
"""
INDEX = """\
# Previews

See {numref}`sec-things`, {ref}`sec-inner`, {eq}`energy`, {numref}`fig-square`, {numref}`tab-squares`, a {term}`wave`,
{prf:ref}`thm-waves`, {cite:t}`wave`, {ref}`empty`, {doc}`works`, {ref}`genindex`
<a class="reference internal" href="deep/things.html#typed">what is typed</a>
and <a class="reference internal" href="deep/things.html#no-such-place">nothing</a>.

## {numref}`fig-square` in a heading

```{toctree}
:numbered:

deep/things
works
```
"""
BOOK = {
    "_config/book.toml": TOML,
    "_config/conf.py": CONF,
    "bib/works.bib": "@book{wave, author={A. Author}, title={Waves}, year={1999}, publisher={P}}\n",
    "img/square.svg": '<svg xmlns="http://www.w3.org/2000/svg" width="80" height="80"><rect width="80" height="80"/></svg>\n',
    "book/index.md": INDEX,
    "book/deep/things.md": THINGS,
    "book/works.md": "# Works\n\n```{bibliography}\n```\n",
}
KINDS = {
    "things.html#sec-things": ("Things", "What this page is about. It goes on."),
    "things.html#sec-inner": ("Of code & </script><!--", "The first paragraph of a section"),
    "#equation-energy": ("(1.1)",),
    "#fig-square": ("Fig", "A square that says </script><!--", "nothing"),
    "#tab-squares": ("Squares of numbers", "row 1", f"row {ROWS}", "⋯"),
    "#term-wave": ("wave", "It goes up and down."),
    "#thm-waves": ("Of waves", "They go down again."),
    "works.html#": ("Author. Waves.",),
    "#typed": ("Typed", "words."),
    "#empty": ("With nothing but sections", "Inner one", "Inner two"),
    "works.html": ("Works",),
}
NOTE = ("[1]", "The words of a note.")
"""References by the end of their address, and what is to be seen of each."""
STILL = (
    "element => Promise.all(element.getAnimations().map((animation) => animation.finished)).then(() => null)"
)
"""Waits until it has come to where it stays."""
PREVIEW = ".reference-preview"


def write(project: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = project / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("previews")
    write(folder, BOOK)
    assert build(folder, "html").findings == ()
    return folder


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as opened:
        yield opened


@pytest.fixture(scope="module")
def served(project: Path) -> Iterator[str]:
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=project / "_build/html")
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def opened(chromium: Browser, address: str, **options: Any) -> Page:
    """Open a page; what its scripts complain of fails the test that asks for `complaints`."""
    page = chromium.new_context(**options).new_page()
    page.set_default_timeout(10_000)
    page.add_init_script("window.complaints = []; window.alert = text => complaints.push(text);")
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))

    def hear(message: ConsoleMessage) -> None:
        # The theme complains on the first visit, and a site without an icon is asked for one.
        if (
            message.type == "error"
            and "theme mode" not in message.text
            and "favicon" not in str(message.location)
        ):
            complaints.append(message.text)

    page.on("console", hear)
    page.goto(address)
    page.complaints = complaints  # type: ignore[attr-defined]
    return page


def wait_for(page: Page, *words: str) -> None:
    """Wait until a preview shows some words."""
    page.wait_for_function(
        "words => words.every(word => document.querySelector('.reference-preview > :last-child')?.textContent.includes(word))",
        arg=list(words),
    )


@pytest.mark.parametrize("place", ["http", "file"])
def test_each_kind_of_reference_shows_what_it_leads_to(
    chromium: Browser, project: Path, served: str, place: str
) -> None:
    site = served if place == "http" else (project / "_build/html").as_uri()
    page = opened(chromium, f"{site}/index.html")

    for address, words in KINDS.items():
        page.hover(f"article p a.reference.internal[href{'*' if address[-1] == '#' else '$'}='{address}']")
        wait_for(page, *words)
        page.mouse.move(0, 0)
        page.wait_for_selector(PREVIEW, state="detached")

    for nothing in ("genindex.html", "no-such-place"):
        page.hover(f"article a[href$='{nothing}']")
        page.wait_for_timeout(600)
        assert page.query_selector(PREVIEW) is None
    assert page.complaints == []  # type: ignore[attr-defined]
    assert page.evaluate("complaints") == []


def test_a_preview_is_hovered_and_its_links_lead_to_their_places(chromium: Browser, project: Path) -> None:
    page = opened(chromium, (project / "_build/html/index.html").as_uri())
    page.hover("article a.reference.internal[href$='#sec-inner']")

    page.hover(f"{PREVIEW} >> text=a link")
    page.wait_for_timeout(600)

    link = page.locator(f"{PREVIEW} >> text=a link")
    assert (
        link.evaluate("link => link.href")
        == (project / "_build/html/deep/things.html").as_uri() + "#fig-square"
    )
    link.click()
    page.wait_for_url("**/deep/things.html#fig-square")
    page.hover("article a.footnote-reference")
    wait_for(page, *NOTE)
    page.hover("article a.reference.internal[href='#fig-square']:has(.std-numref)")
    page.wait_for_function("document.querySelector('.reference-preview img')?.naturalWidth == 80")


def test_the_keyboard_opens_reaches_and_closes_a_preview(chromium: Browser, project: Path) -> None:
    page = opened(chromium, (project / "_build/html/index.html").as_uri())
    focused = "document.activeElement.getAttribute('href')"
    page.evaluate("document.querySelector('article p a').focus()")

    page.keyboard.press("Tab")
    wait_for(page, "The first paragraph")
    assert page.evaluate(focused) == "deep/things.html#sec-inner"
    described = page.evaluate(
        "document.getElementById(document.activeElement.getAttribute('aria-describedby')).textContent"
    )
    assert "The first paragraph" in described
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('.reference-preview') !== null")
    page.keyboard.press("Escape")
    assert page.query_selector(PREVIEW) is None
    assert page.evaluate(focused) == "deep/things.html#sec-inner"
    page.wait_for_timeout(600)
    assert page.query_selector(PREVIEW) is None, "what was closed stays closed"

    page.keyboard.press("Tab")
    wait_for(page, "(1.1)")
    page.keyboard.press("Enter")
    page.wait_for_url("**/deep/things.html#equation-energy")


def test_a_tap_shows_what_is_looked_at_and_follows_what_is_read(chromium: Browser, project: Path) -> None:
    page = opened(
        chromium,
        (project / "_build/html/index.html").as_uri(),
        viewport={"width": 390, "height": 700},
        has_touch=True,
        is_mobile=True,
    )
    figure = page.locator("article p a.reference.internal[href$='#fig-square']")

    figure.tap()
    page.wait_for_selector(f"{PREVIEW} img")
    page.locator(PREVIEW).evaluate(STILL)
    box = page.locator(PREVIEW).bounding_box()
    assert box is not None
    assert (box["x"], box["width"], round(box["y"] + box["height"])) == (0, 390, 700), "it is a sheet below"
    assert page.evaluate("document.activeElement.matches('.reference-preview')"), "who reads aloud is there"
    page.tap(f"{PREVIEW} button")
    assert page.query_selector(PREVIEW) is None
    figure.tap()
    page.wait_for_selector(PREVIEW)
    page.touchscreen.tap(200, 20)
    assert page.query_selector(PREVIEW) is None
    figure.tap()
    page.tap(f"{PREVIEW} .preview-bar a")
    page.wait_for_url("**/deep/things.html#fig-square")

    page.go_back()
    page.tap("article p a.reference.internal[href$='#sec-things']")
    page.wait_for_url("**/deep/things.html#sec-things")


@pytest.mark.parametrize("width", [320, 1280])
def test_a_preview_fits_the_window_and_leaves_its_reference_seen(
    chromium: Browser, project: Path, width: int
) -> None:
    page = opened(
        chromium, (project / "_build/html/index.html").as_uri(), viewport={"width": width, "height": 600}
    )
    for link in page.locator(
        "article :is(p, h2) a.reference.internal:is([href*='fig-'], [href*='tab-'], [href*='sec-'])"
    ).all():
        link.scroll_into_view_if_needed()
        line = link.evaluate("link => { const {x, y} = link.getClientRects()[0]; return [x + 3, y + 6]; }")
        page.mouse.move(*line)
        preview = page.wait_for_selector(PREVIEW)
        assert preview is not None
        preview.evaluate(STILL)
        box = preview.bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["y"] >= 0
        assert box["x"] + box["width"] <= width
        assert box["y"] + box["height"] <= 600
        assert (
            page.evaluate("([x, y]) => document.elementFromPoint(x, y).closest('.reference-preview')", line)
            is None
        )
        assert preview.evaluate("preview => getComputedStyle(preview.lastChild).fontSize") == "14.4px"
        page.keyboard.press("Escape")
        assert page.query_selector(PREVIEW) is None
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


OUTPUT = """
<figure id="fig"><div class="output text_html" id="inner">
<div id="plot" onclick="alert(1)">words <a href="javascript:alert(2)">link</a></div>
<script>alert("<!--")</script><iframe src="x.html"></iframe><object data="x"></object>
<svg><use href="#part"/><script>alert(3)</script></svg><math><mtext><img src=x onerror=alert(4)></mtext></math>
<form action="x"><input id="named"><button>Go</button></form><style>body { display: none }</style>
<table><tr id="row"><td style="background-color: red; background-image: url(http://foreign)">cell</td></tr></table>
</div><figcaption>A caption</figcaption></figure>
"""


def test_nothing_of_an_output_runs_or_has_a_name_in_a_preview() -> None:
    numbers, (text,) = fragments(OUTPUT)

    assert numbers == {"fig": 0}
    assert text.count("Shown on its page.") == 5, "a script, a frame, an object, a drawing with names, a form"
    for wanted in ("words", "link", "cell", "A caption", "background-color:red", "Shown on its page."):
        assert wanted in text.replace(": ", ":")
    for unwanted in (
        "script",
        "<!--",
        "iframe",
        "object",
        "onclick",
        "onerror",
        "javascript:",
        " id=",
        "<form",
        "<input",
    ):
        assert unwanted not in text
    for unwanted in ("<style", "url(", "<use", "<button", "alert"):
        assert unwanted not in text


def test_formulas_stay_what_they_are() -> None:
    formula = (
        '<math display="block"><semantics><mrow><msup><mi>x</mi><mn>2</mn></msup><mo stretchy="false">(</mo><mspace width="1em"></mspace>'
        '</mrow><annotation encoding="application/x-tex">x^2 &lt;</annotation></semantics></math>'
    )

    _, (text,) = fragments(
        f'<div class="math" id="equation-a"><span class="eqno">(1.1)</span>{formula}</div>'
    )

    assert text == f'<div class="math"><span class="eqno">(1.1)</span>{formula}</div>'


def test_long_code_is_cut_between_its_lines() -> None:
    code = "".join(f'<span class="k">line</span> <b>{number}</b>\n' for number in range(1, 40))

    _, (text,) = fragments(f'<div class="highlight" id="code"><pre><span></span>{code}</pre></div>')

    assert re.sub("<[^>]*>", "", text) == "".join(f"line {number}\n" for number in range(1, LINES + 1)) + "⋯"


def test_fragments_are_those_of_the_pages_that_are_there(tmp_path: Path) -> None:
    for setting in ("[html]\npreviews = false", '[sphinx.options]\nhtml_theme = "sphinx_book_theme"'):
        write(tmp_path, BOOK | {"_config/book.toml": f"{TOML}{setting}\n"})
        without = build(tmp_path, "html").files
        assert not [name for name in without if "_previews/" in name]
        assert "/previews." not in without["html/index.html"].decode()

    write(tmp_path, BOOK)
    first = build(tmp_path, "html").files
    assert {name for name in first if "_previews/" in name} == {
        f"html/_previews/{page}.js" for page in ("index", "works", "deep/things")
    }

    write(tmp_path, {"book/deep/things.md": THINGS.replace("It goes on.", "It ends.")})
    files = build(tmp_path, "html").files
    differing = {name for name in files if name.endswith((".html", ".js")) and first.get(name) != files[name]}
    searched = {name for name in differing if name.startswith(f"html/{SEARCH_FOLDER}/")}
    assert f"html/{SEARCH_FOLDER}/text/deep/things.js" in searched
    assert differing - searched == {"html/_previews/deep/things.js", "html/deep/things.html"}

    write(tmp_path, {"book/index.md": INDEX.replace("works\n```", "```")})
    (tmp_path / "book/works.md").unlink()
    assert "html/_previews/works.js" not in build(tmp_path, "html").files
