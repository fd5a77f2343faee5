"""A digest of all that a page of the site shows, its own and that of others: if it is as it was, so is the page.

Every page shows the titles of all. Beyond that a page shows what it refers to, what its lists have, what it cites and its
neighbours. What an extension that is not known shows, or a theme, nobody knows: then every page shows all titles, labels and
numbers; and one that has something on it which such an extension has put there shows all pages.
"""

from collections.abc import Iterator
from functools import cached_property
from typing import Any

import msgspec
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.builders.html import StandaloneHTMLBuilder
from sphinx.domains import Domain
from sphinx.util import docname_join
from sphinxcontrib.bibtex.citation_target import parse_citation_targets

from toolchain.base.files import sha256_lines
from toolchain.model import Target
from toolchain.model.sphinx import current
from toolchain.sphinxext import (
    buttons,
    facts,
    inventories,
    known_extensions,
    marked_titles,
    numbers,
    page_facts,
    same_year,
    shown,
)
from toolchain.sphinxext.boxes import resolving
from toolchain.sphinxext.front import placeholders, relations
from toolchain.sphinxext.listed import Listed
from toolchain.sphinxext.shown import NAME, Named, Shown
from toolchain.sphinxext.titles import REFERRING

BY_NAME = frozenset({"std", "math", "cite", "doc", ""})
"""Domains in which what a reference leads to is looked up by its name."""
LABELS, TERMS, FORMULAS, PAGES, OTHERS = "labels", "terms", "formulas", "pages", "others"
"""What is looked up."""
ALL = (LABELS, TERMS, FORMULAS, PAGES, OTHERS)
LOOKED_UP = {
    "ref": (LABELS,),
    "numref": (LABELS,),
    "keyword": (LABELS,),
    "doc": (PAGES,),
    "term": (TERMS,),
    "eq": (FORMULAS,),
    "confval": (OTHERS,),
    "envvar": (OTHERS,),
    "myst": ALL,
    "any": ALL,
}
"""Roles of these domains that do so, and where; what a citation leads to is looked up among the works."""
ANYWHERE = frozenset({"any", "myst"})
"""Roles that ask all domains."""


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
        self._marked: dict[str, list[tuple[str, str]]] = {}
        for page, titles in sorted(marked_titles.by_page(app.env).items()):
            for said, words in titles.items():
                self._marked.setdefault(said, []).append((page, words))
        self._listed = Listed(app.env)
        self._places: dict[str, dict[str, Target]] = {}
        self._by_domain: dict[str, str] = {}
        self._by_name: dict[tuple[str, tuple[str, ...], bool], str] = {}

    def of(self, page: str) -> str:
        """Return the digest of a page."""
        env, what = self._env, shown.of(self._env, page)
        lines = [
            self._everywhere,
            # Raised whenever it is read anew, by whatever builder.
            env.all_docs.get(page),
            self._titles.get(page),
            *self._neighbours(page),
            _in_order(env.toc_secnumbers.get(page, {})),
            [(kind, _in_order(ids)) for kind, ids in _in_order(env.toc_fignumbers.get(page, {}))],
            msgspec.json.encode(buttons.offered(page)),
            [env.images[path][1] for path in what.pictures if path in env.images],
            [(other, env.all_docs.get(other)) for other in what.pasted_from],
            *(self._found(page, named) for named in what.references),
            getattr(env, inventories.READ, "") if what.references else "",
            *placeholders.shown(self._app, what.front),
            *page_facts.shown(page),
            *((words, other, self._titles.get(other)) for words, other in relations.of(page)),
        ]
        if page in getattr(env, REFERRING, {}):
            lines.append(env.tocs[page].pformat())
        if what.lists_pages:
            lines += self._listed.on(page)
        lines += self._works(page, what)
        if what.unknown:
            lines += [self._seen, _in_order(env.all_docs)]
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
            *self._listed.navigation(),
        ]
        lines += resolving.shown(self._app)
        if not known_extensions.only(self._app):
            lines.append(self._seen)
        return sha256_lines(map(str, lines))

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

    def _found(self, page: str, named: Named) -> str:
        """Return what a reference leads to: by its name as it is, and as a page seen from the one that it is on."""
        if named.domain == "cite":
            return ""
        places = (FORMULAS,) if named.domain == "math" else LOOKED_UP.get(named.role, ALL)
        names = dict.fromkeys((named.target, named.target.lower(), named.place))
        by_number = (named.domain, named.role, named.titled) == ("std", "numref", False)
        if by_number and NAME not in str(self._env.config.numfig_format):
            return str(self._number(named.target))
        counted = named.role not in LOOKED_UP or named.role == "numref"
        found: list[Any] = [self._by_its_name(name, places, counted=counted) for name in names if name]
        if PAGES in places:
            pages = dict.fromkeys((named.target, docname_join(page, named.target)))
            found += [
                (name, name in self._env.all_docs, self._titles.get(name), self._part(name, named.place))
                for name in pages
            ]
        if named.domain not in BY_NAME:
            found.append(self._data(named.domain))
        elif named.role not in LOOKED_UP and named.domain != "math":
            found.append(self._data("std"))
        if named.role in ANYWHERE:
            found += [self._data(name) for name in sorted({*self._env.domains.keys()} - BY_NAME)]
            found.append(sorted(map(str, self._std.progoptions.items())))
        return str(found)

    def _by_its_name(self, name: str, places: tuple[str, ...], *, counted: bool) -> str:
        """Return what has a name; with the numbers that it has been given, if references of the kind show them."""
        key = (name, places, counted)
        if key not in self._by_name:
            self._by_name[key] = str(list(self._named_so(name, places, counted=counted)))
        return self._by_name[key]

    def _named_so(self, name: str, places: tuple[str, ...], *, counted: bool) -> Iterator[Any]:
        std = self._std
        if LABELS in places:
            for labels in (std.labels, std.anonlabels):
                yield labels.get(name)
                yield self._marked.get(labels[name][-1]) if name in labels else None
                if counted and name in labels:
                    yield self._counted(*labels[name][:2])
        if TERMS in places:
            yield self._marked.get(name)
            yield std.data["terms"].get(name)
            yield std.objects.get(("term", name))
        if OTHERS in places:
            yield [std.objects.get((kind, name)) for kind in std.object_types]
        if FORMULAS in places:
            yield self._formula(name)

    def _formula(self, label: str) -> tuple[Any, ...]:
        """Return the page of a formula and its number; Sphinx counts formulas by pages, too, and shows that in books without numbers."""
        env, config = self._env, self._env.config
        page, counted = env.domains.math_domain.equations.get(label, ("", 0))
        if config.math_numfig and config.numfig and page in env.toc_fignumbers:
            shown_number = (
                env.toc_fignumbers[page].get("displaymath", {}).get(nodes.make_id(f"equation-{label}"))
            )
            return page, shown_number
        return page, counted

    def _number(self, label: str) -> list[Any]:
        """Return what is shown of a label by its number; of a section without one, that is its title."""
        page, identifier, *title = self._std.labels.get(label) or self._std.anonlabels.get(label) or ("", "")
        if not page:
            return []
        target = self._target(page, identifier)
        is_shown = target is None or target.kind == "section"
        marked = [self._marked.get(one) for one in title] if is_shown else []
        return [
            page,
            identifier,
            title if is_shown else bool(title),
            *marked,
            *self._counted(page, identifier),
        ]

    def _counted(self, page: str, identifier: str) -> list[Any]:
        """Return the numbers of a place; of one of which little is known, those of its whole page."""
        env, target = self._env, self._target(page, identifier)
        figures = env.toc_fignumbers.get(page, {})
        if target is None:
            return [_in_order(env.toc_secnumbers.get(page, {})), str(figures), env.all_docs.get(page)]
        return [
            target.kind,
            numbers.section(env, page, target.ids, first=True),
            # Whether there are others on its page, of a kind that it is not of itself, is nothing to it.
            [(kind, ids[own]) for kind, ids in _in_order(figures) for own in target.ids if own in ids],
        ]

    def _target(self, page: str, identifier: str) -> Target | None:
        if page not in self._places:
            known = facts.of_page(self._env, page)
            targets = known.targets if known else ()
            self._places[page] = {own: target for target in targets for own in target.ids}
        return self._places[page].get(identifier)

    def _part(self, page: str, place: str) -> list[Any]:
        """Return what MyST finds at a place in a page: a heading by either of its names, else a label of that page."""
        if not place or page not in self._env.all_docs:
            return []
        headings = self._env.metadata[page].get("myst_slugs", {})
        by_slug = [headings[place][1:]] if place in headings else []
        by_id = [text for _, identifier, text in headings.values() if identifier == place]
        labels = self._labels_by_place.get((page, place), [])
        shown_so = (*(text for *_, text in by_slug), *by_id, *(label[-1] for _, label in labels))
        return [by_slug, by_id, labels, list(map(self._marked.get, shown_so))]

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
            texts = [text for text in (citation.formatted_entry, citation.tooltip_entry) if text]
            names = (citation.bibliography_key, citation.citation_id, citation.key)
            list_ = domain.bibliographies[citation.bibliography_key].list_
            work = str([*names, list_, citation.entry, *(repr(text.text) for text in texts)])
            # What an entry is called in its list, citations by author and year do not show.
            called = str([text.label for text in texts])
            cited = work if same_year.by_author_and_year(domain.reference_style) else work + called
            by_key.setdefault(citation.key, []).append(cited)
            by_page.setdefault(citation.bibliography_key.docname, []).append(work + called)
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
    def _seen(self) -> str:
        """What pages may see of each other apart from their texts: titles, contents, numbers, labels, works."""
        env = self._env
        lines: list[Any] = [_in_order(self._std.labels), _in_order(self._titles)]
        lines += [(name, toc.pformat()) for name, toc in _in_order(env.tocs)]
        lines += [_in_order(env.toc_secnumbers), _in_order(env.toc_fignumbers)]
        lines += [self._data(name) for name in sorted(env.domains.keys())]
        lines += [work for works in self._works_by_page.values() for work in works]
        return sha256_lines(map(str, lines))


def _in_order(mapping: Any) -> list[Any]:
    return sorted(mapping.items())
