"""Roles and directives that a page defines are its own: they end with the page, as docutils has it.

Docutils looks them up in tables of the whole process. There a page that is read later would find them, and so would not find
them when it is read alone, or by another process; and a default role would be that of whatever is read next.
"""

from collections.abc import Iterator
from typing import Any

from docutils.parsers.rst import directives, roles
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

DIRECTIVE, ROLE = "directive", "role"
TABLES: tuple[tuple[str, dict[str, Any]], ...] = (
    (ROLE, roles._role_registry),  # type: ignore[attr-defined] # noqa: SLF001 - nothing public lists them
    (ROLE, roles._roles),  # type: ignore[attr-defined] # noqa: SLF001 - as above
    (DIRECTIVE, directives._directive_registry),  # type: ignore[attr-defined] # noqa: SLF001 - as above
    (DIRECTIVE, directives._directives),  # type: ignore[attr-defined] # noqa: SLF001 - as above
)
"""Where docutils, and extensions with it, keep them: what each is, by its name."""
DEFINED = "toolchain_own_definitions"
"""Attribute of Sphinx's environment: page name to what that page defines, each with its kind."""
LAST = 999
"""What extensions do before a page is parsed, they do for all pages."""


class _Page:
    """The tables as they are when a page begins."""

    def __init__(self) -> None:
        self._before: list[dict[str, Any]] = []

    def begin(self, _app: Sphinx, _page: str, _source: list[str]) -> None:
        self._before = [dict(table) for _, table in TABLES]

    def end(self, app: Sphinx, _tree: object) -> None:
        if own := tuple(sorted({*self._new()})):
            kept: dict[str, tuple[tuple[str, str], ...]] = getattr(app.env, DEFINED, {})
            kept[app.env.current_document.docname] = own
            setattr(app.env, DEFINED, kept)
        for (_, table), before in zip(TABLES, self._before, strict=True):
            if table != before:
                table.clear()
                table.update(before)

    def _new(self) -> Iterator[tuple[str, str]]:
        """Yield what there was not when the page began; what docutils has only looked up for the first time is not new."""
        known = {id(code) for before in self._before for code in before.values()}
        for (kind, table), before in zip(TABLES, self._before, strict=True):
            for name, code in table.items():
                is_looked_up = id(code) in known or (
                    kind == DIRECTIVE and str(code.__module__).startswith("docutils.")
                )
                if name and before.get(name) is not code and not is_looked_up:
                    yield kind, name


def pages_that_define(kind: str, name: str, env: BuildEnvironment) -> list[str]:
    """Return the pages that define a directive or a role for themselves."""
    kept: dict[str, tuple[tuple[str, str], ...]] = getattr(env, DEFINED, {})
    return sorted(page for page, own in kept.items() if (kind, name) in own)


def _forget(_app: Sphinx, env: BuildEnvironment, page: str) -> None:
    getattr(env, DEFINED, {}).pop(page, None)


def setup(app: Sphinx) -> None:
    """Look before each page is parsed, and when it is done with."""
    page = _Page()
    app.connect("source-read", page.begin, priority=LAST)
    app.connect("doctree-read", page.end, priority=LAST)
    app.connect("env-purge-doc", _forget)
