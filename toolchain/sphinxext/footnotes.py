"""Footnotes stand at the end of their page, but those of `{footbibliography}`: that list stays where it was written.

MyST moves every one; all that would be left there is an empty place.
"""

from collections.abc import Callable
from typing import Any

from docutils import nodes
from myst_parser.mdit_to_docutils.transforms import CollectFootnotes
from sphinx.application import Sphinx
from sphinxcontrib.bibtex.foot_directives import FootBibliographyDirective

from toolchain.sphinxext.quick import replacing

IN_PLACE = "toolchain_in_place"
"""Attribute of footnotes that are not moved."""
LISTS = ("symbol_footnotes", "footnotes", "autofootnotes")
"""Attributes of a document: its footnotes, by their kind."""


def _marking(run: Callable[[Any], list[nodes.Node]]) -> Callable[[Any], list[nodes.Node]]:
    def run_and_mark(directive: FootBibliographyDirective) -> list[nodes.Node]:
        found = run(directive)
        for note in (note for node in found for note in node.findall(nodes.footnote)):
            note[IN_PLACE] = True
        return found

    return run_and_mark


def _collecting(collect: Callable[..., None]) -> Callable[..., None]:
    def apply(transform: CollectFootnotes, **options: Any) -> None:
        page = transform.document
        notes = {name: getattr(page, name) for name in LISTS}
        for name, of_kind in notes.items():
            setattr(page, name, [note for note in of_kind if IN_PLACE not in note])
        collect(transform, **options)
        for name, of_kind in notes.items():
            setattr(page, name, of_kind)
        for rule in list(page.findall(nodes.transition)):
            if "footnotes" in rule["classes"] and _is_after_rule(rule):
                rule.parent.remove(rule)  # the author has drawn one there

    return apply


def _is_after_rule(rule: nodes.transition) -> bool:
    """Say whether what stands before a rule ends with another one, at whatever depth."""
    at = rule.parent.index(rule) - 1
    before: nodes.Node | None = rule.parent[at] if at >= 0 else None
    while isinstance(before, nodes.section) and before.children:
        before = before.children[-1]
    return isinstance(before, nodes.transition)


def setup(_app: Sphinx) -> None:
    """Mark the notes of such a list as it is read, and have MyST move the others."""
    replacing.replace(FootBibliographyDirective, "run", _marking)
    replacing.replace(CollectFootnotes, "apply", _collecting)
