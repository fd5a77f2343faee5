"""The errors of LaTeX, and of the programs beside it, that people make or meet most: in words, each with its remedy."""

import re

from msgspec import Struct


class KnownError(Struct, frozen=True):
    """An error that people make often, by what LaTeX or a program beside it says."""

    said: str
    """A pattern; its groups, and `macro`, stand in the words as <group>."""
    words: str
    remedy: str


OF_THE_MACHINE = (
    KnownError(
        r"No space left on device|[Ww]rite error|[Dd]isk full|I can't write on file `(?![/.~])",
        "LaTeX could not write: the disk is full",
        "Free some space, then build again.",
    ),
    KnownError(
        r"gave return code (?:9|137)\b|received signal 9|died from signal",
        "LaTeX was killed, as happens where memory runs out",
        "Build again with less beside it, such as one edition at a time: --jobs 1.",
    ),
    KnownError(
        r"needed too many passes",
        "LaTeX did not come to an end: page numbers or labels were others after every pass",
        "Something in the LaTeX of the book or of its preamble writes other things down in each pass.",
    ),
    KnownError(
        r"xdvipdfmx:fatal: Image inclusion failed for \"(?P<it>[^\"]+\.e?ps)\"",
        "the picture <it> is PostScript, which is a program, and no pictures are run",
        "Convert it into PDF or SVG.",
    ),
    KnownError(
        r"xdvipdfmx:fatal: (?P<it>.+)",
        "the pages could not be written as a PDF: xdvipdfmx says: <it>",
        "Most often a picture is damaged: the log names the one that was read last.",
    ),
    KnownError(
        r"(?:xindy|makeindex)\b.* gave return code",
        "the index could not be sorted: xindy stopped",
        "Look at the index entries that were changed last.",
    ),
)
"""They are looked for first, in the order of what causes what."""
OF_THE_TEXT = (
    KnownError(
        r"Undefined control sequence",
        "LaTeX does not know <macro>",
        'Correct it, or define it for the PDF in _config/conf.py: latex_elements["preamble"] += '
        r'r"\newcommand{<macro>}{...}"',
    ),
    KnownError(
        r"LaTeX Error: Environment (?P<it>\S+) undefined",
        r"LaTeX does not know \begin{<it>}",
        'Correct it, or define it for the PDF in _config/conf.py, in latex_elements["preamble"].',
    ),
    KnownError(
        r"Missing \$ inserted",
        "something that only a formula may have, such as _ or ^, stands outside of one",
        r"Put it between dollar signs, or write \_ or \^{}; inside a formula no line may be empty.",
    ),
    KnownError(
        r"Too many \}'s|Extra \}, or forgotten|Missing \{ inserted",
        "a } closes what no { has opened",
        r"Remove it, or write \} for the sign itself.",
    ),
    KnownError(
        r"(?:File|Paragraph) ended (?:while scanning use of|before)|Missing \} inserted",
        "a { is never closed",
        "Close it in the paragraph or formula that it is in.",
    ),
    KnownError(
        r"LaTeX Error: \\begin\{(?P<it>[^}]+)\} on input line \d+ ended by \\end\{(?P<by>[^}]+)\}",
        r"\begin{<it>} is not ended before \end{<by>}",
        r"Write \end{<it>} where it ends.",
    ),
    KnownError(
        r"LaTeX Error: File `(?P<it>mhchem|bussproofs|siunitx|algorithm\w*)\.sty' not found",
        "the LaTeX package <it> is not installed",
        "On Debian: apt-get install texlive-science",
    ),
    KnownError(
        r"LaTeX Error: File `(?P<it>xeCJK|ctex)\.sty' not found",
        "the LaTeX package <it> is not installed",
        "On Debian: apt-get install texlive-lang-chinese",
    ),
    KnownError(
        r"LaTeX Error: File `(?P<it>[^']+)\.(?:sty|cls)' not found",
        "the LaTeX package <it> is not installed",
        "Install what brings it or do without it; on Debian `apt-file search /<it>.sty` names the package. "
        "What the toolchain itself needs `toolchain doctor --install pdf` installs.",
    ),
    KnownError(
        r"(?:LaTeX Error: File|I can't find file) `(?P<it>[^']+)'",
        "LaTeX finds no file <it>",
        "Correct its name, or name it in latex_additional_files of _config/conf.py.",
    ),
    KnownError(
        r"I can't write on file `(?P<it>[^']+)'",
        "LaTeX may not write <it>, which is outside of its own folder",
        "Do without: what a book's LaTeX writes is for itself, under a name without folders.",
    ),
    KnownError(
        r"Unable to load picture or PDF file '(?P<it>[^']+)'",
        "the picture <it> cannot be read: it is empty, damaged, or not what its name says",
        "Make it again, and open it in another program.",
    ),
    KnownError(
        r"Package fontspec Error: The font \"(?P<it>[^\"]+)\" cannot be found",
        "the font <it> is not installed",
        "Install it, or take another one; `fc-list` lists those that are there.",
    ),
    KnownError(
        r"Dimension too large",
        "a length is larger than TeX can reckon with, which is 5.7 metres",
        "Correct the length, or the size of the picture.",
    ),
    KnownError(
        r"LaTeX Error: Too deeply nested",
        "lists are nested too deeply for LaTeX: at most four of a kind, and six in all",
        'Nest them less, or write latex_elements["maxlistdepth"] = "10" in _config/conf.py.',
    ),
    KnownError(
        r"TeX capacity exceeded, sorry \[(?P<it>[^]=]+)",
        "TeX's memory is full (<it>), most often since a macro calls itself without end",
        "Look at the macros that are defined last before this place.",
    ),
    KnownError(
        r"Double (?P<it>superscript|subscript)",
        "a sign in a formula has two <it>s",
        "Put braces around what belongs together, such as {a^b}^c.",
    ),
    KnownError(
        r"Misplaced alignment tab character|Extra alignment tab",
        "a & stands where no column ends",
        r"Write \& for the sign itself; a formula with columns needs an environment such as aligned.",
    ),
    KnownError(
        r"Missing \\right|Extra \\right|Missing delimiter",
        r"\left and \right are no pair, or one of them has no bracket after it",
        "Each needs the other in the same line of the formula; a dot stands for no bracket.",
    ),
    KnownError(
        r"Illegal unit of measure|Missing number, treated as zero",
        "a length or a number is expected here",
        "Write it with its unit, such as 3mm.",
    ),
)


class Words(Struct, frozen=True):
    """An error, for whoever wrote the text."""

    said: str
    remedy: str = ""
    about: str = ""
    """What is unknown, missing or wrong; it stands in the line that caused the error, or in one shortly before."""


def explanation_of(errors: tuple[KnownError, ...], output: str, macro: str = "") -> Words | None:
    """Return words for the first of some errors that is in `output`; None if none is.

    `macro` is what LaTeX had read last.
    """
    for error in errors:
        if match := re.search(error.said, output):
            groups = {"macro": macro, **{name: text for name, text in match.groupdict().items() if text}}
            about = groups.get("it", "") or (macro if "<macro>" in error.words else "")
            return Words(_filled(error.words, groups), _filled(error.remedy, groups), about)
    return None


def _filled(words: str, groups: dict[str, str]) -> str:
    """Return words with the text of a group in place of each <group>."""
    for name, text in groups.items():
        words = words.replace(f"<{name}>", text)
    return words
