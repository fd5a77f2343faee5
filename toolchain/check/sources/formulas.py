"""The check of the formulas: the site can set them, and MathJax, with which Jupyter shows them, knows what is in them."""

import re
from collections.abc import Iterator
from contextlib import suppress
from difflib import get_close_matches

import msgspec
from msgspec import Struct

from toolchain.check import source_places
from toolchain.check.base import BuiltBook, ReadBook, SourceCheck
from toolchain.check.sources.nearest import near, nearest, suggestion
from toolchain.model import Document, Finding, MathJax, PageFacts, Sample
from toolchain.outputs import latex
from toolchain.outputs.latex import NotAdmittedError, mathjax

DEFINITION = re.compile(
    r"\\(?:(?:re|provide)?(?:new)?command|DeclareMathOperator|DeclarePairedDelimiters?\w*|def|let|[gex]def"
    r"|(?:re)?newenvironment|Newextarrow)(?![A-Za-z])\*?\s*\{?\s*\\?(?P<name>[A-Za-z]+\*?)"
)
REQUIRE = re.compile(r"\\require(?![A-Za-z])")
OF_OUTPUT = "sphinx.toolchain.mathjax"
"""Id of Sphinx's warnings of formulas that outputs have."""
OF_SITE = "sphinx.toolchain.mathml"
"""Id of Sphinx's warnings of formulas that MathJax knows and the site does not."""
ENVIRONMENT = "the environment"
LACKING = re.compile(r"(?:: the environment )?(?P<what>\S+) is not set by it")
"""Says in Sphinx's warning what it is about."""
UNKNOWN = "is not known to MathJax, with which Jupyter shows formulas"
ALIKE = 0.8
"""How much a command that was meant has in common with what was typed: of short names many are a little alike."""
DEFINE = "Write it with commands that the site and MathJax know, or define it in [math.macros] of book.toml."
DISPLAY = "Have the cell display it as HTML too, which the site shows instead."
LABEL = re.compile(r"\\label\s*\{(?P<label>[^{}]*)\}")
SHOWN_BEFORE = frozenset(
    {
        *("application/vnd.jupyter.widget-view+json", "application/javascript", "text/html", "image/svg+xml"),
        *("image/png", "image/gif", "image/jpeg", "text/markdown"),
    }
)
"""Of the forms of an output, those that the site shows rather than LaTeX."""


class Problem(Struct, frozen=True):
    """Something wrong with a formula."""

    message: str
    needle: str
    """The part of the formula that it is about."""
    remedy: str = ""


class UnknownToMathJax(SourceCheck):
    """A formula that the site shows as it was typed, or Jupyter in red."""

    id = "SRC026"
    title = "the site or Jupyter cannot show a formula"
    follows = frozenset({"SRC020"})
    explanation = (
        "The site has formulas as MathML, which is made of their TeX; Jupyter shows them with MathJax. Neither has packages of LaTeX's: "
        "a formula with a command or an environment that is not known there, or whose braces or environments do not match, stands on the "
        "site as its TeX, and in Jupyter in red. Write it with what both know, or define the command for both, in [math.macros] of book.toml: "
        "R = '\\mathbb{R}'. Print and the notebooks to download then know it too."
    )

    def claims(self, warning: Finding) -> bool:
        """Claim Sphinx's warnings of formulas."""
        return warning.id in (OF_OUTPUT, OF_SITE)

    def findings(self, built: ReadBook) -> Iterator[Finding]:
        """Look at each formula that the author has written, and at those that outputs show."""
        if told := built.facts.mathjax:
            references = _references(built)
            for page in built.facts.pages.values():
                for formula, problem in _typed_problems(page, told, references):
                    line = _line(built, page, formula, problem.needle)
                    yield self.found(problem.message, page.path, line, problem.remedy)
            for document in built.book.documents:
                for line, number, text in _formulas_of_outputs(built, document):
                    for problem in _of_output(list(_problems(text, frozenset(told.macros)))):
                        message = f"cell {number}: {problem.message}"
                        yield self.found(message, document.path, line, problem.remedy)

    def of_warnings(self, built: BuiltBook) -> Iterator[Finding]:
        """Find the cell whose output it is, or the line of the formula."""
        for warning in filter(self.claims, built.warnings):
            line = (
                _line_of(built, warning) if warning.id == OF_SITE else source_places.cell_line(built, warning)
            )
            yield self.found(warning.message, warning.path, line, DEFINE)


def _line_of(built: BuiltBook, warning: Finding) -> int | None:
    """Return the line of what the site lacks; Sphinx knows that of the paragraph or formula, which may have several."""
    lacking = LACKING.search(warning.message)
    if lacking and warning.line:
        for page in built.facts.pages.values():
            for formula in page.formulas if page.path == warning.path else ():
                if lacking["what"] in formula.text and (formula.line or 0) >= warning.line:
                    return _line(built, page, formula, lacking["what"])
    return warning.line


def _of_output(problems: list[Problem]) -> list[Problem]:
    """Return what to say of an output: of an environment that is not known, not also what is in it."""
    for problem in problems:
        if problem.message.startswith(ENVIRONMENT):
            return [msgspec.structs.replace(problem, remedy=DISPLAY)]
    return problems


def _typed_problems(
    page: PageFacts, told: MathJax, references: frozenset[str]
) -> Iterator[tuple[Sample, Problem]]:
    defined = _defined(page, told)
    for formula in page.formulas:
        for problem in (*_problems(formula.text, defined), *_labels(formula.text, references)):
            yield formula, problem


def _defined(page: PageFacts, told: MathJax) -> frozenset[str]:
    """Return what a page's formulas define, and conf.py; MathJax knows a definition from its formula to the page's end."""
    texts = [formula.text for formula in page.formulas]
    return frozenset(told.macros) | {match["name"] for text in texts for match in DEFINITION.finditer(text)}


def _line(built: ReadBook, page: PageFacts, formula: Sample, needle: str) -> int | None:
    """Return the line of a part of a formula: of the formula, the one that its place is counted from may be before it."""
    if formula.line is None:
        return None
    first = near(built, page.path, formula.text.strip().partition("\n")[0], formula.line)
    last = (first or formula.line) + formula.text.count("\n") + 1
    found = built.line_of(page.path, needle, first or formula.line)
    return found if found is not None and found <= last else first


def _references(built: ReadBook) -> frozenset[str]:
    """Return the names of formulas that the book refers to and that are none."""
    known = {name for label in built.facts.labels for name in label.names}
    named = (reference for page in built.facts.pages.values() for reference in page.references)
    return frozenset(reference.target for reference in named) - known


def _labels(formula: str, references: frozenset[str]) -> Iterator[Problem]:
    """Yield labels of LaTeX's that references lead to: only LaTeX sees them."""
    for match in LABEL.finditer(formula):
        if match["label"] in references:
            remedy = f"Write ({match['label']}) after the closing $$, or take {{math}} with :label: {match['label']}."
            yield Problem(
                f"{match[0]} is within the formula, where references do not find it", match[0], remedy
            )


def _formulas_of_outputs(built: ReadBook, page: Document) -> Iterator[tuple[int | None, int, str]]:
    """Yield what the site shows of outputs as LaTeX: the line of the cell, its number, the LaTeX that is admitted."""
    for declared, cell in zip(page.cells, built.result(page.name) if page.cells else (), strict=False):
        for output in cell.outputs:
            data = output.get("data", {})
            if "text/latex" in data and not SHOWN_BEFORE.intersection(data):
                with suppress(NotAdmittedError):  # else it is not shown as LaTeX, and that has been said
                    yield declared.line or None, declared.number, latex.read(str(data["text/latex"])).content


def _problems(formula: str, defined: frozenset[str]) -> Iterator[Problem]:
    """Yield what is wrong with a formula."""
    text = mathjax.read(formula)
    if REQUIRE.search(text):
        return
    for kind, name in mathjax.unknown(text, defined):
        if kind == "command":
            meant = get_close_matches(name, sorted(mathjax.COMMANDS | defined), n=1, cutoff=ALIKE)
            remedy = suggestion(f"\\{meant[0]}") if meant else DEFINE
            yield Problem(f"\\{name} {UNKNOWN}", f"\\{name}", remedy)
        else:
            remedy = suggestion(nearest(name, mathjax.ENVIRONMENTS)) or DEFINE
            yield Problem(f"{ENVIRONMENT} {name} {UNKNOWN}", f"{{{name}}}", remedy)
    for part in mathjax.unmatched(text, defined):
        yield Problem(f"the formula has {part}", formula.strip().partition("\n")[0])
