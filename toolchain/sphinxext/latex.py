"""The printed book: its page and title as LaTeX, and its structure from the root's toctrees.

How it looks is in texinputs/toolchain.sty; here is what depends on the book.
"""

import re
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.builders.latex.nodes import thebibliography

from toolchain.settings import Settings
from toolchain.sphinxext.notebooks.maths import ENVIRONMENT, body
from toolchain.sphinxext.numbering import APPENDIX, BACK, FRONT, MAIN, chapters, numbering_depth

STYLE = Path(__file__).parent / "texinputs" / "toolchain.sty"

# LaTeX counts chapters as level 0, Sphinx's :numbered: as the first.
UNNUMBERED = r"\setcounter{secnumdepth}{-1}"

# Code, or code with what it prints, is not broken across pages if it takes at most so many lines with the space around
# it. The price is white space at the foot of a page, at most as high as this.
WHOLE = 10
# A longer block begins with at least so many lines on a page.
START = 7

# In the last line of a formula.
COMMENT = re.compile(r"(?<!\\)%[^\n]*\Z")

# Characters in a table's line and, with some room to spare, lines on a page.
LINE, TALL = 80, 36

# By file name: XeTeX does not find TeX Gyre by its family's name where fontconfig does not know TeX's trees.
FONTS = r"""
\usepackage{fontspec}
\usepackage{unicode-math}
\defaultfontfeatures[\rmfamily,\sffamily]{Ligatures=TeX}
\setmainfont{texgyrepagella}[Extension=.otf,UprightFont=*-regular,BoldFont=*-bold,%
  ItalicFont=*-italic,BoldItalicFont=*-bolditalic]
\setsansfont{texgyreheros}[Scale=MatchLowercase,Extension=.otf,UprightFont=*-regular,BoldFont=*-bold,%
  ItalicFont=*-italic,BoldItalicFont=*-bolditalic]
\setmonofont{DejaVuSansMono}[Scale=0.82,Extension=.ttf,UprightFont=*,BoldFont=*-Bold,%
  ItalicFont=*-Oblique,BoldItalicFont=*-BoldOblique]
\setmathfont{texgyrepagella-math.otf}
"""


def elements(settings: Settings) -> dict[str, str]:
    """Return Sphinx's latex_elements for a book."""
    width, height = settings.toml.pdf.paper
    return {
        "papersize": "",
        "pointsize": "10pt",
        "fncychap": "",
        "geometry": (
            rf"\usepackage[paperwidth={width:g}mm,paperheight={height:g}mm,inner=22mm,outer=17mm,"
            r"top=20mm,bottom=20mm,headheight=14pt,footskip=10mm]{geometry}"
        ),
        "fontpkg": FONTS,
        "preamble": _about(settings) + r"\usepackage{toolchain}",
        "maketitle": r"\frontmatter" + UNNUMBERED + r"\sphinxmaketitle",
        "figure_align": "htbp",
        "extraclassoptions": "openright",
        "printindex": r"\backmatter\printindex",
        "sphinxsetup": (
            "TitleColor={RGB}{31,78,121}, InnerLinkColor={RGB}{31,78,121}, OuterLinkColor={RGB}{31,78,121}, "
            "hmargin={22mm,17mm}, vmargin={20mm,20mm}"
        ),
    }


def _about(settings: Settings) -> str:
    """Define what the title page, its verso and the PDF's metadata say."""
    book = settings.book
    # In an address hyperref undoes every escape but this.
    address = escape(book.site).replace(r"\textasciitilde{}", "~")
    texts = {
        "booktitle": escape(book.title),
        "booksubtitle": escape(book.subtitle),
        "bookauthors": r"\par ".join(escape(each) for each in book.authors),
        "bookedition": escape(book.edition),
        "bookcopyright": escape(book.copyright),
        "booktextlicence": escape(book.text_licence),
        "bookcodelicence": escape(book.code_licence),
        "booksite": rf"\href{{{address}}}{{{escape(book.site)}}}" if book.site else "",
    }
    metadata = {
        "pdftitle": escape(f"{book.title}: {book.subtitle}" if book.subtitle else book.title),
        "pdfauthor": escape(", ".join(book.authors)),
        "pdfsubject": escape(book.description),
        "pdflang": book.language,
    }
    macros = "".join(rf"\newcommand*{{\{name}}}{{{text}}}" + "\n" for name, text in texts.items())
    return (
        macros + rf"\hypersetup{{{','.join(f'{key}={{{text}}}' for key, text in metadata.items())}}}" + "\n"
    )


def escape(text: str) -> str:
    """Escape a text for LaTeX's running text."""
    special = {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}
    return "".join(special.get(c, rf"\{c}" if c in "#$%&_{}" else c) for c in text)


def _structure(app: Sphinx, doctree: nodes.document, _name: str) -> None:
    """Give the whole book's tree what only the printed book needs."""
    if app.builder.name != "latex":
        return
    _switch_matters(app, doctree)
    _place_bibliography(doctree)
    if str(getattr(app.config, "bibtex_reference_style", "")).startswith("author_year"):
        doctree.insert(0, _raw(r"\bibliographywithoutlabels"))
    # The rule that MyST draws above a page's footnotes: in print they stand at the foot, under a rule of their own.
    for rule in list(doctree.findall(nodes.transition)):
        if "footnotes" in rule["classes"]:
            rule.parent.remove(rule)
    _number_once(doctree)
    _end_comments(doctree)
    _centre_images(doctree)
    _break_tall_tables(doctree)
    _keep_code_whole(doctree)


def _raw(text: str) -> nodes.raw:
    return nodes.raw("", text, format="latex")


def _switch_matters(app: Sphinx, doctree: nodes.document) -> None:
    """Set the switches between the matters before the first chapter of each."""
    switches = {
        FRONT: "",
        MAIN: rf"\bookmainmatter\setcounter{{secnumdepth}}{{{min(numbering_depth(app.env), 4) - 1}}}",
        APPENDIX: r"\appendix",
        BACK: r"\bookbackmatter" + UNNUMBERED,
    }
    matters = dict(chapters(app.env))
    now = FRONT
    for file in list(doctree.findall(addnodes.start_of_file)):
        matter = matters.get(file["docname"])
        if matter and matter != now:
            file.parent.insert(file.parent.index(file), _raw(switches[matter]))
            now = matter


def _place_bibliography(doctree: nodes.document) -> None:
    """Put the bibliography, which Sphinx has gathered at the end, into the page of which only the title is left."""
    bibliography = next(iter(doctree.findall(thebibliography)), None)
    if bibliography is None:
        return
    for file in list(doctree.findall(addnodes.start_of_file)):
        section = next(iter(file.findall(nodes.section)), None)
        if section is not None and all(_is_empty(each) for each in section.children[1:]):
            bibliography.parent.remove(bibliography)
            title = _raw(rf"\renewcommand{{\bibname}}{{{escape(section[0].astext())}}}\cleardoublepage")
            targets = nodes.target("", "", ids=section["ids"])
            section.replace_self([title, targets, bibliography])
            return


def _is_empty(node: nodes.Node) -> bool:
    return isinstance(node, nodes.comment | nodes.target) or not (node.astext().strip() or node.children)


def _end_comments(doctree: nodes.document) -> None:
    """End the comment in a formula's last line: Sphinx writes the end of the formula's environment after it."""
    for formula in doctree.findall(nodes.math_block):
        text = formula.astext()
        if COMMENT.search(text):
            formula.children = [nodes.Text(f"{text}\n")]


def _number_once(doctree: nodes.document) -> None:
    """Give an environment of several lines the one number that Sphinx has given it: LaTeX would number every line."""
    for formula in doctree.findall(nodes.math_block):
        text = formula.astext()
        found = ENVIRONMENT.fullmatch(text)
        if formula.get("nowrap") and formula.get("number") and found and "\\tag" not in text:
            formula["nowrap"] = False
            formula.children = [nodes.Text(body(text))]


def _centre_images(doctree: nodes.document) -> None:
    """Centre every image that stands alone as a figure's image is: a plot without a caption, a paragraph's only child."""
    for image in list(doctree.findall(nodes.image)):
        alone = isinstance(image.parent, nodes.paragraph) and len(image.parent) == 1
        if alone and not isinstance(image.parent.parent, nodes.entry):
            image.parent.replace_self(image)
        if not isinstance(image.parent, nodes.figure | nodes.TextElement) and "align" not in image:
            image["align"] = "center"


def _break_tall_tables(doctree: nodes.document) -> None:
    """Let a table that may not fit on a page go on to the next; Sphinx does so only from 30 rows."""
    for table in list(doctree.findall(nodes.table)):
        rows = [[entry.astext() for entry in row.findall(nodes.entry)] for row in table.findall(nodes.row)]
        if _inside(table, nodes.table) or sum(1 + len("".join(row)) // LINE for row in rows) <= TALL:
            continue
        table["classes"].append("longtable")
        # Such a table's columns need widths: as their longest entries are, within limits.
        if "colwidths-given" not in table["classes"]:
            table["classes"].append("colwidths-given")
            for column, colspec in enumerate(table.findall(nodes.colspec)):
                longest = max((len(row[column]) for row in rows if column < len(row)), default=0)
                colspec["colwidth"] = min(max(longest, LINE // 8), LINE // 2)


def _keep_code_whole(doctree: nodes.document) -> None:
    """Ask for room for short code, together with what it prints if that is short too, and for a long block's start."""
    kept: set[nodes.Node] = set()
    for block in list(doctree.findall(nodes.literal_block)):
        if block in kept or _inside(block, nodes.table | nodes.footnote):
            continue
        printed = _printed_by(block)
        lines = _height(block)
        whole = lines + sum(_height(each) for each in printed)
        if whole <= WHOLE:
            kept.update(printed)
            lines = whole
        elif lines > WHOLE:
            lines = START
        first = _outermost(block)
        first.parent.insert(first.parent.index(first), _raw(rf"\keeplines{{{lines}}}"))


def _height(block: nodes.Element) -> int:
    """Return the lines that a block takes, with two for the space around it, and with two for a caption."""
    caption = 2 if isinstance(block.parent, nodes.container) and _is_captioned(block.parent) else 0
    return block.astext().rstrip().count("\n") + 3 + caption


def _is_captioned(container: nodes.container) -> bool:
    return "literal-block-wrapper" in container.get("classes", [])


def _inside(node: nodes.Node, kinds: Any) -> bool:
    parent = node.parent
    while parent is not None and not isinstance(parent, kinds):
        parent = parent.parent
    return parent is not None


def _outermost(block: nodes.Element) -> nodes.Element:
    """Return the largest of the containers that begin with a block, or with its caption, or the block."""
    while isinstance(block.parent, nodes.container) and (
        block.parent.index(block) == 0 or _is_captioned(block.parent)
    ):
        block = block.parent
    return block


def _printed_by(block: nodes.Element) -> list[nodes.literal_block]:
    """Return what a cell printed, if `block` is the cell's code and all its outputs are text."""
    source = block.parent
    if "cell_input" not in source.get("classes", []):
        return []
    output = source.next_node(descend=False, siblings=True)
    if not isinstance(output, nodes.container) or any(output.findall(nodes.image)):
        return []
    return list(output.findall(nodes.literal_block))


def setup(app: Sphinx) -> None:
    """Add the structure."""
    app.connect("doctree-resolved", _structure)
