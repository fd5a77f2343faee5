"""What the printed book depends on in LaTeX's preamble: its page, its fonts, its title."""

import re
from pathlib import Path

from toolchain.base.decoding import read_text
from toolchain.base.errors import ConfigError
from toolchain.base.files import is_file
from toolchain.environment.locks import versions
from toolchain.model import DeviceClass
from toolchain.model.sphinx import current
from toolchain.project.settings import Settings

PREAMBLE = "latex/preamble.tex"
"""In _config."""
PARAGRAPHS = re.compile(r"\n\s*\n")
"""Between them is an empty line."""
FONTS_OF_SCRIPTS = "toolchain_print_fonts"
"""Sphinx's name of `fonts` in `[pdf]`."""
TEXINPUTS = Path(__file__).parent / "texinputs"

# LaTeX counts chapters as level 0, Sphinx's :numbered: as the first.
UNNUMBERED = r"\setcounter{secnumdepth}{-1}"

# By file name: XeTeX does not find TeX Gyre by its family's name where fontconfig does not know TeX's trees.
SERIF = (
    r"\setmainfont{texgyrepagella}[%sExtension=.otf,UprightFont=*-regular,BoldFont=*-bold,"
    r"ItalicFont=*-italic,BoldItalicFont=*-bolditalic]"
)
SANS = (
    r"\setsansfont{texgyreheros}[%sScale=MatchLowercase,Extension=.otf,UprightFont=*-regular,BoldFont=*-bold,"
    r"ItalicFont=*-italic,BoldItalicFont=*-bolditalic]"
)
TYPED = "Ligatures=TeX,"
"""What makes two hyphens a dash and two backquotes a quote, as people type LaTeX; any other text has its characters."""
FONTS = rf"""
\usepackage{{fontspec}}
\usepackage[mathbf=sym]{{unicode-math}}
\defaultfontfeatures[\rmfamily,\sffamily]{{}}
{SERIF % TYPED}\let\booktypedserif\rmdefault
{SANS % TYPED}\let\booktypedsans\sfdefault
{SERIF % ""}\let\bookserif\rmdefault
{SANS % ""}\let\booksans\sfdefault
\setmonofont{{DejaVuSansMono}}[Scale=0.82,Extension=.ttf,UprightFont=*,BoldFont=*-Bold,%
  ItalicFont=*-Oblique,BoldItalicFont=*-BoldOblique]
\setmathfont{{texgyrepagella-math.otf}}
\setmathfont[version=bold,FakeBold=2]{{texgyrepagella-math.otf}}
\SetMathAlphabet\mathrm{{bold}}{{\encodingdefault}}{{\rmdefault}}{{\bfdefault}}{{n}}
\SetMathAlphabet\mathsf{{bold}}{{\encodingdefault}}{{\sfdefault}}{{\bfdefault}}{{n}}
\SetMathAlphabet\mathtt{{bold}}{{\encodingdefault}}{{\ttdefault}}{{\bfdefault}}{{n}}
"""
"""Of formulas, too. No mathematical font of TeX Live that goes with the text has a bold weight: what `\\boldsymbol` sets is drawn
with an outline. `\\mathbf` takes the bold letters that the font has, Greek ones among them."""


def elements(settings: Settings) -> dict[str, str]:
    """Return Sphinx's latex_elements for a book."""
    return {
        "papersize": "",
        "pointsize": "10pt",
        "fncychap": "",
        "passoptionstopackages": r"\PassOptionsToPackage{dvipsnames}{xcolor}",
        "fontpkg": FONTS,
        "preamble": _title_macros(settings) + r"\usepackage{toolchain}" + _own_preamble(settings),
        "maketitle": r"\frontmatter" + UNNUMBERED + r"\sphinxmaketitle",
        "figure_align": "htbp",
        "extraclassoptions": "openright",
        "printindex": r"\backmatter\printindex",
    }


def _own_preamble(settings: Settings) -> str:
    """Return what LaTeX is to read last before the text, as a book of our own has it in a file; empty if it has none."""
    file = settings.config / PREAMBLE
    return (
        f"\n{read_text(file, PREAMBLE, ConfigError)}" if settings.contents is None and is_file(file) else ""
    )


def _title_macros(settings: Settings) -> str:
    """Return the LaTeX that defines the texts of the title page, its verso and the PDF's metadata."""
    book = settings.book
    with_packages = versions(settings.kernel_folder, settings.toml.kernel.python)
    texts = {
        "booktitle": escape(settings.printed_title),
        "booksubtitle": escape(book.subtitle),
        "bookauthors": r"\par ".join(escape(author) for author in settings.printed_authors),
        "bookedition": escape(book.edition),
        "bookdedication": escape(book.dedication),
        "booklists": "".join(rf"\booklistof{name}" for name in settings.toml.pdf.lists),
        "bookpublisher": escape(book.publisher),
        "bookblurb": r"\par ".join(
            escape(" ".join(part.split())) for part in PARAGRAPHS.split(book.blurb.strip())
        ),
        "bookdoi": address(f"https://doi.org/{book.doi}") if book.doi else "",
        "bookcopyright": escape(book.copyright),
        "booktextlicence": escape(book.text_licence),
        "bookcodelicence": escape(book.code_licence),
        "booksite": address(book.site) if book.site else "",
        "booktested": escape(with_packages.cpu),
        "booktestedgpu": escape(with_packages.gpu) if _has_gpu_results() else "",
    }
    metadata = {
        "pdftitle": unset(
            f"{settings.printed_title}: {book.subtitle}" if book.subtitle else settings.printed_title
        ),
        "pdfauthor": unset(", ".join(settings.printed_authors)),
        "pdfsubject": unset(book.description),
        "pdfkeywords": unset(", ".join(book.keywords)),
        "pdflang": unset(book.language),
    }
    macros = "".join(rf"\newcommand*{{\{name}}}{{{text}}}" + "\n" for name, text in texts.items())
    return (
        macros + rf"\hypersetup{{{','.join(f'{key}={{{text}}}' for key, text in metadata.items())}}}" + "\n"
    )


def _has_gpu_results() -> bool:
    """Say whether a GPU has computed anything in this book; only then was it tested on one."""
    sphinx_input = current()
    results = sphinx_input.results.values() if sphinx_input else ()
    provenances = (result.provenance for result in results)
    return any(origin is not None and origin.device not in ("", DeviceClass.CPU) for origin in provenances)


def address(url: str) -> str:
    """Return an address as a link to itself that may be broken over lines."""
    # hyperref undoes every escape but this.
    readable = escape(url).replace(r"\textasciitilde{}", "~")
    return rf"\url{{{readable}}}"


def escape(text: str) -> str:
    """Escape a text for LaTeX's running text."""
    special = {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}
    return "".join(special.get(c, rf"\{c}" if c in "#$%&_{}" else c) for c in text)


def unset(text: str) -> str:
    """Escape a text for what hyperref writes and nobody sets, such as a bookmark: there it makes ligatures itself."""
    return re.sub(r"(?<=[-`',<>!?])(?=[-`',<>])", "{}", escape(text))
