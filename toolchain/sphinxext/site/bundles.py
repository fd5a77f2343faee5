"""What every page loads is one style sheet and one script, whatever they are made of.

They are made of the files of known names alone, as these lie in the site once its static files are there: so no edit of a page
changes them, and a book's own file in the place of one of them counts. What else a page loads comes after, in its order. Of style
sheets, what stood after one that is not in the bundle is named again after that one: the last rule wins, as it did.
"""

import re
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from itertools import dropwhile
from pathlib import Path
from typing import Any

import msgspec
from pydata_sphinx_theme.pygments import overwrite_pygments_css
from sphinx.application import Sphinx
from sphinx.builders.html._assets import _CascadingStyleSheet, _JavaScript

from toolchain.base.decoding import read_whole
from toolchain.base.files import sha256_lines, write_atomically
from toolchain.model.sphinx import THEME
from toolchain.sphinxext.front.place import is_site
from toolchain.sphinxext.site import styles
from toolchain.sphinxext.words import say

STYLE, WHOLE, SCRIPT = "styles/book.css", "styles/book-whole.css", "scripts/book.js"
BASIC = "basic.css"
"""Sphinx's, which the first style sheet of the themes would load."""
STYLES = ("pygments.css", "mystnb.*.css", "copybutton.css", "toolchain.css")
"""In the bundle besides the themes' own, where the site has them."""
SCRIPTS = (
    "scripts/site.js",
    "scripts/search-open.js",
    "scripts/previews.js",
    "scripts/figures.js",
    "copybutton.js",
)
"""In their order: the first defines what the last calls."""
COMMENT = re.compile(r"(?P<string>\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*')|/\*(?!!).*?\*/\s*", re.DOTALL)
"""Of a style sheet, or a string in which there may be something that looks like one."""
STRICT = '"use strict"'
IN_SCRIPTS = ("Close", "Figure", "Enlarge the figure", "Enlarge: {}")
"""What these say."""
FIRST = 10
"""Priority: what a book or an extension says comes after."""


def name(file: Any) -> str:
    """Return the name of a style sheet or script below `_static`, or its address; empty for one that stands in the page."""
    return str(getattr(file, "filename", file) or "").removeprefix("_static/")


def with_style(app: Sphinx, files: Iterable[Any]) -> Iterator[Any]:
    """Yield what a page loads in `<link>`, with the bundle in the place of what is in it."""
    in_bundle = {*styles.sheets(app), *_of_site(app, STYLES)}
    yield _CascadingStyleSheet(f"_static/{STYLE}", priority=FIRST)
    links, sheets = list[Any](), list[Any]()
    for file in files:
        is_sheet = getattr(file, "attributes", {}).get("rel", "stylesheet") == "stylesheet"
        (sheets if is_sheet else links).append(file)
    yield from links
    yield from dropwhile(lambda sheet: name(sheet) in in_bundle, sheets)


def with_script(app: Sphinx, files: Iterable[Any]) -> Iterator[Any]:
    """Yield the scripts of a page, with the bundle before them in the place of what is in it."""
    in_bundle = set(_of_site(app, SCRIPTS))
    yield _JavaScript(f"_static/{SCRIPT}", priority=FIRST, defer="defer")
    yield from (file for file in files if name(file) not in in_bundle)


def _of_site(app: Sphinx, patterns: tuple[str, ...]) -> Iterator[str]:
    """Yield the files that all pages of the site load, of those that may be in a bundle, in the order of the patterns."""
    builder: Any = app.builder
    names = [name(file) for file in (*builder._css_files, *builder._js_files)]  # noqa: SLF001 - there is no other place
    for pattern in patterns:
        yield from (known for known in dict.fromkeys(names) if fnmatchcase(known, pattern))


def _begin(app: Sphinx) -> None:
    """Make the bundles when the static files are there, before pages are written whose links have their checksums."""
    builder: Any = app.builder
    if not is_site(app) or app.config.html_theme != THEME:
        return
    app.add_js_file(SCRIPTS[0])
    copy_assets = builder.copy_assets

    def copy_and_bundle() -> None:
        copy_assets()
        _write(app)

    builder.copy_assets = copy_and_bundle
    # What colours code is the theme's after this, and not only when all pages are written.
    for listener in app.events.listeners["build-finished"][:]:
        if listener.handler is overwrite_pygments_css:
            app.disconnect(listener.id)


def _write(app: Sphinx) -> None:
    overwrite_pygments_css(app)
    static = Path(app.outdir, "_static")
    own = "\n".join(
        styles.moved(_read(static, file), file) for file in (*styles.sheets(app), *_of_site(app, STYLES))
    )
    basic, whole = styles.moved(_read(static, BASIC), BASIC), f"{styles.whole()}\n{own}"
    _put(static / WHOLE, _bare(f"{basic}\n{whole}"))
    reduced = _bare(f"{basic}\n{styles.reduced(app).text}\n{own}")
    _put(static / STYLE, f"{reduced}\n/* {sha256_lines([whole])[:8]} */\n")
    scripts = (_read(static, file) for file in _of_site(app, SCRIPTS))
    _put(static / SCRIPT, "\n;\n".join((STRICT, *_words(), *scripts)))


def _bare(css: str) -> str:
    """Return a style sheet without its comments, but for those that are to stay."""
    return COMMENT.sub(lambda found: found["string"] or "", css)


def _words() -> Iterator[str]:
    """Yield a script with the words of the scripts, in another language than theirs."""
    said = {word: other for word in IN_SCRIPTS if (other := say(word)) != word}
    if said:
        yield f"window.bookWords = {msgspec.json.encode(said).decode()};"


def _read(static: Path, file: str) -> str:
    return (read_whole(static / file) or b"").decode(errors="replace")


def _put(path: Path, text: str) -> None:
    """Write a bundle, unless it is there as it is: what a preview shows is newer only if it differs."""
    content = text.encode()
    if not path.is_file() or path.read_bytes() != content:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, content)


def setup(app: Sphinx) -> None:
    """Come after all that pages load was named."""
    app.connect("builder-inited", _begin, priority=900)
