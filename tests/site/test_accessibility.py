"""What axe finds on a page of each kind, in light, in the dark and on a phone: nothing that is moderate or worse."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser
from support.axe import WINDOWS, on_pages
from support.site_pages import pages_of, reader, templates_of


@pytest.mark.slow
@pytest.mark.parametrize("window", WINDOWS)
def test_each_kind_of_page_is_accessible(
    chromium: Browser, site: Path, address: str, constructs: Path, window: str
) -> None:
    with reader(chromium, **WINDOWS[window]) as opened:
        sections = [page for page in pages_of(constructs) if page.startswith("chapter_")]

        assert on_pages(opened, address, templates_of(site)) == {}
        assert on_pages(opened, f"{constructs.as_uri()}/", sections) == {}
