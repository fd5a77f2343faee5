"""What a page loads is what it needs: scripts of the themes below ours, whole style sheets and an extension's own only where they do something.

A page that has something of Bootstrap's on it (`data-bs-…`, from a template of the book or of an extension), a version switcher or
an announcement from elsewhere has the scripts of the other themes, too, and their style sheets as they are. `site.js` then leaves to
them what they do. Sphinx's own scripts are there where a script is that we do not know, which may call them.
"""

import re
from collections.abc import Iterator
from html import escape
from pathlib import Path, PurePosixPath
from typing import Any

from sphinx.application import Sphinx
from sphinx.builders.html._assets import _JavaScript

from toolchain.model.sphinx import THEME
from toolchain.sphinxext.front.place import is_site
from toolchain.sphinxext.site import bundles, icons, search, styles
from toolchain.sphinxext.site.bundles import name
from toolchain.sphinxext.site.theme import FOLDER
from toolchain.sphinxext.words import say

LAST = 990
"""Priority of what comes after all who add something to pages."""
SPHINXS = frozenset({"documentation_options.js", "doctools.js", "sphinx_highlight.js", "translations.js"})
"""Scripts of Sphinx for its search, and for scripts that call them."""
BOOK_THEMES = "scripts/sphinx-book-theme.js"
THEIRS = ("scripts/bootstrap.js", "scripts/pydata-sphinx-theme.js", BOOK_THEMES)
FONT_AWESOME = "scripts/fontawesome.js"
CLIPBOARD = "clipboard.min.js"
"""Of sphinx-copybutton; `site.js` has the little of it that copybutton.js calls."""
KNOWN = re.compile(
    r"copybutton\.js|design-tabs\.js|clipboard\.min\.js|mathjax/\S*|https?://\S*(?:mathjax|require|html-manager)\S*"
)
"""Scripts that call none of another's."""
PARTS = {
    "sphinx-design.min.css": "sd-",
    "design-tabs.js": "sd-tab",
}
"""Beginning of a file's name, and what stands in the HTML of each page that it is for."""
TIP = re.compile(r'\s+data-bs-(?:toggle="tooltip"|placement="[^"]*")')
"""Of Bootstrap, that a title is shown as a tip: browsers do so without it."""
BOOTSTRAPS = re.compile(r"<[^<>]*\sdata-bs-\w+=|\bversion-switcher__button\b|\bdata-pst-announcement-url=")
HTML = re.compile(r"<html\b[^<>]*?(?=\s*>)")
WITHOUT_SCRIPTS = 'data-theme="light"'
"""A page is light unless a script chooses: rules are for the one or the other, and paper is white."""
UNTRANSLATED = re.compile(
    r'\b(?P<name>title|aria-label)="(?P<words>Toggle (?:primary|secondary) sidebar|Main)"'
)
"""What sphinx-book-theme has in its templates in English only."""
OWN_ICON = "fa-custom"
"""Class of icons that a book's own script gives to Font Awesome's."""


def _choose(app: Sphinx, _page: str, template: str, context: dict[str, Any], _doctree: object) -> None:
    """Leave out of a page's files those that it does not need; of the scripts, none is in the way of the first paint."""
    if not _is_ours(app):
        return
    # Of the writer of docutils: the templates have it.
    context["metatags"] = re.sub(r'<meta name="viewport"[^>]*>\s*', "", context.get("metatags") or "")
    context["css_files"] = list(bundles.with_style(app, _needed(app, context["css_files"], context)))
    scripts = list(_needed(app, context["script_files"], context))
    needs_sphinxs = template == "search.html" and not search.is_ours(app)
    if needs_sphinxs or any(not _is_known(script) for script in scripts):
        chosen = [script for script in scripts if name(script) != BOOK_THEMES]
    else:
        chosen = [
            _deferred(script)
            for script in scripts
            if not _is_told(script) and name(script) not in SPHINXS | {BOOK_THEMES, CLIPBOARD}
        ]
    context["script_files"] = list(bundles.with_script(app, chosen))


def _needed(app: Sphinx, files: list[Any], context: dict[str, Any]) -> Iterator[Any]:
    """Yield files without those of extensions that have nothing on a page; a book's own templates may have what we do not see."""
    body = context.get("body") or ""
    own_templates = any(not styles.is_of_theme(Path(path)) for path in app.config.templates_path)
    for file in files:
        file_name = PurePosixPath(name(file)).name
        mark = next((mark for beginning, mark in PARTS.items() if file_name.startswith(beginning)), "")
        if own_templates or mark in body:
            yield file


def _is_known(script: Any) -> bool:
    known = name(script)
    if not known:
        return _is_told(script) or str(script.attributes.get("body", "")).startswith("window.MathJax")
    return known in SPHINXS or known in THEIRS or KNOWN.fullmatch(known) is not None or _is_own(known)


def _is_told(script: Any) -> bool:
    """Say whether a script in a page is what themes tell Sphinx's scripts of it."""
    body = getattr(script, "attributes", {}).get("body", "")
    return not name(script) and str(body).lstrip().startswith("DOCUMENTATION_OPTIONS.")


def _is_own(file: str) -> bool:
    return FOLDER.joinpath("static", file).is_file()


def _deferred(script: Any) -> Any:
    attributes = dict(getattr(script, "attributes", {}))
    if "async" in attributes or not name(script):
        return script
    return _JavaScript(script.filename, priority=script.priority, **attributes | {"defer": "defer"})


def _finish(app: Sphinx) -> None:
    """Let each page that is written go through our hands: what it needs can be seen only then."""
    builder: Any = app.builder
    if not _is_ours(app):
        return
    render = builder.templates.render

    def render_finished(template: str, context: dict[str, Any]) -> str:
        text: str = render(template, context)
        return finished(app, text, context.get("content_root", "./")) if "</html>" in text else text

    builder.templates.render = render_finished


def finished(app: Sphinx, page: str, root: str) -> str:
    """Return a page with its icons drawn, and with what else it needs; `root` leads to the first page's folder."""
    page = HTML.sub(rf"\g<0> {WITHOUT_SCRIPTS}", icons.drawn(TIP.sub("", page)), count=1)
    page = UNTRANSLATED.sub(lambda said: f'{said["name"]}="{escape(say(said["words"]))}"', page)
    needs_theirs = BOOTSTRAPS.search(page) is not None
    if needs_theirs or styles.needs_whole(page, styles.reduced(app).dropped):
        page = page.replace(bundles.STYLE, bundles.WHOLE, 1)
    added = (*(THEIRS if needs_theirs else ()), *((FONT_AWESOME,) if OWN_ICON in page else ()))
    if not added:
        return page
    tags = "".join(f'<script defer src="{root}_static/{file}"></script>\n' for file in added)
    return page.replace("</body>", f"{tags}</body>", 1)


def _is_ours(app: Sphinx) -> bool:
    return is_site(app) and app.config.html_theme == THEME


def setup(app: Sphinx) -> None:
    """Choose for each page of our theme."""
    app.connect("html-page-context", _choose, priority=LAST)
    # Before the policy is made of the scripts that are there.
    app.connect("builder-inited", _finish, priority=400)
