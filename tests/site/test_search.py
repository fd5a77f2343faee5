"""The site's search in a browser: what readers type, and what they see first; over http and from a folder, and nothing from elsewhere."""

import functools
import http.server
import sys
import threading
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page
from support.built_sites import files_of
from support.places import REPOSITORY
from support.previews import browser
from support.running import run_toolchain

from toolchain.sphinxext.site.search.words import words

TABLE = tomllib.loads(Path(__file__).with_name("searches.toml").read_text(encoding="utf-8"))
SCHEMES = ("http", "file")
INDEX = "_build/html/_static/search/index.js"
HOSTILE = "<img src=x onerror=window.hit=1>"
BOOK = {
    "index.md": "# A book\n\n```{toctree}\n:numbered:\n\nfirst\nsecond\n```\n",
    "first.md": f"# A title `{HOSTILE}` with markup\n\nAn albatross \\<b>flies\\</b> by `{HOSTILE}`, and $albatross^2$ too.\n\n"
    "```{index} single: wandering bird\n```\n\n## A place\n\nNothing but a hippogriff.\n\n## A place\n\nAnew.\n",
    "second.md": "---\nfile_format: mystnb\nkernelspec:\n  name: python3\n---\n\n# Outputs\n\n```{code-cell} ipython3\n"
    f"print({HOSTILE!r}, 'quicksilver'); SoftMercuryPoolLoss = 1\n```\n\n```{{code-cell}} ipython3\nprint('\\n'.join(['tiresome'[:8]] * 9), 1 / 8)\n```\n",
    "alone.md": "---\norphan: true\n---\n\nA page without a title has a xylophone.\n",
}
GERMAN = {
    "index.md": "# Ein Buch\n\n```{toctree}\n:numbered:\n\nhaus\n```\n",
    "haus.md": "# Über Häuser\n\nIn alten Häusern wohnen Bücher.\n\n$$ x $$ (formel)\n\n## Straßen\n\nDie Größe der Straße.\n",
}
CHINESE = {
    "index.md": "# 一本书\n\n```{toctree}\n:numbered:\n\none\n```\n",
    "one.md": "# 深度学习\n\n我们用梯度下降法训练模型。\n\n## 线性回归\n\n损失函数是平方损失。使用 NDArray 计算。\n\n$$ x $$ (gs)\n",
}


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Serves files and says nothing."""

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as opened:
        yield opened


def write(folder: Path, pages: dict[str, str], language: str) -> Path:
    texts = {f"book/{name}": text for name, text in pages.items()}
    texts["_config/book.toml"] = (
        f'[book]\ntitle = "A book"\nslug = "book"\nauthors = ["Its author"]\nlanguage = "{language}"\n[kernel]\ninterpreter = "{sys.executable}"\n'
    )
    for name, text in texts.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    build = run_toolchain("build", "html", project=folder)
    assert build.code in {0, 1}, build.stdout + build.stderr
    return folder


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("small"), BOOK, "en")


@pytest.fixture(scope="module")
def roots(book: Path) -> Iterator[dict[str, str]]:
    site = book / "_build/html"
    handler = functools.partial(Quiet, directory=str(site))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield {"http": f"http://127.0.0.1:{server.server_port}", "file": site.as_uri()}
    server.shutdown()
    server.server_close()


class Reader:
    """Somebody who has a page of a site open."""

    def __init__(self, page: Page, root: str) -> None:
        self.page, self.root = page, root
        self.requests: list[str] = []
        self.errors: list[str] = []
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("pageerror", lambda error: self.errors.append(str(error)))

    def open(self, name: str = "index.html") -> "Reader":
        self.page.goto(f"{self.root}/{name}")
        return self

    def search(self, query: str) -> list[str]:
        """Return the places in the site that are found."""
        if not self.page.locator("#search-dialog[open]").count():
            self.page.keyboard.press("Control+k")
            self.page.wait_for_selector("#search-dialog[open]")
        self.page.evaluate(
            "async query => { const field = document.querySelector('#search-dialog input'); field.value = query;"
            " field.dispatchEvent(new Event('input')); await toolchainSearch.search(query) }",
            query,
        )
        self.page.wait_for_timeout(50)
        links = self.page.locator("#search-dialog li a").evaluate_all("links => links.map(link => link.href)")
        return [link.removeprefix(f"{self.root}/") for link in links]


@pytest.fixture
def reader(chromium: Browser) -> Iterator[Callable[[str], Reader]]:
    page = chromium.new_page()
    yield lambda root: Reader(page, root)
    page.close()


def test_the_table_has_what_readers_type() -> None:
    assert [len(TABLE[kind]) for kind in ("misspelt", "code", "numbers", "words")] == [6, 5, 4, 9]


@pytest.mark.parametrize("scheme", SCHEMES)
def test_each_query_has_the_hit_that_is_expected_first(
    scheme: str, roots: dict[str, str], reader: Callable[[str], Reader]
) -> None:
    somebody = reader(roots[scheme]).open("chapter_crashcourse/autograd.html")
    assert [url for url in somebody.requests if "/search" in url] == [], "nothing before it opens"
    first = {}
    for query in (query for queries in TABLE.values() for query in queries):
        found = somebody.search(query)
        first[query] = found[0].replace(".html", "", 1) if found else ""

    assert first == {query: place for queries in TABLE.values() for query, place in queries.items()}
    assert [url for url in somebody.requests if not url.startswith(somebody.root)] == []
    assert somebody.errors == []


def test_it_is_as_quick_as_one_types(roots: dict[str, str], reader: Callable[[str], Reader]) -> None:
    somebody = reader(roots["file"]).open()
    somebody.search("warm")
    milliseconds = somebody.page.evaluate(
        "async queries => { const begin = performance.now(); for (const query of queries) await toolchainSearch.search(query);"
        " return (performance.now() - begin) / queries.length }",
        [query for queries in TABLE.values() for query in queries],
    )
    assert milliseconds < 50


def test_a_result_says_where_it_is_and_what_was_found(
    roots: dict[str, str], reader: Callable[[str], Reader]
) -> None:
    somebody = reader(roots["file"]).open()
    somebody.search("nd.dot")
    first = somebody.page.locator("#search-dialog li").first

    assert first.locator(".search-title").inner_text() == "Matrix products"
    assert (
        first.locator(".search-above").inner_text()
        == "1 Crash course \N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK} 1.2 Data manipulation with ndarray"
    )
    first.locator("mark").first.wait_for()
    assert "The product is nd.dot" in first.locator(".search-text").inner_text()
    assert first.locator("mark").all_inner_texts() == ["nd.dot"]
    number = somebody.page.locator("#search-dialog li").count()
    assert somebody.page.locator("#search-dialog [role=status]").inner_text() == f"{number} results"
    somebody.search("linear regression from scratch")
    assert first.locator(".search-title").inner_text() == "2.1 Linear regression from scratch"


def test_a_keyboard_is_enough(roots: dict[str, str], reader: Callable[[str], Reader]) -> None:
    somebody = reader(roots["file"]).open("chapter_crashcourse/autograd.html")
    page = somebody.page
    page.locator("article p a[href]").first.focus()
    at = page.evaluate("document.activeElement.outerHTML")
    page.keyboard.press("/")
    page.wait_for_selector("#search-dialog[open]")
    page.keyboard.type("chain rule/")
    page.wait_for_selector("#search-dialog li")
    focused = "document.activeElement.tagName + [...document.querySelectorAll('#search-dialog a')].indexOf(document.activeElement)"
    seen = [page.evaluate(focused)]
    for key in ("ArrowDown", "ArrowDown", "ArrowUp", "ArrowUp", "ArrowUp", "ArrowDown", "x"):
        page.keyboard.press(key)
        seen.append(page.evaluate(focused))
    assert seen == ["INPUT-1", "A0", "A1", "A0", "INPUT-1", "INPUT-1", "A0", "INPUT-1"]
    assert page.locator("#search-dialog input").input_value() == "chain rule/x"
    page.keyboard.press("Escape")
    assert page.locator("#search-dialog[open]").count() == 0
    assert page.evaluate("document.activeElement.outerHTML") == at, "the focus is where it was"

    page.keyboard.press("Control+k")
    page.keyboard.type("matrix product")
    page.wait_for_function("document.querySelector('#search-dialog a')?.hash === '#matrix-products'")
    page.keyboard.press("Enter")
    page.wait_for_url("**/chapter_crashcourse/ndarray.html#matrix-products")


def test_the_page_of_the_search_does_the_same(roots: dict[str, str], reader: Callable[[str], Reader]) -> None:
    somebody = reader(roots["file"]).open("search.html?q=nd.dot")
    somebody.page.wait_for_selector("#search-page li")

    links = somebody.page.locator("#search-page li a").evaluate_all("links => links.map(link => link.href)")
    assert links[0] == f"{somebody.root}/chapter_crashcourse/ndarray.html#matrix-products"
    somebody.page.locator("#search-page input").fill("exit code")
    somebody.page.wait_for_url("**/search.html?q=exit+code")
    silent = (REPOSITORY / "_build/html/search.html").read_text(encoding="utf-8")
    assert "activate JavaScript" in silent[silent.index("<noscript><p>") :]


def test_on_phones_it_is_as_wide_as_the_page(chromium: Browser, roots: dict[str, str]) -> None:
    page = chromium.new_page(viewport={"width": 360, "height": 640})
    Reader(page, roots["file"]).open().search("gradient")
    box = page.locator("#search-dialog").bounding_box()
    assert box is not None
    assert (box["x"], box["width"]) == (0, 360)
    assert page.evaluate("document.querySelector('#search-dialog').scrollWidth") <= 360
    page.close()


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", []),
        ("   ", []),
        (".*+?^${}()|[]\\", []),
        ("constructor __proto__ hasOwnProperty", []),
        ("x" * 10_000, []),
        ("albatross " * 1_000, ["first.html"]),
        ("albatross </script>", ["first.html"]),
        ("ALBÁTROSS", ["first.html"]),
        ("onerror albatross", ["first.html"]),
        ("wandering", ["first.html"]),
        ("hippogrif", ["first.html#a-place"]),
        ("anew", ["first.html#id1"]),
        ("quicksilver", ["second.html"]),
        ("xylophone", ["alone.html"]),
        ("MercuryPool", ["second.html"]),
        ("mercurypool", ["second.html"]),
        ("PoolMercury", ["second.html"]),
        ("tiresome 0.125", ["second.html"]),
        ("0.125", []),
    ],
)
def test_whatever_is_typed(
    query: str, found: list[str], small: Path, reader: Callable[[str], Reader]
) -> None:
    somebody = reader((small / "_build/html").as_uri()).open()

    assert somebody.search(query) == found
    somebody.page.wait_for_timeout(50)
    assert somebody.errors == []
    assert somebody.page.evaluate("window.hit === undefined && !document.querySelector('#search-dialog img')")


def test_nothing_of_a_book_becomes_markup(small: Path, reader: Callable[[str], Reader]) -> None:
    somebody = reader((small / "_build/html").as_uri()).open()
    somebody.search("albatross")
    item = somebody.page.locator("#search-dialog li").first
    item.locator("mark").first.wait_for()

    assert somebody.page.locator(".search-status").inner_text() == "1 result"
    assert item.locator(".search-title").inner_text() == f"1 A title {HOSTILE} with markup"
    assert f"<b>flies</b> by {HOSTILE}, and … too." in item.locator(".search-text").inner_text()
    assert "albatross^2" not in (small / INDEX).with_name("text").joinpath("first.js").read_text(
        encoding="utf-8"
    )


def test_after_edits_the_index_is_that_of_a_build_from_nothing(small: Path, tmp_path: Path) -> None:
    pages = BOOK | {
        "index.md": BOOK["index.md"].replace("A book", "The book"),
        "second.md": BOOK["second.md"].replace("Outputs", "What comes out"),
    }
    anew = write(tmp_path / "anew", {name: text for name, text in pages.items() if name != "alone.md"}, "en")
    before = (small / INDEX).read_bytes()
    for name in ("alone.md",):
        (small / "book" / name).unlink()
    write(small, {name: text for name, text in pages.items() if name != "alone.md"}, "en")

    assert (small / INDEX).read_bytes() != before
    assert "wandering" in (small / INDEX).read_text(encoding="utf-8"), (
        "an entry of a page that was not written again"
    )
    searched = "_static/search/"
    assert {name: content for name, content in files_of(small).items() if name.startswith(searched)} == {
        name: content for name, content in files_of(anew).items() if name.startswith(searched)
    }
    for name, text in BOOK.items():
        (small / "book" / name).write_text(text, encoding="utf-8")
    run_toolchain("build", "html", project=small)
    assert (small / INDEX).read_bytes() == before


@pytest.mark.parametrize(
    ("language", "pages", "first"),
    [
        (
            "de",
            GERMAN,
            {
                "haus": "haus.html",
                "Häusern": "haus.html",
                "hauser": "haus.html",
                "buch": "index.html",
                "strasse": "haus.html#straszen",
                "Gleichung 1.1": "haus.html",
                "Abschnitt 1": "haus.html",
            },
        ),
        (
            "zh_CN",
            CHINESE,
            {
                "深度学习": "one.html",
                "梯度下降": "one.html",
                "平方损失": "one.html#id2",
                "回归": "one.html#id2",
                "ndaray": "one.html#id2",
                "公式 1.1": "one.html#id2",
                "第1章": "one.html",
            },
        ),
    ],
)
def test_books_in_other_languages(
    language: str,
    pages: dict[str, str],
    first: dict[str, str],
    tmp_path: Path,
    reader: Callable[[str], Reader],
) -> None:
    project = write(tmp_path, pages, language)
    somebody = reader((project / "_build/html").as_uri()).open()

    assert {query: (somebody.search(query) or [""])[0] for query in first} == first
    assert somebody.errors == []


def test_words_are_those_of_the_index(small: Path, reader: Callable[[str], Reader]) -> None:
    text = "Ein Fluß; naïve Größe 2.11 A.4 nd.dot snake_case x1 ΣΑΣ 深度学习 NDArray与图1.3 ｶﾞｲﾄﾞ ภาษาไทย İstanbul e.g. …a.b… 한국어"
    somebody = reader((small / "_build/html").as_uri()).open()
    somebody.search("a")

    assert somebody.page.evaluate("text => toolchainSearch.tokens(text)", text) == [
        word for word, weight in words(text) if weight == 1.0
    ]
