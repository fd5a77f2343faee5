"""A digest of all that a page of the site shows, its own and that of others: if it is as it was, so is the page.

Every page shows the titles of all. Beyond that a page shows what it refers to, what its lists have, what it cites and its
neighbours. What an extension that is not known shows, or a theme, nobody knows: then every page shows everything.
"""

from collections.abc import Iterator
from functools import cached_property
from typing import Any

import msgspec
from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.builders.html import StandaloneHTMLBuilder
from sphinx.domains import Domain
from sphinx.util import docname_join
from sphinxcontrib.bibtex.citation_target import parse_citation_targets

from toolchain.base.files import sha256_lines
from toolchain.model import PageFacts, Target
from toolchain.model.sphinx import current
from toolchain.sphinxext import known_extensions, numbers, shown
from toolchain.sphinxext.facts import FACTS
from toolchain.sphinxext.shown import Named, Shown
from toolchain.sphinxext.titles import REFERRING

BY_NAME = frozenset({"std", "math", "cite", "doc", ""})
"""Domains in which what a reference leads to is looked up by its name."""
LOOKED_UP = frozenset({"ref", "numref", "doc", "term", "keyword", "eq", "confval", "envvar", "myst", "any"})
"""Roles of these domains that do so."""
ANYWHERE = frozenset({"any", "myst"})
"""Roles that ask all domains."""
ENDLESS = 1 << 30


class PageDigests:
    """Digests of the pages of a site, as they would be written now."""

    def __init__(self, app: Sphinx, builder: StandaloneHTMLBuilder) -> None:
        """Look at nothing yet; `builder` makes the site."""
        self._app = app
        self._env = app.env
        self._builder = builder
        self._std: Any = app.env.domains.standard_domain
        self._relations = app.env.collect_relations()
        self._titles = {name: title.pformat() for name, title in app.env.titles.items()}
        self._places: dict[str, dict[str, Target]] = {}
        self._by_domain: dict[str, str] = {}
        self._by_name: dict[tuple[str, str, bool], str] = {}

    def of(self, page: str) -> str:
        """Return the digest of a page."""
        env, what = self._env, shown.of(self._env, page)
        sphinx_input = current()
        lines = [
            self._everywhere,
            # Raised whenever it is read anew, by whatever builder.
            env.all_docs.get(page),
            self._titles.get(page),
            *self._neighbours(page),
            _in_order(env.toc_secnumbers.get(page, {})),
            [(kind, _in_order(ids)) for kind, ids in _in_order(env.toc_fignumbers.get(page, {}))],
            msgspec.json.encode(sphinx_input.buttons.get(page, ())) if sphinx_input else "",
            [env.images[path][1] for path in what.pictures if path in env.images],
            [(other, env.all_docs.get(other)) for other in what.pasted_from],
            *(self._found(page, named) for named in what.references),
        ]
        if page in getattr(env, REFERRING, {}):
            lines.append(env.tocs[page].pformat())
        if what.lists_pages:
            lines += self._lists(page)
        lines += self._works(page, what)
        if what.unknown:
            lines.append(self._everything)
        return sha256_lines(map(str, lines))

    @cached_property
    def _everywhere(self) -> str:
        """What every page shows."""
        config, sphinx_input = self._app.config, current()
        dated = config.html_last_updated_fmt is not None and sphinx_input
        lines = [
            vars(self._builder.build_info),
            sphinx_input.epoch if dated and sphinx_input else "",
            sorted(name for name, domain in self._env.domains.items() if domain.indices and self._data(name)),
            *self._navigation(),
        ]
        if not known_extensions.only(self._app):
            lines.append(self._everything)
        return sha256_lines(map(str, lines))

    def _navigation(self) -> Iterator[Any]:
        """Yield the titles of all pages in the order of the contents, with the lists that they are in."""
        to_do, done = [self._env.config.root_doc], set[str]()
        while to_do:
            page = to_do.pop()
            if page in done or page not in self._env.tocs:
                continue
            done.add(page)
            yield page, self._env.metadata[page].get("tocdepth"), self._titles.get(page)
            yield from self._heads(page)
            for toctree in self._env.tocs[page].findall(addnodes.toctree):
                yield toctree.get("caption"), toctree["entries"]
                to_do += [name for _, name in toctree["entries"]]

    def _heads(self, page: str) -> Iterator[str]:
        """Yield the headings of a page that stand for it in contents."""
        for node in self._env.tocs[page].children:
            head = node.children[0] if isinstance(node, nodes.list_item) and node.children else node
            yield head.pformat()

    def _neighbours(self, page: str) -> Iterator[Any]:
        """Yield the pages before and after a page, and those that it is below, with their titles."""
        relations = self._relations.get(page)
        for name in relations[1:] if relations else ():
            yield name, self._titles.get(name or "")
        above, seen = relations and relations[0], set[str]()
        while above and above not in seen:
            seen.add(above)
            yield above, self._titles.get(above)
            relations = self._relations.get(above)
            above = relations and relations[0]

    def _lists(self, page: str) -> Iterator[Any]:
        for toctree in self._env.tocs[page].findall(addnodes.toctree):
            depth = toctree.get("maxdepth", -1)
            yield from self._listed(toctree, (page,), depth if depth > 0 else ENDLESS, toctree)

    def _listed(
        self, toctree: addnodes.toctree, above: tuple[str, ...], depth: int, outer: addnodes.toctree
    ) -> Iterator[Any]:
        """Yield what a list shows of its pages, down to a depth."""
        yield toctree.get("hidden"), toctree.get("caption"), toctree["entries"]
        if depth < 1 or (toctree.get("hidden") and not outer.get("includehidden")):
            return
        for _, name in toctree["entries"]:
            if name in above or name not in self._env.tocs:
                yield name, name in self._env.tocs
            else:
                yield name, self._env.metadata[name].get("tocdepth")
                yield from self._contents(self._env.tocs[name], (*above, name), depth, outer)

    def _contents(
        self, contents: nodes.Element, above: tuple[str, ...], depth: int, outer: addnodes.toctree
    ) -> Iterator[Any]:
        """Yield the headings that a list shows of a page, and what the page's own lists add to it."""
        if outer.get("titlesonly"):
            yield from self._heads(above[-1])
            for inner in contents.findall(addnodes.toctree):
                yield from self._listed(inner, above, depth - 1, outer)
            return
        for node in contents.children:
            if isinstance(node, addnodes.toctree):
                yield from self._listed(node, above, depth, outer)
            elif isinstance(node, nodes.list_item) and node.children:
                yield node.children[0].pformat()
                if depth > 1:
                    for below in node.children[1:]:
                        yield from self._contents_of(below, above, depth - 1, outer)
            else:
                yield from self._contents_of(node, above, depth, outer)

    def _contents_of(
        self, node: nodes.Node, above: tuple[str, ...], depth: int, outer: addnodes.toctree
    ) -> Iterator[Any]:
        if isinstance(node, addnodes.toctree):
            yield from self._listed(node, above, depth, outer)
        elif isinstance(node, nodes.Element):
            yield from self._contents(node, above, depth, outer)

    def _found(self, page: str, named: Named) -> str:
        """Return what a reference leads to: by its name as it is, and as a page seen from the one that it is on."""
        names = dict.fromkeys((named.target, named.target.lower(), named.place))
        pages = dict.fromkeys((named.target, docname_join(page, named.target)))
        counted = named.role not in LOOKED_UP or named.role in {"numref", "eq"} | ANYWHERE
        found: list[Any] = [self._by_its_name(name, counted=counted) for name in names if name]
        found += [
            (name, name in self._env.all_docs, self._titles.get(name), self._part(name, named.place))
            for name in pages
        ]
        if named.domain not in BY_NAME:
            found.append(self._data(named.domain))
        elif named.role not in LOOKED_UP and named.domain != "cite":
            found.append(self._data("std"))
        if named.role in ANYWHERE:
            found += [self._data(name) for name in sorted({*self._env.domains.keys()} - BY_NAME)]
            found.append(sorted(map(str, self._std.progoptions.items())))
        return str(found)

    def _by_its_name(self, name: str, *, counted: bool) -> str:
        """Return what has a name; with the numbers that it has been given, if references of the kind show them."""
        key = ("", name, counted)
        if key not in self._by_name:
            std = self._std
            found: list[Any] = [std.labels.get(name), std.anonlabels.get(name), std.data["terms"].get(name)]
            found += [std.objects.get((kind, name)) for kind in std.object_types]
            equation = self._env.domains.math_domain.equations.get(name)
            if equation:
                identifier = nodes.make_id(f"equation-{name}")
                displayed = self._env.toc_fignumbers.get(equation[0], {}).get("displaymath", {})
                found += [equation, displayed.get(identifier)]
            if counted and name in std.anonlabels:
                found += self._counted(*std.anonlabels[name][:2])
            if counted and name in std.labels:
                found += self._counted(*std.labels[name][:2])
            self._by_name[key] = str(found)
        return self._by_name[key]

    def _counted(self, page: str, identifier: str) -> list[Any]:
        """Return the numbers of a place; of one of which little is known, those of its whole page."""
        if page not in self._places:
            facts: dict[str, PageFacts] = getattr(self._env, FACTS, {})
            targets = facts[page].targets if page in facts else ()
            self._places[page] = {own: target for target in targets for own in target.ids}
        env, target = self._env, self._places[page].get(identifier)
        figures = env.toc_fignumbers.get(page, {})
        if target is None:
            return [_in_order(env.toc_secnumbers.get(page, {})), str(figures), env.all_docs.get(page)]
        return [
            target.kind,
            target.title,
            numbers.section(env, page, target.ids, first=True),
            [(kind, [ids[own] for own in target.ids if own in ids]) for kind, ids in _in_order(figures)],
        ]

    def _part(self, page: str, place: str) -> list[Any]:
        """Return what MyST finds at a place in a page: a heading by either of its names, else a label of that page."""
        if not place or page not in self._env.all_docs:
            return []
        headings = self._env.metadata[page].get("myst_slugs", {})
        by_slug = [headings[place][1:]] if place in headings else []
        by_id = [text for _, identifier, text in headings.values() if identifier == place]
        return [by_slug, by_id, self._labels_by_place.get((page, place))]

    @cached_property
    def _labels_by_place(self) -> dict[tuple[str, str], list[Any]]:
        found: dict[tuple[str, str], list[Any]] = {}
        for labels in (self._std.labels, self._std.anonlabels):
            for name, label in labels.items():
                for own in dict.fromkeys((name, label[1])):
                    found.setdefault((label[0], own), []).append((name, label))
        return found

    def _works(self, page: str, what: Shown) -> Iterator[str]:
        """Yield the works that a page cites, and those that its lists have."""
        domain: Any = self._env.domains.get("cite")
        if domain is None:
            return
        prefix = domain.prefix(page)
        for named in what.references:
            if named.domain in ("cite", "") or named.role in ANYWHERE:
                for cited in parse_citation_targets(named.target) if named.domain == "cite" else ():
                    yield from self._cited.get(cited.key, ["nothing"])
                    yield from self._cited.get(prefix + cited.key, [])
                for key in named.target.split(",") if named.domain != "cite" else ():
                    yield from self._cited.get(key.strip(), [])
        yield prefix if any(named.domain == "cite" for named in what.references) else ""
        yield from self._works_by_page.get(page, [])

    @cached_property
    def _cited(self) -> dict[str, list[str]]:
        """The works that are listed, by the keys that they have in their lists."""
        return self._works_listed[0]

    @cached_property
    def _works_by_page(self) -> dict[str, list[str]]:
        return self._works_listed[1]

    @cached_property
    def _works_listed(self) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
        by_key: dict[str, list[str]] = {}
        by_page: dict[str, list[str]] = {}
        domain: Any = self._env.domains.get("cite")
        for citation in domain.citations if domain else ():
            texts = (citation.formatted_entry, citation.tooltip_entry)
            work = str(
                [
                    (citation.bibliography_key, citation.citation_id, citation.key, citation.entry),
                    domain.bibliographies[citation.bibliography_key].list_,
                    *((text.label, repr(text.text)) for text in texts if text),
                ]
            )
            by_key.setdefault(citation.key, []).append(work)
            by_page.setdefault(citation.bibliography_key.docname, []).append(work)
        return by_key, by_page

    def _data(self, name: str) -> str:
        """Return a digest of all that a domain knows; nothing of one in which nothing can be referred to."""
        if name not in self._by_domain:
            domain = self._env.domains.get(name)
            looks_up = domain and (
                type(domain).resolve_xref is not Domain.resolve_xref
                or type(domain).resolve_any_xref is not Domain.resolve_any_xref
            )
            objects = sorted(map(str, domain.get_objects())) if domain and looks_up else []
            if domain and name == "citation":
                objects += [str(domain.data)]
            self._by_domain[name] = sha256_lines(objects) if objects else ""
        return self._by_domain[name]

    @cached_property
    def _everything(self) -> str:
        """All that pages see of each other."""
        env = self._env
        lines: list[Any] = [_in_order(env.all_docs), _in_order(self._std.labels), _in_order(env.titles)]
        lines += [(name, toc.pformat()) for name, toc in _in_order(env.tocs)]
        lines += [_in_order(env.toc_secnumbers), _in_order(env.toc_fignumbers)]
        lines += [self._data(name) for name in sorted(env.domains.keys())]
        lines += [work for works in self._works_by_page.values() for work in works]
        return sha256_lines(map(str, lines))


def _in_order(mapping: Any) -> list[Any]:
    return sorted(mapping.items())
