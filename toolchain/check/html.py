"""Checks of the site."""

from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from urllib.parse import unquote, urlsplit

from lxml import html

from toolchain.check.base import Check, Made
from toolchain.model import Finding


class DeadLink(Check):
    """A link, image or script inside the site that leads nowhere."""

    id = "HTML001"
    title = "a link or resource inside the site does not exist"
    needs = frozenset({"html"})
    explanation = (
        "A page of the built site names a file, or a place in a page, that the site does not have. Refer to labels "
        "with {ref}, {numref} or a Markdown link to the source file; Sphinx then writes the address."
    )

    def findings(self, made: Made) -> Iterator[Finding]:
        """Resolve every href and src of every page as a browser would."""
        for site in (path.resolve() for path in made.paths("html")):
            anchors = cache(_anchors)
            for page in sorted(site.rglob("*.html")):
                if "_static" in page.relative_to(site).parts:
                    continue
                for address in sorted(_addresses(page)):
                    if problem := _problem(address, page, site, anchors):
                        yield self.found(f"{address}: {problem}", f"_build/html/{page.relative_to(site)}")


def _addresses(page: Path) -> set[str]:
    tree = html.parse(str(page), parser=html.HTMLParser(encoding="utf-8"))
    return {value for name in ("href", "src") for value in tree.xpath(f"//@{name}")}


def _anchors(page: Path) -> frozenset[str]:
    tree = html.parse(str(page), parser=html.HTMLParser(encoding="utf-8"))
    return frozenset(tree.xpath("//@id | //a/@name"))


def _problem(address: str, page: Path, site: Path, anchors: Callable[[Path], frozenset[str]]) -> str:
    """Say what is wrong with an address on a page; empty if nothing is, or if it leads out of the site."""
    try:
        parts = urlsplit(address)
        path, fragment = unquote(parts.path, errors="strict"), unquote(parts.fragment)
        target = (page.parent / path).resolve() if path else page
    except ValueError as error:
        return f"is no address: {error}"
    if parts.scheme or parts.netloc or not (path or fragment):
        return ""
    if site not in target.parents and target != site:
        return "is outside the site"
    target = target / "index.html" if target.is_dir() else target
    if not target.is_file():
        return "no such file in the site"
    lost = fragment and target.suffix == ".html" and fragment not in anchors(target)
    return "no such place in that page" if lost else ""
