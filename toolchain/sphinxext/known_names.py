"""What an unknown directive or role was probably meant to be: only Sphinx, with the book's extensions, knows them all."""

import difflib
import re
from collections.abc import Iterable

from docutils.parsers.rst import directives, roles
from sphinx.environment import BuildEnvironment

from toolchain.sphinxext import own_definitions

UNKNOWN = re.compile(r"Unknown (?P<kind>directive type|interpreted text role):? ['\"](?P<name>.+?)['\"]")
HABITS = {
    "directive type": {
        "eq": "math",
        "equation": "math",
        "fig": "figure",
        "img": "image",
        "listing": "code-block",
        "nt": "note",
        "tab": "table",
        "toc": "toctree",
        "warn": "warning",
    },
    "interpreted text role": {
        "citep": "cite:p",
        "citet": "cite:t",
        "cites": "cite",
        "cref": "numref",
        "eqref": "eq",
        "fig": "numref",
        "figref": "numref",
        "refs": "ref",
    },
}
"""Names that people have from elsewhere, or shorten to."""


def remedy(message: str, env: BuildEnvironment) -> str:
    """Return the question whether a known name was meant; empty if none is like it, or the message is of something else."""
    match = UNKNOWN.match(message)
    if match is None:
        return ""
    name = match["name"].lower()
    known = set(_directives(env) if match["kind"].startswith("directive") else _roles(env))
    habit = HABITS[match["kind"]].get(name, "")
    alike = difflib.get_close_matches(name, sorted(known), n=1)
    meant = habit if habit in known else next(iter(alike), "")
    return f"Did you mean {{{meant}}}?" if meant else ""


def pages_that_define(message: str, env: BuildEnvironment) -> list[str]:
    """Return the pages that define for themselves what a message does not know; all pages have to be read."""
    match = UNKNOWN.match(message)
    if match is None:
        return []
    kind = own_definitions.DIRECTIVE if match["kind"].startswith("directive") else own_definitions.ROLE
    return own_definitions.pages_that_define(kind, match["name"].lower(), env)


def _directives(env: BuildEnvironment) -> Iterable[str]:
    for registry in ("_directive_registry", "_directives"):  # nothing public lists them
        yield from getattr(directives, registry)
    for domain in env.domains.sorted():
        yield from (_name(domain.name, name) for name in domain.directives)


def _roles(env: BuildEnvironment) -> Iterable[str]:
    for registry in ("_role_registry", "_roles"):
        yield from getattr(roles, registry)
    for domain in env.domains.sorted():
        yield from (_name(domain.name, name) for name in domain.roles)


def _name(domain: str, name: str) -> str:
    """Return how a page calls a directive or a role of a domain; those of the standard one have no prefix, others no name."""
    return name if domain == "std" else f"{domain}:{name}".removesuffix(":")
