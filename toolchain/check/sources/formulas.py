"""The check of the formulas: the site's MathJax knows what is in them, as LaTeX does."""

import re
from collections.abc import Iterator
from difflib import get_close_matches

from toolchain.check.base import BuiltBook, Check
from toolchain.check.sources.mathjax import COMMANDS, ENVIRONMENTS
from toolchain.check.sources.nearest import near, nearest, suggestion
from toolchain.model import Finding, MathJax, PageFacts, Sample

COMMENT = re.compile(r"(?<!\\)((?:\\\\)*)%[^\n]*")
VERBATIM = re.compile(
    r"\\(?:verb\*?(?P<end>[^A-Za-z*\s]).*?(?P=end)|(?:href|unicode|style|class|cssId)\s*\{[^{}]*\})"
)
"""What is no LaTeX in a formula."""
BEGUN = re.compile(r"\\(?P<which>begin|end)\s*\{\s*(?P<name>[^{}\s]*)\s*\}")
COMMAND = re.compile(r"\\(?P<name>[A-Za-z]+)|\\.", re.DOTALL)
DEFINITION = re.compile(
    r"\\(?:(?:re|provide)?(?:new)?command|DeclareMathOperator|DeclarePairedDelimiters?\w*|def|let|[gex]def"
    r"|(?:re)?newenvironment|Newextarrow)(?![A-Za-z])\*?\s*\{?\s*\\?(?P<name>[A-Za-z]+\*?)"
)
REQUIRE = re.compile(r"\\require(?![A-Za-z])")
ALIKE = 0.8
"""How much a command that was meant has in common with what was typed: of short names many are a little alike."""
DEFINE = "Write it with commands that MathJax knows, or define it in conf.py, with `mathjax3_config`."
REFERENCE = re.compile(r"\\(?P<role>eqref|ref)\s*\{(?P<label>[^{}]*)\}")


class UnknownToMathJax(Check):
    """A formula that the site, and Jupyter, show in red or as it was typed."""

    id = "SRC026"
    title = "the site cannot show a formula"
    explanation = (
        "The site and Jupyter show formulas with MathJax, which has no packages of LaTeX's: a command or an environment that "
        "it does not know stands on the page in red, as it was typed, and so does a formula whose braces or environments do not "
        "match. Write it with what MathJax knows, or define the command for it, with `mathjax3_config` in conf.py: "
        'mathjax3_config = {"tex": {"macros": {"R": r"\\mathbb{R}"}}}. Print and the notebooks to download then know it '
        "too. References have a place in the text only, as {eq}`label`."
    )

    def findings(self, built: BuiltBook) -> Iterator[Finding]:
        """Look at each formula that the author has written."""
        mathjax = built.facts.mathjax
        for page in built.facts.pages.values() if mathjax else ():
            defined = _defined(page, mathjax)
            for formula in page.formulas:
                for problem, needle, remedy in _problems(formula.text, defined):
                    yield self.found(problem, page.path, _line(built, page, formula, needle), remedy)


def _defined(page: PageFacts, mathjax: MathJax | None) -> frozenset[str]:
    """Return what a page's formulas define, and conf.py; MathJax knows a definition from its formula to the page's end."""
    texts = [formula.text for formula in page.formulas]
    return frozenset(mathjax.macros if mathjax else ()) | {
        match["name"] for text in texts for match in DEFINITION.finditer(text)
    }


def _line(built: BuiltBook, page: PageFacts, formula: Sample, needle: str) -> int | None:
    """Return the line of a part of a formula: of the formula, the one that its place is counted from may be before it."""
    if formula.line is None:
        return None
    first = near(built, page.path, formula.text.strip().partition("\n")[0], formula.line)
    last = (first or formula.line) + formula.text.count("\n") + 1
    found = built.line_of(page.path, needle, first or formula.line)
    return found if found is not None and found <= last else first


def _problems(formula: str, defined: frozenset[str]) -> Iterator[tuple[str, str, str]]:
    """Yield what is wrong with a formula, where in it, and what to do."""
    text = VERBATIM.sub(" ", COMMENT.sub(r"\1", formula))
    if REQUIRE.search(text):
        return
    names = [match["name"] for match in COMMAND.finditer(text) if match["name"]]
    for name in dict.fromkeys(names):
        if name not in COMMANDS | defined:
            meant = next(iter(get_close_matches(name, sorted(COMMANDS | defined), n=1, cutoff=ALIKE)), "")
            remedy = suggestion(f"\\{meant}" if meant else "") or DEFINE
            yield f"\\{name} is not known to MathJax, which sets the site's formulas", f"\\{name}", remedy
    for match in BEGUN.finditer(text):
        if match["which"] == "begin" and match["name"] not in ENVIRONMENTS | defined:
            meant = nearest(match["name"], ENVIRONMENTS)
            yield (
                f"the environment {match['name']} is not known to MathJax, which sets the site's formulas",
                match[0],
                suggestion(meant),
            )
    for match in REFERENCE.finditer(text):
        yield (
            f"{match[0]} is in a formula, where the site has no numbers",
            match[0],
            f"Put it into the text, as {{eq}}`{match['label']}`.",
        )
    yield from ((problem, formula.strip().partition("\n")[0], "") for problem in _unbalanced(text, defined))


def _unbalanced(text: str, defined: frozenset[str]) -> Iterator[str]:
    """Yield what is opened and not closed, or closed and not opened."""
    depth = 0
    for brace in re.finditer(r"\\.|[{}]", text, re.DOTALL):
        depth += {"{": 1, "}": -1}.get(brace[0], 0)
        if depth < 0:
            break
    if depth:
        yield "the formula has a { without its }" if depth > 0 else "the formula has a } without its {"
        return
    open_environments: list[str] = []
    for match in BEGUN.finditer(text):
        if match["which"] == "begin":
            open_environments.append(match["name"])
        elif not open_environments or open_environments.pop() != match["name"]:
            if match["name"] not in defined:
                yield f"the formula has {match[0]} without its \\begin"
            return
    if open_environments:
        yield f"the formula has \\begin{{{open_environments[-1]}}} without its \\end"
