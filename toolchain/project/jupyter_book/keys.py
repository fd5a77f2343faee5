"""What becomes of each key of `_config.yml`: one table, which the documentation has as well.

A key is mapped to what book.toml calls it, passed to Sphinx or its theme as Jupyter Book does, or it has no effect here, and
the table says why, or what to do.
"""

from enum import StrEnum

from msgspec import Struct


class State(StrEnum):
    """What becomes of a key."""

    OURS = "mapped"
    """To a setting of the toolchain."""
    SPHINX = "passed on"
    """To Sphinx, an extension of it or the theme."""
    NOTHING = "not carried"
    """It has no effect, and is named once."""
    ALWAYS = "always so"
    """Whatever it says, the toolchain does it, or has no need of it: nothing is said."""


class Kind(StrEnum):
    """What the value of a key is to be, in words."""

    TEXT = "a text"
    TEXTS = "a list of texts"
    FLAG = "true or false"
    NUMBER = "a number"
    TABLE = "keys with values"
    MODE = "auto, cache, force, inline, lazy or off"
    ANYTHING = "anything"


class Key(Struct, frozen=True):
    """A key of `_config.yml`."""

    name: str
    """With dots between tables; a star at the end stands for whatever is there."""
    kind: Kind
    state: State
    to: str = ""
    """Where it goes: a key of book.toml or an option of Sphinx, with dots."""
    remark: str = ""
    """What becomes of it, or what to do, in a sentence."""


OURS, SPHINX, NOTHING, ALWAYS = State.OURS, State.SPHINX, State.NOTHING, State.ALWAYS
THEME = "html_theme_options"
LAUNCH = f"{THEME}.launch_buttons"
FOOTER = f"{THEME}.extra_footer"
RUNS_APART = "Notebooks run in a copy of what is around them, and leave nothing in the folder."
PRINTED = "The PDF is typeset by the toolchain's own design, with XeLaTeX."
WHOLE = "The PDF has the whole book, and begins with its first page."

KEYS = (
    Key("title", Kind.TEXT, OURS, "book.title"),
    Key("author", Kind.TEXTS, OURS, "book.authors"),
    Key("copyright", Kind.TEXT, OURS, "book.copyright"),
    Key("project", Kind.TEXT, SPHINX, "project"),
    Key("description", Kind.TEXT, OURS, "book.description"),
    Key("logo", Kind.TEXT, SPHINX, "html_logo"),
    Key("exclude_patterns", Kind.TEXTS, OURS, "", "These files are no pages; code may read them."),
    Key("only_build_toc_files", Kind.FLAG, OURS, "", "With `true`, what `_toc.yml` does not list is no page."),
    Key("execute.execute_notebooks", Kind.MODE, OURS, "", "`off` runs nothing; each other mode runs what has changed."),
    Key("execute.exclude_patterns", Kind.TEXTS, OURS, "execution.not_run"),
    Key("execute.timeout", Kind.NUMBER, OURS, "execution.cell_timeout"),
    Key("execute.allow_errors", Kind.FLAG, OURS, "execution.allow_errors"),
    Key("execute.stderr_output", Kind.TEXT, SPHINX, "nb_output_stderr"),
    Key("execute.cache", Kind.TEXT, ALWAYS, "", "Results are kept in `_build/store`, each as long as it is right."),
    Key("execute.run_in_temp", Kind.FLAG, ALWAYS, "", RUNS_APART),
    Key("execute.raise_on_error", Kind.FLAG, ALWAYS, "", "A cell that fails ends the build with exit code 4."),
    Key("execute.show_tb", Kind.FLAG, ALWAYS, "", "What a failed cell raised is told."),
    Key("execute.eval_regex", Kind.TEXT, ALWAYS, "", "Any expression may stand in the text."),
    Key("parse.myst_enable_extensions", Kind.TEXTS, SPHINX, "myst_enable_extensions"),
    Key("parse.myst_url_schemes", Kind.TEXTS, SPHINX, "myst_url_schemes"),
    Key("parse.myst_substitutions", Kind.TABLE, SPHINX, "myst_substitutions"),
    Key("parse.myst_dmath_double_inline", Kind.FLAG, SPHINX, "myst_dmath_double_inline"),
    Key("parse.myst_extended_syntax", Kind.FLAG, OURS, "", "The extensions of MyST that it stood for are enabled."),
    Key("html.favicon", Kind.TEXT, SPHINX, "html_favicon"),
    Key("html.baseurl", Kind.TEXT, OURS, "book.site"),
    Key("html.use_edit_page_button", Kind.FLAG, SPHINX, f"{THEME}.use_edit_page_button"),
    Key("html.use_repository_button", Kind.FLAG, SPHINX, f"{THEME}.use_repository_button"),
    Key("html.use_issues_button", Kind.FLAG, SPHINX, f"{THEME}.use_issues_button"),
    Key("html.use_multitoc_numbering", Kind.FLAG, OURS, "", "With `false`, chapters count from 1 in each part."),
    Key("html.extra_footer", Kind.TEXT, SPHINX, FOOTER),
    Key("html.navbar_footer_text", Kind.TEXT, SPHINX, FOOTER),
    Key("html.extra_navbar", Kind.TEXT, SPHINX, FOOTER, "Below `extra_footer`: the theme has no other place for it."),
    Key("html.home_page_in_navbar", Kind.FLAG, SPHINX, f"{THEME}.home_page_in_toc"),
    Key("html.announcement", Kind.TEXT, SPHINX, f"{THEME}.announcement"),
    Key("html.google_analytics_id", Kind.TEXT, SPHINX, f"{THEME}.analytics.google_analytics_id"),
    Key("html.analytics.*", Kind.ANYTHING, SPHINX, f"{THEME}.analytics"),
    Key("html.comments.*", Kind.ANYTHING, SPHINX, "comments_config"),
    Key("latex.latex_engine", Kind.TEXT, ALWAYS, "", PRINTED),
    Key("latex.use_jupyterbook_latex", Kind.FLAG, ALWAYS, "", PRINTED),
    Key("latex.latex_documents.targetname", Kind.TEXT, OURS, "book.slug"),
    Key("latex.latex_documents.title", Kind.TEXT, OURS, "pdf.title"),
    Key("latex.latex_documents.author", Kind.TEXT, OURS, "pdf.authors"),
    Key("latex.latex_documents.startdocname", Kind.TEXT, ALWAYS, "", WHOLE),
    Key("latex.latex_documents.toctree_only", Kind.FLAG, ALWAYS, "", WHOLE),
    Key("latex.latex_documents.theme", Kind.TEXT, ALWAYS, "", PRINTED),
    Key("launch_buttons.thebe", Kind.FLAG, SPHINX, f"{LAUNCH}.thebe", "Where an address of BinderHub or JupyterHub is named."),
    Key("launch_buttons.*", Kind.ANYTHING, SPHINX, LAUNCH),
    Key("repository.url", Kind.TEXT, SPHINX, f"{THEME}.repository_url"),
    Key("repository.branch", Kind.TEXT, SPHINX, f"{THEME}.repository_branch"),
    Key("repository.path_to_book", Kind.TEXT, SPHINX, f"{THEME}.path_to_docs"),
    Key("repository.provider", Kind.TEXT, SPHINX, f"{THEME}.repository_provider"),
    Key("bibtex_bibfiles", Kind.TEXTS, OURS, "", "The bibliographies, wherever they are in the folder."),
    Key("bibtex_reference_style", Kind.TEXT, SPHINX, "bibtex_reference_style"),
    Key("toolchain", Kind.TABLE, OURS, "", "Tables of a book.toml, for what Jupyter Book has no key for: `kernel`, `pdf`, …"),
    Key("sphinx.extra_extensions", Kind.TEXTS, SPHINX, "extensions"),
    Key("sphinx.local_extensions", Kind.TABLE, SPHINX, "extensions", "Their folders are where Python looks for modules."),
    Key("sphinx.recursive_update", Kind.FLAG, OURS, "", "Whether `sphinx.config` adds to tables or replaces them."),
    Key("sphinx.config.*", Kind.ANYTHING, SPHINX, "", "Each key as it is, but for those below."),
)  # fmt: skip
"""In the order of Jupyter Book's own documentation."""

OPTIONS = (
    Key("language", Kind.TEXT, OURS, "book.language"),
    Key("html_title", Kind.TEXT, SPHINX, "html_title"),
    Key("html_baseurl", Kind.TEXT, OURS, "book.site"),
    Key("copyright", Kind.TEXT, OURS, "book.copyright"),
    Key("author", Kind.TEXT, OURS, "book.authors"),
    Key("exclude_patterns", Kind.TEXTS, OURS, "", "As `exclude_patterns` of the book."),
    Key("bibtex_bibfiles", Kind.TEXTS, OURS, "", "As `bibtex_bibfiles` of the book."),
    Key("extensions", Kind.TEXTS, SPHINX, "extensions", "As `sphinx.extra_extensions`: the toolchain needs its own."),
    Key("mathjax_config", Kind.TABLE, SPHINX, "mathjax3_config"),
    Key("mathjax_path", Kind.ANYTHING, ALWAYS, "", "formulas need no script, and nothing is loaded from elsewhere."),
    Key("nb_execution_mode", Kind.MODE, OURS, "", "As `execute_notebooks`."),
    Key("jupyter_execute_notebooks", Kind.MODE, OURS, "", "As `execute_notebooks`."),
    Key("nb_execution_timeout", Kind.NUMBER, OURS, "execution.cell_timeout"),
    Key("execution_timeout", Kind.NUMBER, OURS, "execution.cell_timeout"),
    Key("nb_execution_allow_errors", Kind.FLAG, OURS, "execution.allow_errors"),
    Key("execution_allow_errors", Kind.FLAG, OURS, "execution.allow_errors"),
    Key("nb_execution_excludepatterns", Kind.TEXTS, OURS, "execution.not_run"),
    Key("execution_excludepatterns", Kind.TEXTS, OURS, "execution.not_run"),
    Key("nb_execution_*", Kind.ANYTHING, ALWAYS, "", RUNS_APART),
    Key("nb_mime_priority_overrides", Kind.ANYTHING, SPHINX, "nb_mime_priority_overrides", "They follow the toolchain's own."),
    Key("nb_custom_formats", Kind.ANYTHING, NOTHING, "", "Pages are Markdown and .ipynb: convert the others with jupytext."),
    Key("external_toc_*", Kind.ANYTHING, ALWAYS, "", "The contents are those of `_toc.yml`."),
    Key("use_multitoc_numbering", Kind.FLAG, OURS, "", "As in `html`."),
    Key("use_jupyterbook_latex", Kind.FLAG, ALWAYS, "", PRINTED),
    Key("latex_engine", Kind.TEXT, ALWAYS, "", PRINTED),
    Key("latex_elements.preamble", Kind.TEXT, SPHINX, "latex_elements.preamble", "It follows the toolchain's own."),
    Key("latex_elements.papersize", Kind.TEXT, OURS, "pdf.paper"),
    Key("latex_elements.*", Kind.ANYTHING, SPHINX, "latex_elements", "Those that the toolchain sets itself come after its own, or in place of them."),
    Key("latex_documents", Kind.ANYTHING, OURS, "", "The first has the name, the title and the authors of the PDF."),
    Key("latex_toplevel_sectioning", Kind.ANYTHING, NOTHING, "", PRINTED),
    Key("latex_docclass", Kind.ANYTHING, NOTHING, "", PRINTED),
    Key("latex_theme", Kind.ANYTHING, NOTHING, "", PRINTED),
)  # fmt: skip
"""Of those in `sphinx.config`, the ones that are not simply passed on."""


def key_of(name: str, keys: tuple[Key, ...] = KEYS) -> Key | None:
    """Return what becomes of a key by its whole name; None if nobody knows it."""
    exact = next((key for key in keys if key.name == name), None)
    starred = (key for key in keys if key.name.endswith("*") and name.startswith(key.name[:-1]))
    return exact or next(starred, None)


def is_table(name: str, keys: tuple[Key, ...] = KEYS) -> bool:
    """Say whether a name is that of a table with keys of its own."""
    return any(key.name.startswith(f"{name}.") for key in keys)
