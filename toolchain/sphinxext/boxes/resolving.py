"""Boxes as they are written: each an admonition with its title, and what refers to them says what they are called."""

from collections.abc import Iterable, Iterator
from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.builders.html import StandaloneHTMLBuilder
from sphinx.environment import BuildEnvironment
from sphinx.errors import NoUri
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging
from sphinx.util.nodes import make_refnode

from toolchain.sphinxext import titles
from toolchain.sphinxext.boxes.box import BOX, EXERCISES, Box, Place, boxes, has_boxes
from toolchain.sphinxext.of_env import application
from toolchain.sphinxext.placing import put

LOGGER = logging.getLogger(__name__)
BEFORE_EXTENSIONS = 3
AFTER_NUMBERS = 840
"""When what is in all pages has its numbers, and before titles are resolved that refer to it."""
NUMBER = "caption-number"
"""Class of what stands before a title, which themes set apart."""
DOMAIN = "prf"
UNDEFINED = "undefined label: '%s'"
ALONE = "solution_follow_exercise"
"""Value of `exercise_style` by which a solution need not say what it solves."""


class Names:
    """What boxes are called, in a whole book."""

    def __init__(self, app: Sphinx) -> None:
        """Look at all boxes that there are."""
        self._app, self._env = app, app.env
        self.known: Any = app.env.domains.standard_domain.anonlabels
        self.by_place: dict[Place, Box] = {}
        self._by_label: dict[str, Box] = {}
        for box in boxes(app.env):
            self.by_place |= {(box.page, own): box for own in box.ids}
            self._by_label.setdefault(box.label.lower(), box)

    def labelled(self, label: str, page: str = "") -> Box | None:
        """Return the box that a label is of, in a page if it is named."""
        if page:
            box = self.by_label(label)
            return self.by_place.get((page, label)) or (box if box and box.page == page else None)
        known = self.known.get(label.lower())
        return self.by_place.get(known[:2]) if known else self.by_label(label)

    def by_label(self, label: str) -> Box | None:
        """Return the box that its extension knows by a label."""
        return self._by_label.get(label.lower())

    def name(self, box: Box) -> str:
        """Return the word for a box, with its number if it has one."""
        number = self.number(box)
        if not number:
            return box.word
        if box.kind == "exercise":
            return str(self._env.config.numfig_format.get(box.kind, "%s")) % number
        return f"{box.word} {number}"

    def number(self, box: Box) -> str:
        """Return the number of a box; empty if it has none."""
        counted = self._env.toc_fignumbers.get(box.page, {}).get(box.kind, {})
        return ".".join(map(str, next((counted[own] for own in box.ids if own in counted), ())))

    def _linkless(self, node: nodes.Node) -> nodes.Node:
        """Return a part of a title with the words of links in place of these, and without marks of notes."""
        inner = nodes.inline("", "", node.deepcopy())
        for part in inner.findall(nodes.Element):
            part["ids"] = []  # the title itself has them
        for link in list(inner.findall(addnodes.pending_xref)):
            put(nodes.Text(titles.words(self._app, link["refdoc"], link)), link)
        for reference in list(inner.findall(nodes.reference)):
            put(reference.children, reference)
        for mark in list(inner.findall(nodes.footnote_reference)):
            mark.parent.remove(mark)
        return inner if len(inner.children) != 1 else inner.children[0]

    def solved(self, box: Box) -> Box | None:
        """Return the exercise that a solution is of; None if there is none, or it need not be said."""
        if box.of is None or stands_alone(self._env):
            return None
        return self.by_label(box.of)

    def whole(self, box: Box) -> Iterator[nodes.Node]:
        """Yield all that a box is called, without links: it is part of one."""
        if box.of is None:
            yield nodes.Text(self.name(box))
            yield from nodes.inline("", "", *map(self._linkless, box.title)).children
            return
        yield nodes.Text(box.word)
        if (exercise := self.solved(box)) is not None:
            yield nodes.Text(" ")
            yield from self.whole(exercise)


def shown(app: Sphinx) -> list[Any]:
    """Return all that pages may show of boxes on other pages."""
    names = Names(app)
    return [
        (box.page, box.ids, box.label, names.name(box), box.of, [node.pformat() for node in box.title])
        for box in boxes(app.env)
    ]


class ResolveBoxes(SphinxPostTransform):
    """Finishes the boxes of a page, or of the whole book, and the references to boxes."""

    default_priority = BEFORE_EXTENSIONS

    def run(self, **_options: Any) -> None:
        """Look at boxes first: there are references in their titles, too."""
        if not has_boxes(application(self.env)):
            return
        self._names = Names(application(self.env))
        self._hidden = getattr(self.env, f"{EXERCISES}_registry", {}).keys()
        for element in [element for element in self.document.findall(nodes.Element) if BOX in element]:
            if (box := self._names.by_place.get(element[BOX])) is not None:
                self._finish(element, box)
        for node in list(self.document.findall(addnodes.pending_xref)):
            self._refer(node)
        self._keep_links()

    def _refer(self, node: addnodes.pending_xref) -> None:
        box = self._box(node)
        if box is None:
            if node["reftarget"] in self._hidden and node["reftarget"] in self._names.known:
                _warn("the box is hidden: %s", node["reftarget"], node, str(node["reftype"]))
                put(_words(node), node)
            elif node.get("refdomain") == DOMAIN:
                _warn(UNDEFINED, node["reftarget"], node, str(node["reftype"]))
                put(_words(node), node)
            return
        node.replace_self(self._link(node["refdoc"], box, self._said(node, box)))

    def _box(self, node: addnodes.pending_xref) -> Box | None:
        """Return the box that a reference leads to."""
        domain, role, target = node.get("refdomain") or "", node["reftype"], node["reftarget"]
        if role == "myst" and domain == "doc":
            place = node.get("reftargetid")
            return self._names.labelled(place, target) if place else None
        if domain == DOMAIN:
            return self._names.by_label(target)
        is_named = (domain, role) in (("std", "ref"), ("std", "numref")) or role in ("myst", "any")
        return self._names.labelled(target) if is_named else None

    def _said(self, node: addnodes.pending_xref, box: Box) -> list[nodes.Node]:
        """Return the words of a reference: its own, or what the box is called."""
        explicit = bool(node.get("refexplicit")) and bool(node.astext().strip())
        if node["reftype"] == "numref":
            number = self._names.number(box)
            if not number:
                _warn("the box has no number: %s", node["reftarget"], node, "numref")
            elif explicit:
                title = "".join(child.astext() for child in box.title).strip(" ()")
                words = node.astext().replace("{number}", number).replace("{name}", title)
                return [nodes.Text(words.replace("%s", number))]
        elif explicit:
            return list(_words(node))
        return list(self._names.whole(box)) if box.of is not None else [nodes.Text(self._names.name(box))]

    def _link(self, page: str, box: Box, words: Iterable[nodes.Node]) -> nodes.Element:
        inner = nodes.inline("", "", *words, classes=["std", "std-ref"])
        if any(inner.findall(nodes.math)):
            # As for a formula of its own: it is asked whether a page has any.
            self.env.domains.math_domain.data["has_equations"][self.env.current_document.docname] = True
        try:
            return _by_address(make_refnode(application(self.env).builder, page, box.page, box.ids[0], inner))
        except NoUri:  # its page is not in this form
            return inner

    def _finish(self, node: nodes.Element, box: Box) -> None:
        """Make an admonition of a box."""
        body = [child for child in node.children if not isinstance(child, nodes.title)]
        title = nodes.title("", "", *self._title(node, box))
        title.source, title.line = node.source, node.line
        finished = nodes.admonition("", title, *body, **node.attributes)
        finished.source, finished.line = node.source, node.line
        node.replace_self(finished)

    def _title(self, node: nodes.Element, box: Box) -> list[nodes.Node]:
        if box.of is None:
            name, named = self._names.name(box), [child.deepcopy() for child in box.title]
            is_set_apart = isinstance(application(self.env).builder, StandaloneHTMLBuilder) and (
                box.kind or "proof" in node["classes"]
            )
            before = nodes.inline("", f"{name} ", classes=[NUMBER]) if is_set_apart else nodes.Text(name)
            return [before, *named]
        exercise = self._names.solved(box)
        if exercise is None:
            if not stands_alone(self.env):
                _warn(UNDEFINED, box.of, node, "solution")
            return [nodes.Text(box.word)]
        return [nodes.Text(f"{box.word} "), self._link(box.page, exercise, self._names.whole(exercise))]

    def _keep_links(self) -> None:
        """Keep the words of links within a page: sphinx-exercise replaces them where they lead to a solution."""
        known = getattr(self.env, f"{EXERCISES}_registry", {})
        for node in self.document.findall(nodes.reference):
            if node.get("refid") in known:
                _by_address(node)


def _warn(words: str, label: str, node: nodes.Element, role: str) -> None:
    """Warn of a reference; the check of references knows what is meant."""
    LOGGER.warning(words, label, location=node, type="ref", subtype=role)


def stands_alone(env: BuildEnvironment) -> bool:
    """Say whether solutions do not say what they solve."""
    return getattr(env.config, "exercise_style", "") == ALONE


def _by_address(link: nodes.reference) -> nodes.reference:
    """Have a link within a page lead to an address, as those to other pages do."""
    if "refid" in link:
        link["refuri"], link["internal"] = f"#{link.attributes.pop('refid')}", True
    return link


def _words(node: addnodes.pending_xref) -> list[nodes.Node]:
    """Return the words that stand in a reference."""
    inner = node.children[0] if node.children else nodes.inline()
    return [child.deepcopy() for child in inner.children] if isinstance(inner, nodes.Element) else [inner]


def _name_labels(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """Have Sphinx call boxes by their names, as headings do that refer to one: it knows the word only."""
    names = Names(app)
    labels = env.domains.standard_domain.labels
    for label, (page, place, _) in list(labels.items()) if names.by_place else ():
        if (box := names.by_place.get((page, place))) is not None:
            words = (
                "".join(node.astext() for node in names.whole(box)) if box.of is not None else names.name(box)
            )
            labels[label] = (page, place, words)
    return []


def setup(app: Sphinx) -> None:
    """Finish boxes before references are resolved."""
    app.connect("env-get-updated", _name_labels, priority=AFTER_NUMBERS)
    app.add_post_transform(ResolveBoxes)
