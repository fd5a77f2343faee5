"""Options of Sphinx that a book's own description sets, put over those that the toolchain gives every book."""

import sys
from collections.abc import Mapping
from typing import Any

import msgspec

from toolchain.project.settings import Settings
from toolchain.sphinxext import repository
from toolchain.sphinxext.printed.elements import UNNUMBERED

INTERSPHINX = "sphinx.ext.intersphinx"
LISTS = (
    *("html_static_path", "html_css_files", "html_js_files", "latex_additional_files", "suppress_warnings"),
    "nb_mime_priority_overrides",
)
"""To these the book adds: the toolchain's own are needed as well."""
PREAMBLE = "preamble"
FOLLOWING = (PREAMBLE, "fontpkg")
"""Elements of LaTeX that the book adds to: the toolchain's macros and formulas need its own."""
BEFORE = {"maketitle": r"\frontmatter" + UNNUMBERED, "printindex": r"\backmatter"}
"""What parts of the book begin with, whatever it puts there."""


def options(settings: Settings, ours: dict[str, Any]) -> dict[str, Any]:
    """Return what differs from what every book has."""
    theirs = {name: value for name, value in settings.sphinx.items() if value is not None}
    static = _static_files(settings)
    lists = {name: [*ours.get(name, ()), *static.get(name, _listed(theirs.get(name)))] for name in LISTS}
    # Pages that the contents do not list may be there all the same.
    lists["suppress_warnings"].append("toc.not_included")
    return {
        **theirs,
        **lists,
        "extensions": _extensions(settings, ours),
        "myst_enable_extensions": list(settings.myst_extensions),
        "html_theme_options": {**ours["html_theme_options"], **theirs.get("html_theme_options", {})},
        "latex_elements": elements(ours["latex_elements"], theirs.get("latex_elements", {})),
        "root_doc": settings.layout.root,
        "bibtex_bibfiles": list(settings.layout.bibliographies),
        "toolchain_repository": repository.NONE,
        "toolchain_contents": msgspec.to_builtins(settings.contents),
    }


def find_modules(settings: Settings) -> None:
    """Have Python find the modules of the book's own that extend Sphinx."""
    # Nothing but `_build` is to change in the book's folder.
    sys.dont_write_bytecode = sys.dont_write_bytecode or bool(settings.module_folders)
    for folder in settings.module_folders:
        path = str(settings.project / folder)
        if path not in sys.path:
            sys.path.append(path)


def elements(ours: Mapping[str, str], theirs: Mapping[str, Any]) -> dict[str, Any]:
    """Return the elements of LaTeX: the book's in place of the toolchain's, as far as these are not needed.

    What the book has added to one of the toolchain's is there already.
    """
    merged = {**ours, **theirs}
    for name in theirs:
        needed = ours[name] if name in FOLLOWING else BEFORE.get(name, "")
        if not str(theirs[name]).startswith(needed):
            merged[name] = f"{needed}\n{theirs[name]}" if name in FOLLOWING else f"{needed}{theirs[name]}"
    return merged


def _extensions(settings: Settings, ours: dict[str, Any]) -> list[str]:
    """Return all extensions; the toolchain's own comes last."""
    mapped = [INTERSPHINX] if settings.sphinx.get("intersphinx_mapping") else []
    *others, last = ours["extensions"]
    return list(dict.fromkeys((*others, *settings.extensions, *mapped, last)))


def _static_files(settings: Settings) -> dict[str, list[str]]:
    """Return what Jupyter Book does with a folder `_static`: the site has it, and each page its scripts and style sheets."""
    folders = [folder for folder in _listed(settings.sphinx.get("html_static_path")) if folder != "_static"]
    if (settings.project / "_static").is_dir():
        folders.append("_static")
    files = [
        (settings.project / folder, path)
        for folder in folders
        for path in sorted((settings.project / folder).rglob("*"))
    ]
    names = [path.relative_to(folder).as_posix() for folder, path in files]
    return {
        "html_static_path": folders,
        "html_css_files": _with(settings, "html_css_files", names, ".css"),
        "html_js_files": _with(settings, "html_js_files", names, ".js"),
    }


def _with(settings: Settings, option: str, names: list[str], suffix: str) -> list[Any]:
    """Return the files that an option names, and those with a suffix among some more."""
    named = _listed(settings.sphinx.get(option))
    return [*named, *(name for name in names if name.endswith(suffix) and name not in named)]


def _listed(value: Any) -> list[Any]:
    """Return what an option lists; YAML has no tuples, which Sphinx wants there."""
    values = value if isinstance(value, list | tuple) else [value] if value else []
    return [tuple(one) if isinstance(one, list) else one for one in values]
