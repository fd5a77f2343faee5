"""The book's structure in print, from the root's toctrees: front and main matter, appendix, references."""

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.builders.latex.nodes import thebibliography

from toolchain.sources.numbering import APPENDIX, BACK, FRONT, MAIN
from toolchain.sphinxext import numbers
from toolchain.sphinxext.citations import CLASS as CHAPTER_REFERENCES
from toolchain.sphinxext.citations import is_of_chapter
from toolchain.sphinxext.numbering import RESTARTS, has_no_front, numbering_depth, parts, recurring_sections
from toolchain.sphinxext.printed.elements import UNNUMBERED, escape
from toolchain.sphinxext.printed.tree import raw

DEEPEST = 6
"""Levels of headings that LaTeX has, the chapter's among them."""


def begin_parts(app: Sphinx, doctree: nodes.document) -> None:
    """Before the first chapter of each part, say how the contents have it, and switch from one matter to the next."""
    switches = {
        FRONT: "",
        MAIN: rf"\bookmainmatter\setcounter{{secnumdepth}}{{{min(numbering_depth(app.env), DEEPEST) - 1}}}",
        APPENDIX: r"\appendix",
        BACK: r"\bookbackmatter" + UNNUMBERED,
    }
    starts = {part.pages[0]: part for part in parts(app.env) if part.pages}
    numbered = {
        page for part in parts(app.env) for page in part.pages if part.matter in (MAIN, APPENDIX)
    } & app.env.toc_secnumbers.keys()
    matter, is_named = FRONT, False
    for file in list(doctree.findall(addnodes.start_of_file)):
        if file["docname"] == app.config.root_doc and has_no_front(app.env):
            file.parent.insert(file.parent.index(file), raw(switches[MAIN]))
            matter = MAIN
        if file["docname"] in numbered:
            file.parent.insert(
                file.parent.index(file), raw(rf"\setcounter{{secnumdepth}}{{{_levels(app, file) - 1}}}")
            )
        part = starts.pop(file["docname"], None)
        if part is None:
            continue
        text = rf"\bookcontentsdepth{{{part.depth - 1}}}"
        text += rf"\bookcontentspart{{{escape(part.caption)}}}" if part.caption or is_named else ""
        text += switches[part.matter] if part.matter != matter else ""
        if app.config[RESTARTS] and part.matter == matter == MAIN:
            # Links go to names that hyperref makes of the numbers: these are now there twice.
            text += rf"\setcounter{{chapter}}{{0}}\renewcommand{{\theHchapter}}{{{len(starts)}.\arabic{{chapter}}}}"
        file.parent.insert(file.parent.index(file), raw(text))
        matter, is_named = part.matter, bool(part.caption)


def _levels(app: Sphinx, chapter: nodes.Element) -> int:
    """Return how many levels of a chapter have numbers on the site: its part may have fewer than another."""
    names = (file["docname"] for file in chapter.findall(addnodes.start_of_file))
    return max(
        (len(number) for name in names for number in app.env.toc_secnumbers.get(name, {}).values() if number),
        default=0,
    )


def set_recurring(app: Sphinx, doctree: nodes.document) -> None:
    """Take the sections that recur out of the numbering and of the contents, with what is below them."""
    for section in recurring_sections(doctree, app.config):
        section.insert(0, raw(r"\bookrecurring"))
        section.append(raw(r"\bookrecurringend"))


def part_bibliography(doctree: nodes.document) -> None:
    """Give the chapters back the entries of their own lists, which Sphinx has gathered at the end with all others."""
    gathered = next((node for node in doctree.children if isinstance(node, thebibliography)), None)
    if gathered is None:
        return
    entries = list(gathered.findall(nodes.citation))
    for place in list(doctree.findall(nodes.container)):
        if CHAPTER_REFERENCES not in place["classes"]:
            continue
        of_chapter = [
            entry for entry in entries if entry["docname"] == place["docname"] and is_of_chapter(entry)
        ]
        for entry in of_chapter:
            gathered.remove(entry)
        title = escape(place[0].astext())
        place.replace_self([raw(rf"\bookchapterreferences{{{title}}}"), thebibliography("", *of_chapter)])
    if not gathered.children:
        doctree.remove(gathered)


def place_bibliography(app: Sphinx, doctree: nodes.document) -> None:
    """Put the bibliography, which Sphinx has gathered at the end, into its page, of which only the title is left.

    A page with a number stays a chapter, or those after it would have other numbers than on the site.
    """
    bibliography = next((node for node in doctree.children if isinstance(node, thebibliography)), None)
    if bibliography is None:
        return
    pages = {entry["docname"] for entry in bibliography.findall(nodes.citation)}
    for file in list(doctree.findall(addnodes.start_of_file)):
        if file["docname"] not in pages:
            continue  # another page may be empty, too
        section = next(iter(file.findall(nodes.section)), None)
        if section is not None and all(_is_empty(node) for node in section.children[1:]):
            bibliography.parent.remove(bibliography)
            if numbers.section(app.env, file["docname"], section["ids"], first=True):
                section += [raw(r"\bookpagereferences"), bibliography]
                return
            title = raw(rf"\renewcommand{{\bibname}}{{{escape(section[0].astext())}}}\cleardoublepage")
            targets = nodes.target("", "", ids=section["ids"])
            section.replace_self([title, targets, bibliography])
            return


def _is_empty(node: nodes.Node) -> bool:
    return isinstance(node, nodes.comment | nodes.target) or not (node.astext().strip() or node.children)
