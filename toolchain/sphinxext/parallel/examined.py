"""The extensions of which is known what a page leaves behind in them, while it is read and while it is written.

What an extension says of itself, `parallel_read_safe` and `parallel_write_safe`, is not asked: it is about Sphinx' own way of
working in parallel, in which all but the translation is done by one process, and few authors have ever tried it.
"""

from typing import Any

from docutils.parsers.rst import directives, roles
from sphinx.application import Sphinx

OF_SPHINX = (
    "sphinx.addnodes",
    "sphinx.builders.",
    "sphinx.directives",
    "sphinx.domains.",
    "sphinx.environment.",
)
"""Beginnings of the names of what Sphinx always loads."""
EXAMINED = frozenset(
    {
        # Of Sphinx itself: all that pages leave is in the environment.
        "sphinx.config",
        "sphinx.extension",
        "sphinx.parsers",
        "sphinx.registry",
        "sphinx.roles",
        "sphinx.search",
        "sphinx.theming",
        "sphinx.transforms",
        "sphinx.transforms.compact_bullet_list",
        "sphinx.transforms.i18n",
        "sphinx.transforms.references",
        "sphinx.transforms.post_transforms",
        "sphinx.transforms.post_transforms.code",
        "sphinx.transforms.post_transforms.images",
        "sphinx.versioning",
        "sphinx.writers",
        # Loaded with it, for builders other than ours, or a theme that has templates only.
        "alabaster",
        "sphinxcontrib.applehelp",
        "sphinxcontrib.devhelp",
        "sphinxcontrib.htmlhelp",
        "sphinxcontrib.qthelp",
        "sphinxcontrib.serializinghtml",
        # Scripts that a page loads are added to its own context, and taken out before the next page.
        "sphinx.ext.mathjax",
        # Links to other books are found in an inventory that is loaded before the first page.
        "sphinx.ext.intersphinx",
        "sphinx.ext.extlinks",
        # What pages leave is in the environment, by their names.
        "myst_nb",
        "myst_parser",
        "sphinxcontrib.bibtex",
        # The same, by labels and by pages; what they do as pages are written, `boxes` has done before.
        "sphinx_exercise",
        "sphinx_proof",
        # Tabs and diagrams are the page's own; scripts are as MathJax's.
        "sphinx_inline_tabs",
        "sphinx_tabs.tabs",
        "sphinxcontrib.mermaid",
        # Put on every page before the first is read, or on a page as it is written.
        "sphinx_comments",
        "sphinx_thebe",
        "sphinx_togglebutton",
        # Written when all pages are.
        "sphinxext.rediraffe",
        # Nothing is left by pages.
        "pydata_sphinx_theme",
        "sphinx_book_theme",
        "sphinx_copybutton",
        "sphinx_design",
        # Ours: in the environment, by the names of pages.
        "toolchain.sphinxext",
    }
)

PACKAGES = {"docutils", *(name.partition(".")[0] for name in EXAMINED)}
CODE_BY_NAME = {"nb_custom_formats": {}, "nb_render_plugin": "default"}
"""Options of MyST-NB that name code, with the values that name none."""


def unexamined(app: Sphinx) -> list[str]:
    """Return what runs as pages are read and written, and is not known: extensions, and code that conf.py has or names."""
    own = ["setup of conf.py"] if app.config.setup is not None else []
    written: dict[str, Any] = app.config._raw_config  # noqa: SLF001 - what conf.py says, without what it leaves as it is
    own += [f"{option.name} of conf.py" for option in app.config if _has_code(written.get(option.name))]
    own += [f"{name} of conf.py" for name, none in CODE_BY_NAME.items() if written.get(name, none) != none]
    # Registered with docutils, which needs no `setup`.
    for registry in (directives._directives, roles._roles):  # type: ignore[attr-defined] # noqa: SLF001
        own += [f"{name} of docutils" for name, code in registry.items() if _package(code) not in PACKAGES]
    return own + [name for name in app.extensions if name not in EXAMINED and not name.startswith(OF_SPHINX)]


def _has_code(value: object) -> bool:
    """Say whether an option is a function, or has some in it, as the context of templates may."""
    if isinstance(value, dict):
        return any(map(_has_code, value.values()))
    return any(map(_has_code, value)) if isinstance(value, list | tuple) else callable(value)


def _package(code: Any) -> str:
    """Return the package that a directive or a role is from; what conf.py defines is from none."""
    module: str = getattr(code, "__module__", None) or type(code).__module__
    return module.partition(".")[0]
