"""Each chapter may end with a list of what it cites: a bibliography of its own, to which its citations lead.

sphinxcontrib-bibtex tells entries of several bibliographies apart by prefixes of their keys. Here a chapter's prefix is
added to what its pages cite, so that authors need not write it.
"""

import ast
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Any

from docutils import nodes
from pybtex.database import Entry
from pybtex.plugin import find_plugin
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging
from sphinxcontrib.bibtex.citation_target import parse_citation_targets
from sphinxcontrib.bibtex.directives import BibliographyKey, BibliographyValue
from sphinxcontrib.bibtex.domain import BibtexDomain, get_docnames
from sphinxcontrib.bibtex.nodes import bibliography as bibliography_node

from toolchain.sphinxext import entries, entry_marks, named_bibliographies, same_year
from toolchain.sphinxext.numbering import chapters
from toolchain.sphinxext.same_citations import Kept, counted_warnings, digest_of
from toolchain.sphinxext.words import say

LOGGER = logging.getLogger(__name__)
PROBLEM = "bibliography entry %s: %s"

PER_CHAPTER = "toolchain_references_per_chapter"
"""Option of Sphinx: whether each chapter has a list of its own."""
CLASS = "chapter-references"
TITLE = "References"
LIST = "chapter-references-list"
ENTRY = "cited-"
"""Prefix of the identifiers of entries in such a list."""
BEFORE_THE_ENTRIES = 4
CITED = ast.parse("cited")
KEPT = "toolchain_kept"
"""What is kept in the data of the domain: the citations of the last build."""


class ChapterDomain(BibtexDomain):  # type: ignore[misc] # it is not typed
    """The domain of citations, with a bibliography for each chapter that cites something if the book wants that."""

    _settable: dict[tuple[str, str], Entry]
    """Entries as they can be set, by key and style."""
    _years: dict[str, str]
    """The years that have letters, by the keys of the works."""
    _labels: dict[str, dict[str, str]]
    """What entries are called in lists, by the style of the list and the keys of the works."""

    def env_updated(self) -> Iterable[str]:
        """Find the entries of each list, unless all that decides about them is as it was when nothing was wrong with any."""
        self._settable, self._years, self._labels = {}, {}, {}
        self.__dict__.pop("_chapters", None)
        written = {key: value for key, value in self.bibliographies.items() if key.id_ != LIST}
        self.data["bibliographies"] = written
        of_chapters = self._chapters if self.env.config[PER_CHAPTER] else {}
        digest = digest_of(self, get_docnames(self.env), of_chapters)
        kept: Kept | None = self.data.pop(KEPT, None)
        if kept is None or kept.digest != digest:
            with counted_warnings() as warnings:
                lists = self._find_entries(written)
            kept = Kept(digest, tuple(self.citations), lists, self._years, self._labels)
            if warnings.count:
                return []
        self._years, self._labels = kept.years, kept.labels
        self.data |= {
            KEPT: kept,
            "bibliographies": written | kept.lists,
            "citations": list(kept.citations),
        }
        return []

    def _find_entries(self, written: dict[Any, Any]) -> dict[Any, Any]:
        """Find the entries of each list; in every one, numbers begin anew. Letters of years are the same in all of them.

        Return the lists of chapters.
        """
        if not self.env.config[PER_CHAPTER]:
            self._tell_apart()
            super().env_updated()
            return {}
        lists = {BibliographyKey(page, LIST): self._chapter_list(page) for page in self._citing_chapters()}
        self.data["bibliographies"] = written | lists
        self._tell_apart()
        citations: list[Any] = []
        for bibliographies in (written, *({key: bibliography} for key, bibliography in lists.items())):
            self.data["bibliographies"] = bibliographies
            super().env_updated()
            citations += self.citations
        self.data["bibliographies"] = written | lists
        self.data["citations"] = citations
        return lists

    def resolve_xref(self, env: BuildEnvironment, fromdocname: str, *arguments: Any) -> Any:
        """Lead to the list of the chapter that cites."""
        builder, role, target, node, content = arguments
        if env.config[PER_CHAPTER]:
            prefix, keys = self.prefix(fromdocname), {citation.key for citation in self.citations}
            target = ",".join(
                f"{_braced(cited.pre)}{prefix if prefix + cited.key in keys else ''}{cited.key}{_braced(cited.post)}"
                for cited in parse_citation_targets(target)
            )
        return super().resolve_xref(env, fromdocname, builder, role, target, node, content)

    def get_filtered_entries(self, bibliography_key: BibliographyKey) -> Iterator[tuple[str, Any]]:
        """Yield what a list has, each entry so that it can be set; what is wrong with one is said."""
        is_chapters = bibliography_key.id_ == LIST
        listed = (
            self._cited_in(bibliography_key)
            if is_chapters
            else super().get_filtered_entries(bibliography_key)
        )
        style = self.bibliographies[bibliography_key].style
        for key, entry in listed:
            whole = self._whole(entry, style)
            year = self._years.get(entry.key)
            yield key, entries.copy(whole, fields={**whole.fields, "year": year}) if year else whole

    def get_formatted_entries(self, bibliography_key: BibliographyKey, *arguments: Any) -> Iterator[Any]:
        """Yield what a list has, as it is set: what an entry is called has the letter of its year."""
        bibliography = self.bibliographies[bibliography_key]
        labels = self._labels.get(bibliography.style, {})
        for entry, formatted, tooltip in super().get_formatted_entries(bibliography_key, *arguments):
            if label := labels.get(entry.key):
                formatted.label = bibliography.labelprefix + label
            yield entry, formatted, tooltip

    def prefix(self, page: str) -> str:
        """Return what the keys of what a page cites begin with in the list of its chapter; empty if chapters have none."""
        return f"{self._chapters.get(page, page)}:" if self.env.config[PER_CHAPTER] else ""

    def _whole(self, entry: Entry, style: str) -> Entry:
        """Return an entry so that it can be set; what is wrong with it is said once."""
        if (entry.key, style) not in self._settable:
            self._settable[entry.key, style], problem = entries.settable(entry, style)
            if problem:
                LOGGER.warning(PROBLEM, entry.key, problem, type="toolchain", subtype="entry")
        return self._settable[entry.key, style]

    def _tell_apart(self) -> None:
        """Give letters to the years of works that citations would not tell apart, in whatever lists they are."""
        if not same_year.by_author_and_year(self.reference_style):
            return
        pages, listed = list(get_docnames(self.env)), dict[str, Entry]()
        for bibliography_key in self.bibliographies:
            for _, entry in self.get_sorted_entries(bibliography_key, pages):
                listed.setdefault(entry.key, entry)
        for name in dict.fromkeys(bibliography.style for bibliography in self.bibliographies.values()):
            style = find_plugin("pybtex.style.formatting", name)()
            if not self._labels:
                ordered = style.sort(listed.values())
                self._years = same_year.years(ordered, self.reference_style)
            self._labels[name] = same_year.labels(ordered, self._years, style, self.reference_style)

    def _cited_in(self, bibliography_key: BibliographyKey) -> Iterator[tuple[str, Any]]:
        """Yield what the pages of a chapter cite, for its own list."""
        bibliography = self.bibliographies[bibliography_key]
        cited = {key for page, key in self._cited() if self._chapters.get(page) == bibliography_key.docname}
        for entry in self.get_entries(bibliography.bibfiles):
            if entry.key in cited:
                yield bibliography.keyprefix + entry.key, entry

    def get_all_cited_keys(self, docnames: list[str]) -> Iterator[str]:
        """Yield the keys as they are in each list, in the order in which they are cited."""
        for reference in sorted(self.citation_refs, key=lambda reference: docnames.index(reference.docname)):
            for target in reference.targets:
                yield target.key
                yield self.prefix(reference.docname) + target.key

    def _chapter_list(self, page: str) -> BibliographyValue:
        files = list(self.bibdata.bibfiles)
        prefix = self.prefix(page)
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
            citation_nodes={
                prefix + key: nodes.citation(ids=[identifier]) for key, identifier in _identifiers(keys)
            },
            keys=[],
        )

    def _cited(self) -> set[tuple[str, str]]:
        """Return pairs of a page and a key that it cites."""
        return {
            (reference.docname, target.key)
            for reference in self.citation_refs
            for target in reference.targets
        }

    def _citing_chapters(self) -> list[str]:
        keys = {entry.key for entry in self.get_entries(list(self.bibdata.bibfiles))}
        citing = {self._chapters.get(page) for page, key in self._cited() if key in keys}
        return [page for page in dict.fromkeys(self._chapters.values()) if page in citing]

    @cached_property
    def _chapters(self) -> dict[str, str]:
        """The first page of its chapter, for every page; a page of no chapter is one by itself."""
        chapter_by_page: dict[str, str] = {}

        def add(page: str, chapter: str) -> None:
            if page not in chapter_by_page and page in self.env.found_docs:
                chapter_by_page[page] = chapter
                for below in self.env.toctree_includes.get(page, ()):
                    add(below, chapter)

        for page, _ in chapters(self.env):
            add(page, page)
        return chapter_by_page | {
            page: page for page in sorted(self.env.found_docs) if page not in chapter_by_page
        }


def _identifiers(keys: list[str]) -> Iterator[tuple[str, str]]:
    """Yield each key with its own identifier: keys may differ in characters that identifiers lack."""
    taken: set[str] = set()
    for key in keys:
        identifier = ENTRY + nodes.make_id(f"x-{key}")[2:]
        while identifier in taken:
            identifier += "-"
        taken.add(identifier)
        yield key, identifier


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
        page_nodes: dict[str, nodes.Element] = {start["docname"]: start for start in files}
        page_nodes = page_nodes or {self.env.current_document.docname: self.document}
        for page in lists & page_nodes.keys():
            section = next(iter(page_nodes[page].findall(nodes.section)), page_nodes[page])
            title = nodes.rubric("", say(TITLE), ids=[CLASS])
            title["heading-level"] = 2
            listed = bibliography_node("", docname=page, ids=[LIST])
            section.append(nodes.container("", title, listed, classes=[CLASS], docname=page))


def setup(app: Sphinx) -> None:
    """Take the place of sphinxcontrib-bibtex's own domain."""
    app.add_config_value(PER_CHAPTER, default=False, rebuild="env", types=(bool,))
    app.add_domain(ChapterDomain, override=True)
    app.add_post_transform(ChapterReferences)
    entry_marks.setup(app)
    named_bibliographies.setup(app)
