"""The printed book's structure: front matter, main matter, appendix and back matter from the root's toctrees."""

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx

from toolchain.sphinxext.numbering import APPENDIX, BACK, FRONT, MAIN, chapters, numbering_depth

# LaTeX counts chapters as level 0, Sphinx's :numbered: as the first.
UNNUMBERED = r"\setcounter{secnumdepth}{-1}"


def preamble(paper: tuple[float, float]) -> dict[str, str]:
    """Return Sphinx's latex_elements for a page of so many millimetres."""
    width, height = paper
    return {
        "papersize": "",
        "pointsize": "10pt",
        "fncychap": "",
        "geometry": (
            rf"\usepackage[paperwidth={width:g}mm,paperheight={height:g}mm,inner=22mm,outer=17mm,"
            r"top=20mm,bottom=20mm,headheight=14pt,footskip=10mm]{geometry}"
        ),
        "fontpkg": FONTS,
        "preamble": PREAMBLE,
        "maketitle": r"\frontmatter" + UNNUMBERED + r"\sphinxmaketitle",
        "tableofcontents": CONTENTS,
        "figure_align": "htbp",
        "extraclassoptions": "openright",
        "printindex": r"\backmatter\printindex",
        "sphinxsetup": ", ".join(
            (
                "verbatimwithframe=false",
                "VerbatimColor={RGB}{246,247,249}",
                "verbatimhintsturnover=false",
                "TitleColor={RGB}{31,78,121}",
                "InnerLinkColor={RGB}{31,78,121}",
                "OuterLinkColor={RGB}{31,78,121}",
                "hmargin={22mm,17mm}",
                "vmargin={20mm,20mm}",
                "div.note_border-radius=2pt",
            )
        ),
    }


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

PREAMBLE = r"""
% A glyph that a font lacks is named in the log, where `check` finds it.
\tracinglostchars=2
\usepackage{caption}
\captionsetup{font=small,labelfont=bf}
\renewcommand{\floatpagefraction}{0.8}
\renewcommand{\topfraction}{0.85}
\renewcommand{\textfraction}{0.1}
\fvset{fontsize=\small}
\definecolor{chapterrule}{RGB}{31,78,121}
\titleformat{\chapter}[display]{\sffamily\bfseries\color{chapterrule}}%
  {\Large\chaptertitlename\ \thechapter}{1ex}{\huge}[\vspace{0.6ex}{\titlerule[0.8pt]}]
\titlespacing*{\chapter}{0pt}{10pt}{24pt}
\setlength{\emergencystretch}{2em}
\fancypagestyle{normal}{%
  \fancyhf{}\renewcommand{\headrulewidth}{0.4pt}\renewcommand{\footrulewidth}{0pt}%
  \fancyhead[LE]{\small\sffamily\nouppercase{\leftmark}}%
  \fancyhead[RO]{\small\sffamily\nouppercase{\rightmark}}%
  \fancyfoot[LE,RO]{\small\sffamily\thepage}}
\fancypagestyle{plain}{\fancyhf{}\renewcommand{\headrulewidth}{0pt}\renewcommand{\footrulewidth}{0pt}%
  \fancyfoot[LE,RO]{\small\sffamily\thepage}}
"""

CONTENTS = r"""
\makeatletter\sphinxtableofcontentshook\makeatother
\tableofcontents
\cleardoublepage
"""


def _structure(app: Sphinx, doctree: nodes.document, _name: str) -> None:
    """Set the switches between the matters before the first chapter of each."""
    if app.builder.name != "latex":
        return
    switches = {
        FRONT: "",
        MAIN: rf"\mainmatter\setcounter{{secnumdepth}}{{{min(numbering_depth(app.env), 4) - 1}}}",
        APPENDIX: r"\appendix",
        BACK: r"\backmatter" + UNNUMBERED,
    }
    matters = dict(chapters(app.env))
    now = FRONT
    for file in list(doctree.findall(addnodes.start_of_file)):
        matter = matters.get(file["docname"])
        if matter and matter != now:
            file.parent.insert(file.parent.index(file), nodes.raw("", switches[matter], format="latex"))
            now = matter
    _drop_empty_bibliography(doctree)


def _drop_empty_bibliography(doctree: nodes.document) -> None:
    """Remove a page of which only its title is left: its citations are the bibliography at the end, with that title."""
    for file in list(doctree.findall(addnodes.start_of_file)):
        section = next(iter(file.findall(nodes.section)), None)
        rest = [each for each in section.children[1:] if not _is_empty(each)] if section else [file]
        if section is not None and not rest and list(doctree.findall(nodes.citation)):
            title = nodes.raw("", rf"\renewcommand{{\bibname}}{{{section[0].astext()}}}", format="latex")
            file.replace_self([nodes.target("", "", ids=section["ids"]), title])


def _is_empty(node: nodes.Node) -> bool:
    return isinstance(node, nodes.comment | nodes.target) or not (node.astext().strip() or node.children)


def setup(app: Sphinx) -> None:
    """Add the structure."""
    app.connect("doctree-resolved", _structure)
