"""The editions of the printed book: each is a small file of LaTeX that says how the one text is set.

Beside `SLUG.tex`, the text, stand `SLUG-NAME.tex`, one for each edition, and the styles that they choose between.
"""

from datetime import UTC, datetime
from pathlib import Path

from docutils import nodes
from pygments.style import Style
from pygments.token import STANDARD_TYPES, Comment, Generic, Keyword, Name, Operator, Token
from sphinx.application import Sphinx
from sphinx.highlighting import PygmentsBridge
from sphinx.writers.latex import LaTeXTranslator

from toolchain.environment.typesetting import RECORDS
from toolchain.model.sphinx import SphinxInput, current
from toolchain.project import settings as toolchain_settings
from toolchain.project.settings import Edition, Settings
from toolchain.sphinxext import dates
from toolchain.sphinxext.printed.elements import address, escape

# A work's number in one of these is as good as its address.
KNOWN_REGISTERS = ("doi:", "arxiv:")
BLACK_CODE = "toolchain-black-code.sty"
# Where a footnote has no place, a link's address stands in the text; in a heading it stands nowhere.
BESIDE = nodes.caption | nodes.title | nodes.entry | nodes.footnote | nodes.legend | nodes.term | nodes.topic
NOWHERE = nodes.title | nodes.rubric


class BlackCode(Style):
    """Code without colours: weight and slant tell its parts apart, on paper and in any copy of it."""

    styles = {  # noqa: RUF012 - what Pygments looks for
        Token: "",
        Comment: "italic",
        Keyword: "bold",
        Name.Class: "bold",
        Name.Decorator: "italic",
        Name.Exception: "bold",
        Name.Function: "bold",
        Name.Namespace: "",
        Operator.Word: "bold",
        Generic.Deleted: "italic",
        Generic.Emph: "italic",
        Generic.Error: "bold",
        Generic.Heading: "bold",
        Generic.Prompt: "bold",
        Generic.Strong: "bold",
        Generic.Subheading: "bold",
    }


def _write(app: Sphinx, error: Exception | None) -> None:
    """Write each edition's file, and the style without colours, beside the text that Sphinx has written."""
    sphinx_input = current()
    if error is not None or app.builder.name != "latex" or sphinx_input is None:
        return
    settings = toolchain_settings.load(Path(sphinx_input.project))
    folder = Path(app.outdir)
    files = {
        f"{edition.stem}.tex": _driver(edition, settings, sphinx_input) for edition in settings.all_editions
    }
    files[BLACK_CODE] = _black_code()
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    for path in folder.glob(f"{settings.book.slug}-*.tex"):
        if path.name not in files:
            # What was left of it would look like something that the other editions are made of.
            for suffix in (path.suffix, *RECORDS):
                path.with_suffix(suffix).unlink(missing_ok=True)


def _driver(edition: Edition, settings: Settings, sphinx_input: SphinxInput) -> str:
    """Return the file of LaTeX that sets the text as one edition."""
    width, height = edition.paper
    macros = {
        "toolchainkind": edition.kind,
        "toolchainwidth": f"{width:g}mm",
        "toolchainheight": f"{height:g}mm",
        "bookisbn": escape(edition.isbn),
        "bookstamp": _stamp(settings, sphinx_input) if edition.kind == "draft" else "",
    }
    lines = [f"% The edition `{edition.name}`. To make it: latexmk -xelatex {edition.stem}.tex"]
    lines += [rf"\def\{name}{{{definition}}}" for name, definition in macros.items()]
    # hyperref takes this as it is loaded and not after.
    lines += [r"\PassOptionsToPackage{bookmarks=false}{hyperref}"] if edition.kind == "print" else []
    return "\n".join([*lines, rf"\input{{{settings.book.slug}.tex}}", ""])


def _stamp(settings: Settings, sphinx_input: SphinxInput) -> str:
    """Return the line on every page of a draft: its date and commit, and the address of the newest version."""
    date = datetime.fromtimestamp(sphinx_input.epoch, UTC).date().isoformat()
    parts = [rf"\bookdraftname{{}} {date}"] if dates.is_known(sphinx_input.epoch) else [r"\bookundatedname{}"]
    parts += [rf"\texttt{{{escape(sphinx_input.commit)}}}"] if sphinx_input.commit else []
    parts += [rf"\booknewestname{{}} {address(settings.book.site)}"] if settings.book.site else []
    return r"\enspace\textperiodcentered\enspace ".join(parts)


def _black_code() -> str:
    """Return a style that takes back every colour of code which Sphinx has written, and sets its own."""
    names = sorted({short for short in STANDARD_TYPES.values() if short})
    lines = [
        "% Code without colours.",
        rf"\ProvidesPackage{{{Path(BLACK_CODE).stem}}}",
        *(rf"\expandafter\let\csname PYG@tok@{name}\endcsname\relax" for name in names),
    ]
    return "\n".join([*lines, PygmentsBridge("latex", f"{__name__}.BlackCode").get_stylesheet()])


def _shows_address(text: str, uri: str) -> bool:
    """Say whether a link's text is its address, without the scheme, or its number in a known register."""
    bare = uri.partition("://")[2] or uri.removeprefix("mailto:")
    return text.strip("/") == bare.strip("/") or text.lower().startswith(KNOWN_REGISTERS)


def _visit_reference(translator: LaTeXTranslator, node: nodes.reference) -> None:
    """Write a link out of the book with a macro of ours: in print the address has to be read."""
    uri = node.get("refuri", "")
    if not uri or uri.startswith(("#", "%")) or node.astext() == uri:
        LaTeXTranslator.visit_reference(translator, node)
        return
    macro = r"\bookhrefalone" if _shows_address(node.astext(), uri) else r"\bookhref"
    parent = node.parent
    while parent is not None:
        if isinstance(parent, NOWHERE) and not isinstance(parent.parent, nodes.table):
            macro = r"\bookhrefalone"
            break
        if isinstance(parent, BESIDE):
            macro = r"\bookhrefbeside" if macro == r"\bookhref" else macro
        parent = parent.parent
    translator.body.append(rf"{macro}{{{translator.encode_uri(uri)}}}{{")
    translator.context.append("}")


def _depart_reference(translator: LaTeXTranslator, node: nodes.reference) -> None:
    LaTeXTranslator.depart_reference(translator, node)


def setup(app: Sphinx) -> None:
    """Write the editions at the end, and links so that each edition can set them in its way."""
    app.add_node(nodes.reference, override=True, latex=(_visit_reference, _depart_reference))
    app.connect("build-finished", _write)
