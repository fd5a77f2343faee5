"""The book's structure in print, from the root's toctrees: front and main matter, appendix, references."""

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.builders.latex.nodes import thebibliography

from toolchain.sphinxext.numbering import APPENDIX, BACK, FRONT, MAIN, chapters, numbering_depth
from toolchain.sphinxext.printed.elements import UNNUMBERED, escape
from toolchain.sphinxext.printed.tree import raw


def switch_matters(app: Sphinx, doctree: nodes.document) -> None:
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
            file.parent.insert(file.parent.index(file), raw(switches[matter]))
            now = matter


def place_bibliography(doctree: nodes.document) -> None:
    """Put the bibliography, which Sphinx has gathered at the end, into the page of which only the title is left."""
    bibliography = next(iter(doctree.findall(thebibliography)), None)
    if bibliography is None:
        return
    for file in list(doctree.findall(addnodes.start_of_file)):
        section = next(iter(file.findall(nodes.section)), None)
        if section is not None and all(_is_empty(each) for each in section.children[1:]):
            bibliography.parent.remove(bibliography)
            title = raw(rf"\renewcommand{{\bibname}}{{{escape(section[0].astext())}}}\cleardoublepage")
            targets = nodes.target("", "", ids=section["ids"])
            section.replace_self([title, targets, bibliography])
            return


def _is_empty(node: nodes.Node) -> bool:
    return isinstance(node, nodes.comment | nodes.target) or not (node.astext().strip() or node.children)
