"""Checks of what a page of the site makes browsers load and draw."""

from collections.abc import Iterator

from toolchain.base.units import count, human_size, size
from toolchain.check.base import BuiltBook, Check
from toolchain.forms.html.weights import Weights
from toolchain.model import Finding

ICONS_OF_OURS = "styles/book"
"""In the address of a style sheet that only the site's own theme has: another one may load a font of icons."""
FONT_OF_ICONS = "fontawesome"


class UndrawnIcon(Check):
    """An icon that nobody sees, since there is no drawing of that name."""

    id = "HTML008"
    title = "there is no icon of this name"
    needs = frozenset({"html"})
    explanation = (
        "Icons are drawn in the page when it is written, by their names in Font Awesome Free: {fas}`house` of "
        'sphinx-design, `icon_links`, or <i class="fa-solid fa-house"></i> in HTML. Of a name that is not among them '
        "readers see nothing. fontawesome.com/search?o=r&m=free has all names and their styles: solid, regular, brands."
    )

    def findings(self, built: BuiltBook) -> Iterator[Finding]:
        """Look for elements of icons that are left; one that all pages have is said once."""
        documents = {f"{name}.html": document for name, document in built.documents.items()}
        said: set[str] = set()
        for name, page in built.site.pages.items():
            urls = [link.url for link in page.addresses]
            loads_font = any(FONT_OF_ICONS in url for url in urls) or not any(
                ICONS_OF_OURS in url for url in urls
            )
            for icon in () if loads_font else dict.fromkeys(page.icons):
                document = documents.get(name)
                word = icon.split()[-1]
                line = built.line_of(document.path, word.removeprefix("fa-")) if document else None
                message = f"no icon has this name: {icon}"
                if document and line:
                    yield self.found(message, document.path, line)
                elif icon not in said:
                    said.add(icon)
                    yield self.found(message, f"{built.site.folder}/{name}")


class HeavyPage(Check):
    """A page that takes long to load on a slow line."""

    id = "HTML009"
    title = "a page of the site is heavier than its budget"
    needs = frozenset({"html"})
    explanation = (
        "More is loaded for a page than `page_budget` in [html] allows: the page itself, style sheets, scripts, fonts and "
        "pictures, as servers send them. report.json has the heaviest pages under `heaviest`. Save a photograph as JPEG in "
        "the size that it is shown in, give plots fewer points, or part the page; or raise the budget."
    )

    def findings(self, built: BuiltBook) -> Iterator[Finding]:
        """Weigh every page, if there is a budget."""
        allowed = built.settings.toml.html.page_budget
        if not allowed or not built.site.folder:
            return
        documents = {f"{name}.html": document.path for name, document in built.documents.items()}
        weights = Weights(built.settings.project / built.site.folder, built.site)
        for weight in weights.heavier_than(size(allowed)):
            path = documents.get(weight.page, f"{built.site.folder}/{weight.page}")
            yield self.found(
                f"{human_size(weight.bytes)} in {count(weight.requests, 'request')} are loaded for it, and {allowed} are "
                f"allowed; most for {weight.largest}: {human_size(weight.of_largest)}",
                path,
            )
