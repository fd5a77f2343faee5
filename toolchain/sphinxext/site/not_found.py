"""404.html: what a server shows in the place of a page that is not there, with a search and the contents of the book.

It is shown at the address that was asked for, however deep that is, so all that it loads and leads to is named from the site's top.
Where that is follows from `site` in book.toml; without it, the page serves what is at the top only. Who opens it from a disk has no
such top: there a script names all of it from the folder that the page is in.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from sphinx.application import Sphinx
from sphinx.builders.html import StandaloneHTMLBuilder

from toolchain.base.files import write_atomically
from toolchain.sphinxext.front.place import is_site
from toolchain.sphinxext.site import publication
from toolchain.sphinxext.words import say

NAME = "404"
RELATIVE = re.compile(
    r"(?P<tag><[a-z][^<>]*?\s(?:href|src|action|data-content_root)=\")(?P<address>(?![a-z][a-z+.-]*:|[/#\"])[^\"]+)",
    re.IGNORECASE,
)
"""An address in a tag that is neither whole, nor from the top, nor within the page."""
FROM_A_DISK = """<script>
if (location.protocol === "file:") addEventListener("DOMContentLoaded", () => {
  const top = document.documentElement.dataset.content_root;
  if (!top.startsWith("/")) return;
  for (const name of ["data-content_root", "href", "src", "action"]) {
    for (const element of document.querySelectorAll(`[${name}^="${top}"]`)) {
      element.setAttribute(name, "./" + element.getAttribute(name).slice(top.length));
      if (element.localName !== "script") continue;
      const again = document.createElement("script");
      again.src = element.src;
      element.replaceWith(again);
    }
  }
});
</script>"""
BODY = """
<h1>{title}</h1>
<p>{sorry}</p>
<form role="search" class="seek" action="search.html" method="get">
  <label for="sought">{search}</label>
  <input type="search" id="sought" name="q" autocomplete="off" />
  <button type="submit">{go}</button>
</form>
<p><a href="{first}">{book}</a></p>
"""


def _page(app: Sphinx) -> Iterator[tuple[str, dict[str, Any], str]]:
    builder = app.builder
    if not isinstance(builder, StandaloneHTMLBuilder) or not is_site(app) or NAME in app.env.found_docs:
        return
    title = say("Page not found")
    body = BODY.format(
        title=title,
        sorry=say("There is no page at this address. It may have been moved or renamed."),
        search=say("Search"),
        go=say("Go"),
        first=f"{app.config.root_doc}{builder.out_suffix}",
        book=app.builder.templates.environment.filters["e"](app.config.project),
    )
    yield (
        NAME,
        {
            "title": title,
            "body": body,
            "metatags": f'<meta name="robots" content="noindex" />\n{FROM_A_DISK}',
        },
        "page.html",
    )


def _name_from_the_top(app: Sphinx, error: Exception | None) -> None:
    """Put the path of the site's top before each address that is relative to it."""
    path = Path(app.outdir, f"{NAME}.html")
    base = publication.address(app.config)
    if error is None and is_site(app) and base and NAME not in app.env.found_docs and path.is_file():
        write_atomically(path, from_the_top(path.read_text(encoding="utf-8"), urlsplit(base).path).encode())


def from_the_top(page: str, top: str) -> str:
    """Return a page whose addresses begin with the site's top."""
    while (
        whole := RELATIVE.sub(lambda found: f"{found['tag']}{top}{_at_top(found['address'])}", page)
    ) != page:
        page = whole  # a tag may have several
    return page


def _at_top(address: str) -> str:
    return address.removeprefix("./")


def setup(app: Sphinx) -> None:
    """Write it after the pages of the book."""
    app.connect("html-collect-pages", _page)
    app.connect("build-finished", _name_from_the_top)
