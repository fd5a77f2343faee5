"""What TeX means in the fields of an entry, written so that pybtex, which knows accents and braces only, passes it on."""

import re
import unicodedata
from collections.abc import Callable

from pybtex.database import Entry, Person

from toolchain.outputs import latex
from toolchain.outputs.latex import Kind, NotAdmittedError
from toolchain.sphinxext.entry_formulas import simple
from toolchain.sphinxext.entry_marks import CLOSE, END_OF_ADDRESS, OPEN, literal

ADDRESSES = ("url", "doi", "eprint", "pubmed")
"""Fields that become links: pybtex takes them as they are."""
REGISTERS = {
    "doi": re.compile(r"^(?:https?://(?:dx\.)?doi\.org/|doi:\s*)", re.IGNORECASE),
    "eprint": re.compile(r"^(?:https?://arxiv\.org/abs/|arxiv:\s*)", re.IGNORECASE),
}
"""What pybtex itself puts before a number of these registers."""
UNTOUCHED = ("crossref", "key", "ids", "keywords", "file", "abstract")
"""Fields that nothing shows."""
TEX = re.compile(r"[\\$%]")
"""Without one of these there is nothing that pybtex does not know."""
TOKEN = re.compile(r"\\(?:[A-Za-z]+\*?|.|$)|[{}$%]|[^\\{}$%]+", re.DOTALL)
STYLES = {
    **dict.fromkeys(("emph", "textit", "textsl", "mkbibemph", "mkbibitalic"), OPEN["em"]),
    **dict.fromkeys(("textbf", "mkbibbold"), OPEN["strong"]),
    "texttt": OPEN["tt"],
    "textsuperscript": OPEN["sup"],
    "textsubscript": OPEN["sub"],
    **dict.fromkeys(
        ("text", "textrm", "textsf", "textsc", "textup", "textnormal", "textmd", "mbox", "hbox", "underline", "uline"),
        "",
    ),
}  # fmt: skip
SWITCHES = {
    **dict.fromkeys(("em", "it", "itshape", "sl", "slshape"), OPEN["em"]),
    **dict.fromkeys(("bf", "bfseries"), OPEN["strong"]),
    **dict.fromkeys(("tt", "ttfamily"), OPEN["tt"]),
    **dict.fromkeys(("rm", "rmfamily", "sf", "sffamily", "sc", "scshape", "upshape", "normalfont", "relax", "protect"), ""),
}  # fmt: skip
LOGOS = {
    "TeX": "TeX", "LaTeX": "LaTeX", "LaTeXe": "LaTeX2e", "BibTeX": "BibTeX", "XeTeX": "XeTeX", "XeLaTeX": "XeLaTeX",
    "LuaTeX": "LuaTeX", "LuaLaTeX": "LuaLaTeX", "pdfTeX": "pdfTeX", "pdfLaTeX": "pdfLaTeX", "ConTeXt": "ConTeXt",
    "MF": "METAFONT", "MP": "MetaPost", "AmS": "AMS",
}  # fmt: skip
SIGNS = {
    "textbackslash": "\\", "textasciicircum": "^", "textasciitilde": "~", "textunderscore": "_", "textdollar": "$",
    "textbraceleft": "{", "textbraceright": "}", "textbar": "|", "textless": "<", "textgreater": ">", "textquotesingle": "'",
    "textquotedbl": '"', "textasciigrave": "`", "textquoteleft": "\N{LEFT SINGLE QUOTATION MARK}",
    "textquoteright": "\N{RIGHT SINGLE QUOTATION MARK}", "textquotedblleft": "\N{LEFT DOUBLE QUOTATION MARK}",
    "textquotedblright": "\N{RIGHT DOUBLE QUOTATION MARK}", "dots": "\N{HORIZONTAL ELLIPSIS}", "slash": "/",
    "textendash": "\N{EN DASH}", "textemdash": "\N{EM DASH}", "textdegree": "\N{DEGREE SIGN}",
    "texttrademark": "\N{TRADE MARK SIGN}", "textregistered": "\N{REGISTERED SIGN}", "textmu": "\N{MICRO SIGN}",
    "texttimes": "\N{MULTIPLICATION SIGN}", "textbullet": "\N{BULLET}", "textperiodcentered": "\N{MIDDLE DOT}",
}  # fmt: skip
QUOTES = ("enquote", "mkbibquote")
AS_TYPED = ("nolinkurl", "path")
BEGINS, ENDS, GOES_ON = re.compile(r"\S"), re.compile(r"\S$"), re.compile(r"\d")
"""What follows a dollar that begins a formula, what is before one that ends it, and what is not after that: sums of money."""
SIGN = {
    "$": "$",
    "{": "{",
    "}": "}",
    ",": "~",
    ";": "~",
    ":": "~",
    "!": "",
    "/": "",
    "-": "",
    "@": "",
    "\\": " ",
}
"""After a backslash; the rest is left to pybtex."""
ACCENTS = {
    "d": "\N{COMBINING DOT BELOW}",
    "b": "\N{COMBINING MACRON BELOW}",
    "t": "\N{COMBINING DOUBLE INVERTED BREVE}",
}
"""That pybtex does not know."""
DOTLESS = re.compile(r"(\\[`'^\"~=.uvHt]\s*)(?:\{\\([ij])\s*\}|\\([ij])(?![A-Za-z])\s*)")
"""A letter without its dot, below an accent that takes its place."""
ESCAPED = re.compile(
    r"\{\\textasciitilde\}|\\textasciitilde(?:\{\}|\s+|(?![A-Za-z]))|\{\\~(?:\{\})?\}|\\~(?:\{\})?|\$\\sim\$|\\sim(?![A-Za-z])"
    r"|\\textunderscore(?:\{\}|\s+|(?![A-Za-z]))|\\[/-]|\\(?P<sign>[^A-Za-z])|[{}]"
)
"""What stands for something else in an address, or for nothing."""
WRAPPED = re.compile(r"^\\(?:url|path|nolinkurl)\s*(?=\{)")
OUTPUT = re.compile(r" \(line \d+, column \d+ of the output\)$")


class _Reader:
    """Reads a text of TeX."""

    def __init__(self, text: str) -> None:
        self._tokens = TOKEN.findall(text)
        self._at = 0
        self.problem = ""

    def text(self, *, group: bool = False) -> str:
        """Read to the end, or to the brace that ends a group."""
        written, switches = [], 0
        while self._at < len(self._tokens):
            mark = self._next()
            if mark == "}" and group:
                break
            if mark[:1] == "\\" and mark[1:] in SWITCHES:
                mark = SWITCHES[mark[1:]]
                self._room()
                written.append(mark)
                switches += bool(mark)
            else:
                written.append(self._of(mark))
        return "".join(written) + CLOSE * switches

    def _of(self, mark: str) -> str:
        if mark == "{":
            return f"{{{self.text(group=True)}}}"
        if mark == "%":
            return r"\%"
        if mark == "$":
            return self._formula(double=self._ahead(1) == "$")
        if mark == r"\(" and r"\)" in self._tokens[self._at :]:
            return self._until(self._tokens.index(r"\)", self._at))
        return self._command(mark[1:]) if mark[:1] == "\\" else mark

    def _command(self, name: str) -> str:
        readers: dict[str, Callable[[], str]] = {
            **dict.fromkeys(STYLES, lambda: self._styled(STYLES[name])),
            **dict.fromkeys(QUOTES, lambda: f"\N{LEFT DOUBLE QUOTATION MARK}{self._argument()}\N{RIGHT DOUBLE QUOTATION MARK}"),
            "url": lambda: _link(self._raw(), ""),
            **dict.fromkeys(AS_TYPED, lambda: literal(plain_address(self._raw()))),
            "href": lambda: _link(self._raw(), self._argument()),
            "ensuremath": lambda: self._set(self._raw()),
            "noopsort": lambda: self._argument() and "",
            **dict.fromkeys(ACCENTS, lambda: self._accented(ACCENTS[name])),
        }  # fmt: skip
        if reader := readers.get(name):
            return reader()
        if name in LOGOS or name in SIGNS:
            self._room()
            return f"{{{LOGOS[name]}}}" if name in LOGOS else literal(SIGNS[name])
        if name in ("~", "^") and self._ahead(2) == "{}":
            self._at += 2
            return literal(name)
        if name in SIGN:
            return literal(SIGN[name]) if name in "${}" else SIGN[name]
        return f"\\{name}"

    def _styled(self, mark: str) -> str:
        return f"{mark}{{{self._argument()}}}{CLOSE if mark else ''}"

    def _accented(self, accent: str) -> str:
        letter = self._argument()
        return unicodedata.normalize("NFC", letter[:1] + accent) + letter[1:]

    def _argument(self) -> str:
        """Read what a command is for: a group, or a character."""
        self._blank()
        mark = self._next() if self._at < len(self._tokens) else ""
        if mark == "{":
            return self.text(group=True)
        if mark and mark[0] not in "\\$%{}":
            self._tokens.insert(self._at, mark[1:])
            mark = mark[0]
        return mark if mark != "}" else ""

    def _raw(self) -> str:
        """Return an argument as it is typed."""
        self._blank()
        if self._ahead(1) != "{":
            return self._argument()
        start, depth = self._at + 1, 0
        while self._at < len(self._tokens):
            mark = self._next()
            depth += (mark == "{") - (mark == "}")
            if depth == 0:
                return "".join(self._tokens[start : self._at - 1])
        return "".join(self._tokens[start:])

    def _formula(self, *, double: bool) -> str:
        """Read a formula between dollars, or between two and two; if none ends it, the dollar is one."""
        begin = self._at + double
        for end in range(begin + 1, len(self._tokens)):
            before, after = self._tokens[end - 1], "".join(self._tokens[end + 1 : end + 2])
            if self._tokens[end] == "$" and ENDS.search(before) and not GOES_ON.match(after):
                if not BEGINS.match(self._tokens[begin]):
                    break
                self._at = begin
                return self._until(end, 1 + (double and after == "$"))
        return literal("$")

    def _until(self, end: int, closing: int = 1) -> str:
        formula = "".join(self._tokens[self._at : end])
        self._at = end + closing
        return self._set(formula)

    def _set(self, formula: str) -> str:
        """Return what a formula is set as."""
        if not formula.strip():
            return ""
        if (words := simple(formula)) is not None:
            return words
        try:
            found = latex.read(f"${formula}$")
        except NotAdmittedError as error:
            self.problem = f"the formula ${formula}$ in it cannot be set: {OUTPUT.sub('', error.message)}"
            return literal(formula)
        if found.kind is not Kind.FORMULA:
            self.problem = f"${formula}$ in it is no formula"
            return literal(formula)
        return OPEN["math"] + literal(formula.strip()) + CLOSE

    def _next(self) -> str:
        self._at += 1
        return str(self._tokens[self._at - 1])

    def _ahead(self, count: int) -> str:
        return "".join(self._tokens[self._at : self._at + count])

    def _room(self) -> None:
        """Pass what only ends the name of a command."""
        if self._ahead(2) == "{}":
            self._at += 2
        else:
            self._blank()

    def _blank(self) -> None:
        if self._at < len(self._tokens):
            self._tokens[self._at] = self._tokens[self._at].lstrip()
            self._at += not self._tokens[self._at]


def _link(address: str, text: str) -> str:
    address = plain_address(address)
    return (
        f"{OPEN['link']}{literal(address)}{END_OF_ADDRESS}{text or literal(address)}{CLOSE}"
        if address
        else text
    )


def plain_address(text: str) -> str:
    """Return an address without what TeX needs in it."""

    def sign(match: re.Match[str]) -> str:
        whole = match[0]
        if "sim" in whole or "asciitilde" in whole or "~" in whole:
            return "~"
        return "_" if "underscore" in whole else match["sign"] or ""

    return ESCAPED.sub(sign, WRAPPED.sub("", text.strip())).strip()


def _text(text: str) -> tuple[str, str]:
    """Return a text as pybtex can read it, and what is wrong with it."""
    if not TEX.search(text):
        return text, ""
    reader = _Reader(DOTLESS.sub(lambda match: f"{match[1]}{{{match[2] or match[3]}}}", text))
    try:
        written = reader.text()
    except RecursionError:  # pybtex will say so
        return text, ""
    return written, reader.problem


def _person(person: Person) -> Person:
    read = Person()
    for name in ("first_names", "middle_names", "prelast_names", "last_names", "lineage_names"):
        setattr(read, name, [_text(part)[0] for part in getattr(person, name)])
    return read


def readable(entry: Entry, longest: int) -> tuple[Entry, str]:
    """Return an entry whose fields pybtex can read, and what is wrong with one; the same entry if it can read it as it is.

    A field of more characters than `longest` is left as it is.
    """
    fields, problem = dict(entry.fields), ""
    for name, text in fields.items():
        if len(text) > longest or name in UNTOUCHED:
            continue
        if name in ADDRESSES:
            fields[name] = (
                REGISTERS[name].sub("", plain_address(text)) if name in REGISTERS else plain_address(text)
            )
        else:
            fields[name], found = _text(text)
            problem = problem or found
    persons = {role: [_person(person) for person in people] for role, people in entry.persons.items()}
    if fields == dict(entry.fields) and all(persons[role] == list(entry.persons[role]) for role in persons):
        return entry, ""
    read = Entry(entry.type, fields=fields, persons=persons)
    read.key = entry.key
    return read, problem
