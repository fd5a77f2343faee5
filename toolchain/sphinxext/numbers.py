"""The numbers that Sphinx has given, as readers see them."""

from collections.abc import Collection, Mapping
from typing import Any

from docutils import nodes
from sphinx.environment import BuildEnvironment


def section(env: BuildEnvironment, page: str, ids: Collection[str], *, first: bool) -> str:
    """Return the number of a section, such as `3.2`; `first` says whether it is the page itself. Empty if it has none."""
    numbers = _of_page(page, env.toc_secnumbers)
    number = next((numbers[f"#{identifier}"] for identifier in ids if f"#{identifier}" in numbers), None)
    return ".".join(map(str, number or (numbers.get("") if first else None) or ()))


def caption(env: BuildEnvironment, page: str, ids: Collection[str], kind: str) -> str:
    """Return what stands before a caption, such as `Figure 2.1`; empty if it has no number."""
    numbers = _of_page(page, env.toc_fignumbers).get(kind, {})
    number = next((numbers[identifier] for identifier in ids if identifier in numbers), None)
    if number is None:
        return ""
    prefix: str = env.config.numfig_format.get(kind, "%s")
    return prefix % ".".join(map(str, number))


def equation(env: BuildEnvironment, page: str, node: nodes.math_block) -> str:
    """Return the number of a formula, such as `3.4`; empty if it has none."""
    return equation_of(env, page, node["ids"], node.get("number"))


def equation_of(env: BuildEnvironment, page: str, ids: Collection[str], counted: int | None) -> str:
    """Return the number of the formula with these ids that is the book's `counted`-th."""
    if not counted:
        return ""
    numbers = _of_page(page, env.toc_fignumbers).get("displaymath", {})
    number = next((numbers[identifier] for identifier in ids if identifier in numbers), None)
    return ".".join(map(str, number)) if number and env.config.math_numfig else str(counted)


def _of_page(page: str, numbers: Mapping[str, Any]) -> dict[str, Any]:
    return dict(numbers.get(page, {}))
