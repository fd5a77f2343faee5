"""Previews of what references lead to: a script shows them, which loads the fragments of a page when it first needs one.

The fragments of a page are in a file of its own, and are of its own text alone, whoever refers to it: an edit of a page changes no
other's. It is a script that registers them, since pages that are read from a disk can load nothing else.
"""

from pathlib import Path
from typing import Any

import msgspec
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.builders.html import StandaloneHTMLBuilder

from toolchain.base.files import remove
from toolchain.model.sphinx import THEME
from toolchain.sphinxext.site.fragments import fragments

PREVIEWS = "toolchain_previews"
"""Sphinx's name of `previews` in `[html]`."""
FOLDER = "_previews"
"""Of the site, with a file for each page."""
SCRIPT = "scripts/previews.js"
LATE = 900
"""When all others have done to a page's text what they do."""


def _has(app: Sphinx) -> bool:
    """Say whether pages have previews."""
    is_site = (
        isinstance(app.builder, StandaloneHTMLBuilder) and app.builder.name == StandaloneHTMLBuilder.name
    )
    return is_site and app.config.html_theme == THEME and bool(app.config[PREVIEWS])


def _add_files(app: Sphinx) -> None:
    if _has(app):
        app.add_js_file(SCRIPT, loading_method="defer")


def _write(
    app: Sphinx, pagename: str, _template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Write the fragments of a page beside it."""
    if doctree is None or not _has(app):
        return
    numbers, texts = fragments(context["body"])
    page = Path(app.builder.get_output_path(pagename))  # type: ignore[attr-defined] # a site's builder has it
    file = page.parents[pagename.count("/")] / FOLDER / f"{pagename}.js"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(
        b"bookPreviews(" + msgspec.json.encode(numbers) + b",\n" + msgspec.json.encode(texts) + b");\n"
    )


def _remove_stale(app: Sphinx, error: Exception | None) -> None:
    """Remove the fragments of pages that are gone, and all of a site that has no previews any more."""
    if error is not None or app.builder.name != StandaloneHTMLBuilder.name:
        return
    folder = Path(app.outdir, FOLDER)
    kept = {folder / f"{page}.js" for page in app.env.found_docs} if _has(app) else set()
    for path in sorted(folder.rglob("*"), reverse=True):
        if path not in kept and (path.is_file() or not any(path.iterdir())):
            remove(path)
    if not kept:
        remove(folder)


def setup(app: Sphinx) -> None:
    """Look at each page as it is written."""
    app.add_config_value(PREVIEWS, True, "html", bool)  # noqa: FBT003 - Sphinx's own
    app.connect("builder-inited", _add_files)
    app.connect("html-page-context", _write, priority=LATE)
    app.connect("build-finished", _remove_stale)
