"""What a page costs whoever reads it, beside the same page in the stock book theme with MathJax, in turn in the same browser."""

import gzip
import shutil
import statistics
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Response
from support.measuring import machine, table
from support.places import REPOSITORY
from support.previews import browser
from support.running import run_toolchain
from support.site_pages import reader, served

PAGES = ("index.html", "chapter_crashcourse/ndarray.html", "chapter_crashcourse/autograd.html")
STOCK = """
[sphinx.options]
html_theme = "sphinx_book_theme"
html_math_renderer = "mathjax"
"""
SLOW_PROCESSOR = 6
"""Times that all takes longer: a phone of the cheaper kind."""
SLOW_LINE = {"offline": False, "latency": 150, "downloadThroughput": 200_000, "uploadThroughput": 90_000}
"""Milliseconds and bytes in a second, as on a train."""
FIRST_FORMULA = """
const look = () => {
    const formula = document.querySelector("mjx-container, article math");
    if (formula && formula.getBoundingClientRect().width) window.firstFormula = performance.now();
    else requestAnimationFrame(look);
};
requestAnimationFrame(look);
"""
PAINTED = 'performance.getEntriesByName("first-contentful-paint")[0]?.startTime'


@pytest.fixture
def sites(tmp_path: Path) -> dict[str, Path]:
    """Give the sites of our book: as it is, and in the stock theme."""
    folders = {"ours": tmp_path / "ours", "stock": tmp_path / "stock"}
    for name, folder in folders.items():
        for part in ("book", "_config", "bib", "img", "_build/store"):
            shutil.copytree(REPOSITORY / part, folder / part)
        if name == "stock":
            with (folder / "_config/book.toml").open("a", encoding="utf-8") as toml:
                toml.write(STOCK)
        build = run_toolchain("build", "html", "--no-execute", "--allow-missing", project=folder)
        assert (folder / "_build/html/index.html").is_file(), build.stderr
    return {name: folder / "_build/html" for name, folder in folders.items()}


@pytest.fixture
def chromium() -> Iterator[Browser]:
    with browser() as opened:
        yield opened


def weights(chromium: Browser, address: str) -> dict[str, list[int]]:
    """Return the bytes of each file that a page loads, compressed as servers do, by the kind of file."""
    found: dict[str, list[int]] = defaultdict(list)
    with reader(chromium) as window:
        answers: list[Response] = []

        def keep(answer: Response) -> None:  # Playwright takes no method of a list
            answers.append(answer)

        window.page.on("response", keep)
        window.page.goto(address, wait_until="networkidle")
        for answer in answers:
            kind, body = answer.request.resource_type, answer.body()
            is_compressed = kind in ("font", "image") and not answer.url.endswith(".svg")
            found[kind].append(len(body if is_compressed else gzip.compress(body, 6, mtime=0)))
    return found


def seconds(
    chromium: Browser, address: str, *, processor: float = 1, line: dict[str, object] | None = None
) -> tuple[float, float]:
    """Return the seconds until a page shows anything, and its first formula; 0 if it has none."""
    with reader(chromium) as window:
        session = window.context.new_cdp_session(window.page)
        session.send("Emulation.setCPUThrottlingRate", {"rate": processor})
        if line:
            session.send("Network.enable")
            session.send("Network.emulateNetworkConditions", line)
        window.page.add_init_script(FIRST_FORMULA)
        window.page.goto(address, wait_until="networkidle")
        if window.page.locator("article .math, article math").count():
            window.page.wait_for_function("window.firstFormula")
        painted, formula = window.page.evaluate(f"[{PAINTED}, window.firstFormula ?? 0]")
    return painted / 1000, formula / 1000


@pytest.mark.bench
@pytest.mark.timeout(3600)
def test_weight_requests_and_first_sight(
    sites: dict[str, Path], chromium: Browser, request: pytest.FixtureRequest
) -> None:
    times = request.config.getoption("--times") or 3
    conditions = {"slow processor": {"processor": SLOW_PROCESSOR}, "slow line": {"line": SLOW_LINE}}
    rows = [["page", "what", *sites, "ratio"]]
    with served(sites["ours"]) as ours, served(sites["stock"]) as stock:
        roots = {"ours": ours, "stock": stock}
        for page in PAGES:
            weighed = {name: weights(chromium, root + page) for name, root in roots.items()}
            for kind in sorted(set().union(*weighed.values())):
                rows.append(
                    _row(page, f"{kind}, kB", *(sum(weighed[name][kind]) / 1000 for name in roots)),
                )
                rows.append(_row(page, f"{kind}, files", *(len(weighed[name][kind]) for name in roots)))
            rows.append(
                _row(page, "all, kB", *(sum(map(sum, weighed[name].values())) / 1000 for name in roots))
            )
            rows.append(_row(page, "all, files", *(sum(map(len, weighed[name].values())) for name in roots)))
            for condition, how in conditions.items():
                seen = {
                    name: [seconds(chromium, root + page, **how) for _ in range(times)]  # type: ignore[arg-type]
                    for name, root in roots.items()
                }
                for at, what in enumerate(("first paint", "first formula")):
                    medians = [statistics.median(one[at] for one in seen[name]) for name in roots]
                    if any(medians):
                        rows.append(_row(page, f"{what}, {condition}, s", *medians))

    print(f"\n{machine()}; medians of {times}\n\n{table(rows, words=2)}\n")  # noqa: T201 - what it is for
    assert len(rows) > 1


def _row(page: str, what: str, ours: float, stock: float) -> list[str]:
    return [page, what, f"{ours:.1f}", f"{stock:.1f}", f"{ours / stock:.2f}" if stock else ""]
