"""A built site as readers open it: in the system's Chromium, served or from its files, with no other host in reach."""

import functools
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, Route

SECONDS = 120
"""That a page may take, on a machine that has much else to do."""
LOCAL = ("file:", "data:", "blob:", "about:", "http://127.0.0.1:")
SECTIONS = ("chapter_*/index.html", "chapter_crashcourse/autograd.html", "*/linear-regression-scratch.html")
"""Of our book: what a chapter begins with, code with formulas, and plots. The library and wide tables are in the appendix."""
APPENDIX = ("chapter_appendix/gluonbook.html", "chapter_appendix/writing.html")
WIDE = """() => {
    const root = document.documentElement;
    const beyond = [...document.body.querySelectorAll("*")].filter(element => {
        const box = element.getBoundingClientRect();
        return box.width && box.right > innerWidth + 1;
    });
    return root.scrollWidth > innerWidth ? `${root.scrollWidth}: ${beyond.slice(0, 3).map(element => element.outerHTML.slice(0, 80))}` : "";
}"""
"""Says what stands out of the window, or nothing."""


@dataclass
class Reader:
    """A window on pages of sites, and what went wrong in it."""

    context: BrowserContext
    page: Page
    wrong: list[str] = field(default_factory=list)
    """Errors of scripts, requests to other hosts and requests for files that are not there."""

    def open(self, address: str) -> Page:
        """Open a page, and let its scripts do what they do at first."""
        self.page.goto(address, wait_until="load")
        self.page.evaluate("new Promise(done => requestAnimationFrame(() => setTimeout(done)))")
        return self.page


@contextmanager
def reader(browser: Browser, *, width: int = 1280, **options: Any) -> Iterator[Reader]:
    """Open a window, as a browser has it that asks for less motion: no picture then depends on the moment."""
    options = {"reduced_motion": "reduce", **options}
    context = browser.new_context(viewport={"width": width, "height": 900}, **options)
    context.set_default_timeout(SECONDS * 1000)
    window = Reader(context, context.new_page())
    wrong, page = window.wrong, window.page

    def only_local(route: Route) -> None:
        if route.request.url.startswith(LOCAL):
            route.continue_()
        else:
            wrong.append(f"{page.url}: asks for {route.request.url}")
            route.abort()

    context.route(lambda address: not address.startswith(LOCAL), only_local)
    page.on(
        "console",
        lambda said: wrong.append(f"{page.url}: {said.text}") if said.type in ("error", "warning") else None,
    )
    page.on("pageerror", lambda error: wrong.append(f"{page.url}: {error}"))
    page.on(
        "response",
        lambda response: (
            wrong.append(f"{page.url}: {response.status} {response.url}") if response.status >= 400 else None
        ),
    )
    try:
        yield window
    finally:
        context.close()


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name that is overridden
        """Say nothing."""


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve a folder on this machine only, and give its address, which ends with a slash."""
    with ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Quiet, directory=str(folder))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/"
        server.shutdown()


def pages_of(site: Path) -> list[str]:
    """Return the pages of a site, by their place in it."""
    paths = (path.relative_to(site) for path in site.rglob("*.html"))
    return sorted(path.as_posix() for path in paths if not path.parts[0].startswith("_"))


def templates_of(site: Path) -> list[str]:
    """Return a page of each kind: all at the top, which no chapter has (landing page, index, search, …), and some sections."""
    at_the_top = [page for page in pages_of(site) if "/" not in page]
    chosen = (min(site.glob(pattern)) for pattern in (*SECTIONS, *APPENDIX))
    return [*at_the_top, *(page.relative_to(site).as_posix() for page in chosen)]
