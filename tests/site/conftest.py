"""The sites that are looked at: our book's, and that of a small book with every construct."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from support.previews import browser
from support.projects import copy_project
from support.running import run_toolchain
from support.site_pages import served


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Give a browser, to one module: Playwright can be started once in a process at a time, and others start it, too."""
    with browser() as opened:
        yield opened


@pytest.fixture(scope="session")
def site(book: Path) -> Path:
    """Give the site of our book."""
    return book / "_build/html"


@pytest.fixture(scope="session")
def constructs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the site of a book with every construct."""
    project = copy_project("constructs", tmp_path_factory.mktemp("constructs"))
    build = run_toolchain("build", "html", project=project)
    assert build.code == 0, build.stdout + build.stderr
    return project / "_build/html"


@pytest.fixture(scope="session")
def address(site: Path) -> Iterator[str]:
    """Give the address of our book's site, which is served."""
    with served(site) as root:
        yield root
