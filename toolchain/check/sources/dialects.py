"""The check of the words for markup of other dialects of Markdown, and of LaTeX: readers see it as it was typed."""

import re
from collections.abc import Callable, Iterator

from msgspec import Struct

from toolchain.check import source_places
from toolchain.check.base import BuiltBook, Check, ReadBook
from toolchain.check.sources.nearest import near
from toolchain.model import Finding, PageFacts, Passage
from toolchain.sources.entry_lines import entries
from toolchain.sources.source_files import bibliographies

TYPED = "sphinx.toolchain.typed"
"""Id of Sphinx's warnings of what is left in the Markdown of an output."""
DOLLARS = "Write a formula between dollars, $x^2$, and one that stands alone between $$ and $$."
NAME = r"[\w:.+/-]*\w"
SHOWN = 60
"""Characters of what was typed, in a message."""


class Names(Struct, frozen=True):
    """What a book has names for."""

    equations: frozenset[str]
    places: frozenset[str]
    works: frozenset[str]
    pages: frozenset[str]
    """The pages' titles and the names of their files, in lower case."""
    extensions: tuple[str, ...]
    """Those of MyST that pages are read with."""


class Dialect(Struct, frozen=True):
    """Markup that means something elsewhere."""

    pattern: re.Pattern[str]
    of: str
    """Whose it is."""
    meant: Callable[[re.Match[str], Names], str]
    """Says how to write it here; empty where it is no markup after all."""


def _enabled(extension: str, otherwise: str = "") -> Callable[[re.Match[str], Names], str]:
    """Return what says how to write what an extension of MyST knows; where pages are read with it, what else to do."""

    def meant(_match: re.Match[str], names: Names) -> str:
        if extension in names.extensions:
            return otherwise
        listed = ", ".join(f'"{name}"' for name in sorted({*names.extensions, extension}))
        return f"Enable MyST's extension {extension}: myst_enable_extensions = [{listed}] in _config/conf.py."

    return meant


def _said(remedy: str) -> Callable[[re.Match[str], Names], str]:
    return lambda _match, _names: remedy


def _reference(match: re.Match[str], names: Names) -> str:
    """Say what a reference of LaTeX's is here, by what it leads to."""
    role, target = match["role"].lower(), match["target"].strip()
    if role.startswith("cite") or target in names.works:
        return f"Write {{cite}}`{target}`."
    if role == "label":
        return f"Write ({target})= on the line before what it names."
    if role == "eqref" or target in names.equations:
        return f"Write {{eq}}`{target}`."
    return f"Write {{numref}}`{target}` for its number, {{ref}}`{target}` for its title."


def _at_sign(match: re.Match[str], names: Names) -> str:
    target = match["target"]
    if target in names.works:
        return f"Write {{cite:t}}`{target}`."
    return f"Write {{numref}}`{target}`." if target in names.places else ""


def _wiki_link(match: re.Match[str], names: Names) -> str:
    target, _, words = match["target"].partition("|")
    page = target.partition("#")[0].strip()
    if match["embedded"]:
        return f"Write ![{words or 'what it shows'}]({page})."
    return f"Write [{words or page}](page.md)." if words or page.lower() in names.pages else ""


DIALECTS = (
    Dialect(
        re.compile(
            r"\\(?P<role>eqref|[Cc]ref|autoref|pageref|nameref|ref|label|[Cc]ite[a-z]*\*?)\s*(?:\[[^\]\n]*\]\s*)*\{(?P<target>[^{}\n]+)\}"
        ),
        "LaTeX's",
        _reference,
    ),
    Dialect(
        re.compile(r"\\begin\s*\{(?:equation|multline|gather|align|alignat|flalign|eqnarray)\*?\}"),
        "LaTeX's",
        _enabled("amsmath", "Begin and end it on lines of its own, with an empty line before it."),
    ),
    Dialect(
        re.compile(r"(?<![\\$\w])\$(?=[^\s$])[^$\n]*\\[A-Za-z]+[^$\n]*(?<=[^\s$])\$(?!\w)"),
        "LaTeX's",
        _enabled("dollarmath"),
    ),
    Dialect(
        re.compile(
            r"\\(?:begin\s*\{[A-Za-z]+\*?\}|(?:text(?:bf|it|tt|sc|sf|rm)|emph|underline|(?:sub){0,2}section\*?|chapter\*?|paragraph"
            r"|footnote|url|href|caption|includegraphics|item|index)\s*[\[{]|(?:new|clear)page\b)"
        ),
        "LaTeX's",
        _said(
            "In the text Markdown is read, and LaTeX only between $ and $: write **words**, *words*, [words](address)."
        ),
    ),
    Dialect(
        re.compile(r"\{\{[<%].*?[>%]\}\}|\{%.*?%\}"),
        "Hugo's, Quarto's or Jekyll's",
        _said("Write {include} for another file, {figure} for a figure."),
    ),
    Dialect(
        re.compile(r"\{\{ *[A-Za-z_][\w.]*(?: *\|[^{}\n]*)? *\}\}"),
        "a substitution",
        _said("Say what it stands for in [myst.substitutions] of book.toml, or write it out."),
    ),
    Dialect(
        re.compile(rf"\[[^\[\]\n@]*-?@(?P<target>{NAME})[^\[\]\n]*\]"),
        "pandoc's",
        lambda match, _names: f"Write {{cite}}`{match['target']}`.",
    ),
    Dialect(re.compile(rf"(?<![\w.@/+`-])@(?P<target>{NAME})"), "pandoc's or Quarto's", _at_sign),
    Dialect(
        re.compile(
            r"(?<=\s)\{(?:#[A-Za-z][\w:.-]*(?: [^{}\n]*)?|\.[A-Za-z][\w-]*(?: [^{}\n]*)?|-)\} *$",
            re.MULTILINE,
        ),
        "pandoc's",
        _said("Write a label as (name)= on the line before."),
    ),
    Dialect(
        re.compile(r"^\[!\w+\][+-]?", re.MULTILINE),
        "Obsidian's",
        _said("GitHub's are NOTE, TIP, IMPORTANT, WARNING and CAUTION; or write :::{note}."),
    ),
    Dialect(
        re.compile(r"^(?:!!!|\?\?\?\+?) +[a-z]+(?: +[\"\u201c][^\n]*)? *$", re.MULTILINE),
        "MkDocs'",
        _said("Write :::{note} before it, and ::: after it."),
    ),
    Dialect(
        re.compile(r"^\[(?:TOC|\[_TOC_\])\] *$", re.MULTILINE | re.IGNORECASE),
        "MkDocs' or GitLab's",
        _said("Leave it out: each page of the site has its contents beside it."),
    ),
    Dialect(
        re.compile(r"(?<![\w\])])(?P<embedded>!?)\[\[(?P<target>[^\W\d_][^\[\]\n]*)\]\]"),
        "a wiki's",
        _wiki_link,
    ),
    Dialect(
        re.compile(r"(?<![\w=!<>])==(?=[^\s=])[^=\n]*[^\s=]==(?![\w=])"),
        "Obsidian's or pandoc's",
        _said("Nothing is marked with colour: write **words** or *words*."),
    ),
)

PARENTHESES = re.compile(r"[(\[](?P<formula>[^()\[\]\n]*[\\^_=][^()\[\]\n]*)[)\]]")


class ForeignDialect(Check):
    """Markup of another dialect, or of none, that readers see as it was typed."""

    id = "SRC027"
    title = "markup of another dialect is shown as it was typed"
    follows = frozenset({"SRC022"})
    explanation = (
        "Pages are read as MyST reads them, and what LaTeX, pandoc, Quarto, Obsidian or MkDocs know besides means nothing "
        "there: readers see the characters, in every form. The finding says how it is written here. What is to be shown as an "
        "example is put in backquotes or in a block of code. Markdown that a cell puts out is read as Jupyter and GitHub "
        "read it: no role and no directive means anything in it."
    )

    def claims(self, warning: Finding) -> bool:
        """Claim Sphinx's warnings of what outputs show as it was typed."""
        return warning.id == TYPED

    def findings(self, built: BuiltBook) -> Iterator[Finding]:
        """Search the words that authors have typed, outside code and formulas, and take what was found in outputs."""
        names = _names(built)
        for page in built.facts.pages.values():
            for start, passage, typed, of, meant in _occurrences(built, page, names):
                at = None if passage.line is None else passage.line + passage.text.count("\n", 0, start)
                line = near(built, page.path, typed.partition("\n")[0], at)
                message = f"shown as it was typed: {_short(typed)}, which is {of}"
                yield self.found(message, page.path, line, meant)
            for typed, at in _parentheses(built, page):
                line = near(built, page.path, typed, at)
                yield self.found(f"shown without its backslashes: {_short(typed)}", page.path, line, DOLLARS)
        for warning in filter(self.claims, built.warnings):
            yield self.found(warning.message, warning.path, source_places.cell_line(built, warning))


def _parentheses(built: ReadBook, page: PageFacts) -> Iterator[tuple[str, int]]:
    r"""Yield formulas between `\(` and `\)`, of which Markdown leaves parentheses: as they were typed, with their lines."""
    for passage, match in built.silent.search(page, "parentheses", PARENTHESES.finditer):
        if passage.line is None:
            continue
        lines = built.lines(page.path)[passage.line - 1 : passage.line + passage.text.count("\n")]
        opening = match[0][0]
        typed = f"\\{opening}{match['formula']}\\{match[0][-1]}"
        if any(typed in source for source in lines):
            yield typed, passage.line + passage.text.count("\n", 0, match.start())


def _names(built: ReadBook) -> Names:
    by_kind: dict[str, set[str]] = {}
    for label in built.facts.labels:
        by_kind.setdefault(label.kind, set()).update(label.names)
    by_kind.pop("citation", None)
    equations = by_kind.pop("equation", set())
    sources = map(built.relative, bibliographies(built.settings))
    works = {key for path in sources for _, key in entries(built.lines(path))}
    titles = {top.title.lower() for page in built.facts.pages.values() for top in page.tops}
    files = {name.rpartition("/")[2].lower() for name in built.facts.pages}
    return Names(
        frozenset(equations),
        frozenset().union(*by_kind.values()),
        frozenset(works),
        frozenset(titles | files),
        built.settings.myst_extensions,
    )


def _occurrences(
    built: ReadBook, page: PageFacts, names: Names
) -> Iterator[tuple[int, Passage, str, str, str]]:
    """Yield where foreign markup begins in a passage, itself, whose it is and how to write it; what overlaps is one."""
    taken: list[tuple[Passage, int, int]] = []
    for passage, (dialect, match) in built.silent.search(page, "dialects", _foreign):
        if any(of is passage and match.start() < end and start < match.end() for of, start, end in taken):
            continue
        if meant := dialect.meant(match, names):
            taken.append((passage, *match.span()))
            yield match.start(), passage, match[0].strip(), dialect.of, meant


def _foreign(text: str) -> Iterator[tuple[Dialect, re.Match[str]]]:
    return ((dialect, match) for dialect in DIALECTS for match in dialect.pattern.finditer(text))


def _short(text: str) -> str:
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"
