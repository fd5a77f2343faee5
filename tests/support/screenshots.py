"""`nox -s screenshots`: every page of the built site at three widths in light and dark, and what axe finds on it.

The pictures are in _build/screenshots, with a page that shows them side by side. Given patterns, such as `chapter_*/index.html`,
only the pages that match. Ends with 1 if a page does not fit, says an error or is not accessible.
"""

import sys
from fnmatch import fnmatch
from html import escape
from pathlib import Path

from support.axe import violations
from support.places import REPOSITORY
from support.previews import browser
from support.site_pages import WIDE, Reader, pages_of, reader

SITE = REPOSITORY / "_build/html"
PICTURES = REPOSITORY / "_build/screenshots"
WIDTHS = {"desk": 1280, "tablet": 768, "phone": 390}
SCHEMES = ("light", "dark")
HEAD = """<!DOCTYPE html><html lang="en"><meta charset="utf-8"><title>Screenshots</title>
<style>body {font-family: sans-serif; margin: 1rem} .row {display: flex; gap: 1rem; overflow-x: auto; align-items: start}
figure {margin: 0; flex: none} img {height: 30rem; border: 1px solid gray; object-fit: cover; object-position: top} pre {color: firebrick}
</style><h1>Screenshots</h1>
"""


def look_at(window: Reader, page: str, scheme: str) -> list[str]:
    """Take the pictures of a page, and return what is wrong with it."""
    opened = window.open((SITE / page).as_uri())
    wrong = [f"{scheme}: {violation}" for violation in violations(opened)]
    for name, width in WIDTHS.items():
        opened.set_viewport_size({"width": width, "height": 900})
        if wide := opened.evaluate(WIDE):
            wrong.append(f"{scheme}, {name}: wider than the window: {wide}")
        opened.screenshot(path=picture_of(page, scheme, name), full_page=True)
    opened.set_viewport_size({"width": WIDTHS["desk"], "height": 900})
    wrong += [f"{scheme}: {said}" for said in window.wrong]
    window.wrong.clear()
    return wrong


def picture_of(page: str, scheme: str, width: str) -> Path:
    """Return where a picture is."""
    return PICTURES / f"{page.removesuffix('.html').replace('/', '-')}-{width}-{scheme}.png"


def shown(page: str, wrong: list[str]) -> str:
    """Return a page's part of the page of all pictures."""
    figures = [
        f'<figure><a href="{path.name}"><img loading="lazy" src="{path.name}" alt=""></a>'
        f"<figcaption>{width}, {scheme}</figcaption></figure>"
        for scheme in SCHEMES
        for width in WIDTHS
        for path in (picture_of(page, scheme, width),)
    ]
    said = f"<pre>{escape(chr(10).join(wrong))}</pre>" if wrong else ""
    return f'<h2 id="{page}">{page}</h2>{said}<div class="row">{"".join(figures)}</div>\n'


def main(patterns: list[str]) -> int:
    """Take all pictures; return the exit code."""
    pages = [page for page in pages_of(SITE) if not patterns or any(fnmatch(page, one) for one in patterns)]
    PICTURES.mkdir(parents=True, exist_ok=True)
    wrong: dict[str, list[str]] = {page: [] for page in pages}
    with browser() as opened:
        for scheme in SCHEMES:
            with reader(opened, color_scheme=scheme) as window:
                for page in pages:
                    wrong[page] += look_at(window, page, scheme)
    index = PICTURES / "index.html"
    index.write_text(HEAD + "".join(shown(page, said) for page, said in wrong.items()), encoding="utf-8")
    for page, said in wrong.items():
        for one in said:
            print(f"{page}: {one}")  # noqa: T201 - what the session says
    print(index)  # noqa: T201
    return int(any(wrong.values()))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
