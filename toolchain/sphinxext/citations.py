"""Each chapter may end with a list of what it cites: a bibliography of its own, to which its citations lead.

sphinxcontrib-bibtex tells entries of several bibliographies apart by prefixes of their keys. Here a chapter's prefix is
added to what its pages cite, so that authors need not write it.
"""

import ast
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinxcontrib.bibtex.citation_target import parse_citation_targets
from sphinxcontrib.bibtex.directives import BibliographyKey, BibliographyValue
from sphinxcontrib.bibtex.domain import BibtexDomain
from sphinxcontrib.bibtex.nodes import bibliography as bibliography_node

from toolchain.sphinxext.numbering import chapters

PER_CHAPTER = "toolchain_references_per_chapter"
"""Option of Sphinx: whether each chapter has a list of its own."""
CLASS = "chapter-references"
TITLE = "References"
LIST = "chapter-references-list"
ENTRY = "cited-"
"""Begins the places of entries in such a list."""
BEFORE_THE_ENTRIES = 4
CITED = ast.parse("cited")


class ChapterDomain(BibtexDomain):  # type: ignore[misc] # it is not typed
    """The domain of citations, with a bibliography for each chapter that cites something if the book wants that."""

    def env_updated(self) -> Iterable[str]:
        """Find the entries of each list; in every one, numbers and labels begin anew."""
        own = [key for key in self.bibliographies if key.id_ == LIST]
        for key in own:
            del self.bibliographies[key]
        if not self.env.config[PER_CHAPTER]:
            return list(super().env_updated())
        self.__dict__.pop("_chapters", None)
        written = dict(self.bibliographies)
        lists = {BibliographyKey(page, LIST): self._list(page) for page in self._citing_chapters()}
        citations: list[Any] = []
        for each in (written, *({key: its} for key, its in lists.items())):
            self.data["bibliographies"] = each
            super().env_updated()
            citations += self.citations
        self.data["bibliographies"] = written | lists
        self.data["citations"] = citations
        return []

    def resolve_xref(self, env: BuildEnvironment, fromdocname: str, *more: Any) -> Any:
        """Lead to the list of the chapter that cites."""
        builder, role, target, node, content = more
        if env.config[PER_CHAPTER]:
            prefix, known = self._prefix(fromdocname), {each.key for each in self.citations}
            target = ",".join(
                f"{_braced(each.pre)}{prefix if prefix + each.key in known else ''}{each.key}{_braced(each.post)}"
                for each in parse_citation_targets(target)
            )
        return super().resolve_xref(env, fromdocname, builder, role, target, node, content)

    def get_filtered_entries(self, bibliography_key: BibliographyKey) -> Iterator[tuple[str, Any]]:
        """Yield what the pages of a chapter cite, for its own list."""
        if bibliography_key.id_ != LIST:
            yield from super().get_filtered_entries(bibliography_key)
            return
        its = self.bibliographies[bibliography_key]
        cited = {key for page, key in self._cited() if self._chapters.get(page) == bibliography_key.docname}
        for entry in self.get_entries(its.bibfiles):
            if entry.key in cited:
                yield its.keyprefix + entry.key, entry

    def get_all_cited_keys(self, docnames: list[str]) -> Iterator[str]:
        """Yield the keys as they are in each list, in the order in which they are cited."""
        for ref in sorted(self.citation_refs, key=lambda each: docnames.index(each.docname)):
            for target in ref.targets:
                yield target.key
                yield self._prefix(ref.docname) + target.key

    def _list(self, page: str) -> BibliographyValue:
        files = list(self.bibdata.bibfiles)
        prefix = self._prefix(page)
        keys = [entry.key for entry in self.get_entries(files)]
        return BibliographyValue(
            line=0,
            bibfiles=files,
            style=self.env.config.bibtex_default_style,
            list_="citation",
            enumtype="arabic",
            start=1,
            labelprefix="",
            keyprefix=prefix,
            filter_=CITED,
            citation_nodes={prefix + key: nodes.citation(ids=[its]) for key, its in _ids(keys)},
            keys=[],
        )

    def _cited(self) -> set[tuple[str, str]]:
        """Return pages with what they cite."""
        return {(ref.docname, target.key) for ref in self.citation_refs for target in ref.targets}

    def _citing_chapters(self) -> list[str]:
        known = {entry.key for entry in self.get_entries(list(self.bibdata.bibfiles))}
        citing = {self._chapters.get(page) for page, key in self._cited() if key in known}
        return [page for page in dict.fromkeys(self._chapters.values()) if page in citing]

    def _prefix(self, page: str) -> str:
        return f"{self._chapters.get(page, page)}:"

    @cached_property
    def _chapters(self) -> dict[str, str]:
        """The first page of its chapter, for every page; a page of no chapter is one by itself."""
        found: dict[str, str] = {}

        def add(page: str, chapter: str) -> None:
            if page not in found and page in self.env.found_docs:
                found[page] = chapter
                for below in self.env.toctree_includes.get(page, ()):
                    add(below, chapter)

        for page, _ in chapters(self.env):
            add(page, page)
        return found | {page: page for page in sorted(self.env.found_docs) if page not in found}


def _ids(keys: list[str]) -> Iterator[tuple[str, str]]:
    """Yield a place for each key: keys may differ in what a place cannot have."""
    taken: set[str] = set()
    for key in keys:
        its = ENTRY + nodes.make_id(f"x-{key}")[2:]
        while its in taken:
            its += "-"
        taken.add(its)
        yield key, its


def is_of_chapter(entry: nodes.citation) -> bool:
    """Say whether an entry is in the list of a chapter, not in one that the author has put on a page."""
    return str(entry["ids"][0]).startswith(ENTRY)


def _braced(text: str) -> str:
    return f"{{{text}}}" if text else ""


class ChapterReferences(SphinxPostTransform):
    """Puts a chapter's list at the end of its first page; in print the pages below that one come before it."""

    default_priority = BEFORE_THE_ENTRIES

    def run(self, **_options: Any) -> None:
        """Look for the pages that have a list: the page at hand, or in print those of the whole book."""
        domain: Any = self.env.get_domain("cite")
        lists = {key.docname for key in domain.bibliographies if key.id_ == LIST}
        files = self.document.findall(addnodes.start_of_file)
        within: dict[str, nodes.Element] = {each["docname"]: each for each in files}
        within = within or {self.env.current_document.docname: self.document}
        for page in lists & within.keys():
            section = next(iter(within[page].findall(nodes.section)), within[page])
            title = nodes.rubric("", TITLE, ids=[CLASS])
            title["heading-level"] = 2
            entries = bibliography_node("", docname=page, ids=[LIST])
            section.append(nodes.container("", title, entries, classes=[CLASS], docname=page))


def setup(app: Sphinx) -> None:
    """Take the place of sphinxcontrib-bibtex's own domain."""
    app.add_config_value(PER_CHAPTER, default=False, rebuild="env", types=(bool,))
    app.add_domain(ChapterDomain, override=True)
    app.add_post_transform(ChapterReferences)
