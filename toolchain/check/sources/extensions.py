"""Checks of what extensions add: what only the site can show, and references to code that is described elsewhere."""

import re
from collections.abc import Iterator

from toolchain.base.units import count
from toolchain.check.base import BuiltBook, Check
from toolchain.check.sources.nearest import near
from toolchain.model import Finding, Severity

SITE_ONLY = "sphinx.toolchain.site_only"
DIAGRAM, GRAPH = "sphinx.toolchain.diagram", "sphinx.toolchain.graph"
ICON = "sphinx.design.fa-build"
SKIPPED = re.compile(r"(?P<what>.+): unsupported output format \(node skipped\)")
"""What extensions say themselves of a form that they have nothing for, without a place."""
CODE = "sphinx.toolchain.code_reference"
CODE_NAMED = re.compile(r"no inventory has (?P<name>(?:\{.+?\})?`(?P<target>.*)`)", re.DOTALL)
INVENTORIES = re.compile(
    r"failed to reach any of the inventories with the following issues:\s*(?P<issues>.*)", re.DOTALL
)
REMEDY_OF_INVENTORY = (
    "Keep the inventory in the project, and say so in _config/conf.py: "
    'intersphinx_mapping = {"name": ("https://…", "../_config/name.inv")}.'
)
REMEDIES = {
    DIAGRAM: "Install Mermaid's program, @mermaid-js/mermaid-cli of npm, where the book is built, or show a picture.",
    GRAPH: "Install Graphviz, Debian's package graphviz, where the book is built, or show a picture.",
    ICON: 'Set sd_fontawesome_latex = "fontawesome5" in _config/conf.py.',
    SITE_ONLY: "Say it in words as well, or let the extension write it: add_node(…, latex=…, notebooks=…).",
}
"""By the warnings what to do."""


class OnSiteOnly(Check):
    """Something of which print or the notebooks have nothing, or its code."""

    id = "SRC042"
    title = "only the site shows something as it is meant"
    severity = Severity.ADVICE
    explanation = (
        "An extension draws this in the browser, and has nothing for another form: print has the code of a diagram, or nothing. "
        "Where it matters, say it in words or show a picture as well. Diagrams of Mermaid are printed where Mermaid's program, "
        "`mmdc`, is installed, and those of Graphviz shown where `dot` is. An extension may write its nodes itself, with `app.add_node(node, latex=..., notebooks=...)`."
    )

    def claims(self, warning: Finding) -> bool:
        """Claim the toolchain's own warnings of such nodes."""
        return warning.id in REMEDIES or SKIPPED.fullmatch(warning.message) is not None

    def findings(self, built: BuiltBook) -> Iterator[Finding]:
        """Yield each once, whichever forms lack it."""
        reported = set()
        for warning in filter(self.claims, built.warnings):
            place = (warning.message, warning.path, warning.line)
            if place not in reported:
                reported.add(place)
                if skipped := SKIPPED.fullmatch(warning.message):
                    yield self._skipped(built, skipped["what"])
                    continue
                message = "print has no icon here" if warning.id == ICON else warning.message
                yield self.found(message, warning.path, warning.line, REMEDIES[warning.id])

    def _skipped(self, built: BuiltBook, what: str) -> Finding:
        """Return the finding about something that its extension skips, where a source names it."""
        named = what.rpartition(" ")[2]
        for page in built.book.documents:
            if line := built.line_of(page.path, named):
                return self.found(f"only the site has the {what}", page.path, line, REMEDIES[SITE_ONLY])
        return self.found(
            f"only the site has the {what}", built.settings.layout.options, None, REMEDIES[SITE_ONLY]
        )


class CodeElsewhere(Check):
    """References to functions, classes and modules that nothing here describes."""

    id = "SRC043"
    title = "references to other documentation lead nowhere: no inventory has it"
    severity = Severity.ADVICE
    explanation = (
        "`{func}`, `{class}` and their like lead to where code is described: in this book, or in another documentation whose "
        "inventory `sphinx.ext.intersphinx` has read. Nothing of this kind is described in this book, and no inventory has the "
        "name, so readers see it as code, without a link. Name the other documentation in `intersphinx_mapping`, or write the "
        "name as mere code. Where an inventory cannot be read, all that refers to it is of this kind."
    )

    def claims(self, warning: Finding) -> bool:
        """Claim warnings of such references, and of inventories that cannot be read."""
        return warning.id == CODE or INVENTORIES.match(warning.message) is not None

    def findings(self, built: BuiltBook) -> Iterator[Finding]:
        """Say it once for the book, at the first place."""
        places = []
        for warning in dict.fromkeys(built.warnings):
            if match := INVENTORIES.match(warning.message):
                issues = " ".join(match["issues"].split())
                path = built.settings.layout.options
                line = built.line_of(path, "intersphinx_mapping")
                yield self.found(f"an inventory cannot be read: {issues}", path, line, REMEDY_OF_INVENTORY)
            elif warning.id == CODE and (named := CODE_NAMED.fullmatch(warning.message)):
                line = near(built, warning.path, named["target"], warning.line)
                places.append((warning.path, line or 0, named["name"]))
        if places:
            path, line, name = min(places)
            others = f", as {count(len(places) - 1, 'other')}" if len(places) > 1 else ""
            yield self.found(f"no inventory has {name}{others}", path, line or None)
