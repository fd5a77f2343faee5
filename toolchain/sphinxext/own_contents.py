"""Lists of pages from contents of their own become toctrees: at the end of their page, or where it has `{tableofcontents}`.

`sources.own_contents` has put them at the same places, for the numbers that are known before Sphinx runs.
"""

import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from urllib.parse import quote

import msgspec
from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.builders.html import StandaloneHTMLBuilder
from sphinx.environment import BuildEnvironment
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

from toolchain.base.patterns import expression
from toolchain.model.contents import BookContents, ListedPage, PageList
from toolchain.sources.outline import CONTENTS

OPTION = "toolchain_contents"
"""Option of Sphinx: the contents as values of JSON; empty where toctrees in the pages have them."""
BEFORE_APPENDICES = 300
"""As a page is read: what else looks at its toctrees comes after."""
INDEX = "index"
REDIRECT = '<!DOCTYPE html>\n<meta charset="utf-8">\n<meta http-equiv="refresh" content="0; url={page}.html">\n<title>{page}</title>\n<a href="{page}.html">{page}</a>\n'
LOGGER = logging.getLogger(__name__)


class place(nodes.General, nodes.Element):  # noqa: N801 - as docutils names nodes
    """Where the lists of a page stand."""


class Place(SphinxDirective):
    """`{tableofcontents}`."""

    def run(self) -> list[nodes.Node]:
        """Mark the place."""
        node = place()
        self.set_source_info(node)
        return [node]


def _insert(contents: BookContents, app: Sphinx, tree: nodes.document) -> None:
    """Put the lists of a page into its tree."""
    page, places = app.env.current_document.docname, list(tree.findall(place))
    lists = contents.lists.get(page, ())
    inserted = [
        _node(app.env, page, listed, contents, hidden=listed.hidden and not places) for listed in lists
    ]
    for number, node in enumerate(places):
        node.replace_self(inserted if number == 0 else [])
    if not places and inserted:
        # In a section, or the pages of the lists would stand beside the page, and not below it. Footnotes come after it.
        sections = [child for child in tree.children if isinstance(child, nodes.section)]
        (sections[-1] if sections else tree).extend(inserted)


def _node(
    env: BuildEnvironment, page: str, listed: PageList, contents: BookContents, *, hidden: bool
) -> nodes.compound:
    entries = list(_entries(env, page, listed, contents))
    if listed.backwards:
        entries.reverse()
    toctree = addnodes.toctree()
    toctree.source, toctree.line = contents.path, 1
    toctree["parent"] = page
    toctree["entries"] = entries
    toctree["includefiles"] = [name for _, name in entries if name in env.found_docs]
    toctree["maxdepth"] = listed.depth
    toctree["caption"] = listed.caption or None
    toctree["rawcaption"] = listed.caption
    toctree["glob"] = any(entry.is_pattern for entry in listed.entries)
    toctree["hidden"] = hidden
    toctree["includehidden"] = False
    toctree["numbered"] = listed.numbered
    toctree["titlesonly"] = listed.titles_only
    return nodes.compound("", toctree, classes=["toctree-wrapper"])


def _entries(
    env: BuildEnvironment, page: str, listed: PageList, contents: BookContents
) -> Iterator[tuple[str | None, str]]:
    """Yield title and name of each page of a list; what leads nowhere is told, and the page read again the next time."""
    found: set[str] = {page}
    for entry in listed.entries:
        names = [entry.target]
        if entry.is_pattern:
            fits = re.compile(expression(entry.target)).fullmatch
            names = sorted(name for name in env.found_docs - found if fits(name))
        elif "://" not in entry.target and entry.target not in env.found_docs:
            names = []
        if not names:
            _warn(entry, contents)
            env.note_reread()
        found.update(names)
        yield from ((entry.title or None, name) for name in names)


def _warn(entry: ListedPage, contents: BookContents) -> None:
    said = (
        "toctree glob pattern %r didn't match any documents"
        if entry.is_pattern
        else "toctree contains reference to nonexisting document %r"
    )
    subtype = "empty_glob" if entry.is_pattern else "not_readable"
    place = f"{contents.path}:{entry.line}"
    LOGGER.warning(said, entry.target, location=place, type="toc", subtype=subtype)


def _lead_to_root(app: Sphinx, error: Exception | None) -> None:
    """Have whoever opens the site's folder led to its first page, if that has another name and no page has this one."""
    root = app.config.root_doc
    if error or not isinstance(app.builder, StandaloneHTMLBuilder) or root == INDEX:
        return
    if INDEX not in app.env.found_docs:
        Path(app.outdir, f"{INDEX}.html").write_text(REDIRECT.format(page=quote(root)), encoding="utf-8")


def setup(app: Sphinx) -> None:
    """Insert the lists as a page is read."""
    app.add_config_value(OPTION, {}, "env", types=(dict,))
    if not app.config[OPTION]:
        return
    app.add_node(place)
    app.add_directive(CONTENTS, Place)
    contents = msgspec.convert(app.config[OPTION], BookContents)
    app.connect("doctree-read", partial(_insert, contents), priority=BEFORE_APPENDICES)
    app.connect("build-finished", _lead_to_root)
    # Where Jupyter Book looks for what its configuration names: the book's own folder.
    app.confdir = app.srcdir
