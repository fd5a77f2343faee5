"""References by number call a chapter a chapter, and an appendix an appendix: Sphinx would say `Section 1` of them, too."""

from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform

from toolchain.project.words import in_language
from toolchain.sphinxext import facts, numbers, words

CHAPTER, APPENDIX = "chapter", "appendix"
"""Keys of Sphinx's option `numfig_format`, which itself knows sections only."""
OURS = {"section": "Section %s", CHAPTER: "Chapter %s", APPENDIX: "Appendix %s"}
"""What stands there if a book says nothing, before it is translated."""


class _ChapterReferences(SphinxPostTransform):
    """Gives such references the words of a chapter, before Sphinx gives them those of a section."""

    default_priority = 5
    """Sphinx resolves references at 10."""

    def run(self, **_: Any) -> None:
        for reference in self.document.findall(addnodes.pending_xref):
            is_numbered = (reference.get("refdomain"), reference.get("reftype")) == ("std", "numref")
            is_titled = reference.get("refexplicit")
            if is_numbered and not is_titled and (words := self._words(reference["reftarget"])):
                reference["refexplicit"] = True
                reference[:] = [nodes.inline("", words, classes=["xref", "std", "std-numref"])]

    def _words(self, label: str) -> str:
        """Return what stands before a chapter's number, with a place for it; nothing of anything else."""
        std = self.env.domains.standard_domain
        page, identifier, *_ = std.labels.get(label) or std.anonlabels.get(label) or ("", "")
        on_page = facts.of_page(self.env, page)
        ids = on_page.tops[0].ids if on_page and on_page.tops else ()
        if identifier not in ids:
            return ""
        number = numbers.section(self.env, page, ids, first=True)
        kind = "" if not number or "." in number else CHAPTER if number.isdecimal() else APPENDIX
        # Who has set words of their own for sections, and none for chapters, has set them for these, too.
        own = [one for one in ("section", kind) if self._is_own(one)]
        return "" if own == ["section"] else str(self.config.numfig_format.get(kind, ""))

    def _is_own(self, kind: str) -> bool:
        config = self.config
        ours = in_language(OURS.get(kind, ""), config.language or "", config[words.OWN])
        return bool(config.numfig_format.get(kind, ours) != ours)


def setup(app: Sphinx) -> None:
    """Have the words when pages are written: the numbers may change without them."""
    app.add_post_transform(_ChapterReferences)
