"""Every label with its number and title in each form, and what is wrong if they differ."""

from collections.abc import Iterator
from functools import lru_cache
from itertools import accumulate
from typing import TYPE_CHECKING

from toolchain.check.base import BuiltBook, Check
from toolchain.check.labels import notebooks, printed
from toolchain.forms.label_text import LabelText, matches, plain
from toolchain.model import Finding, Label
from toolchain.model.facts import GAP
from toolchain.project.sections import SCREEN

if TYPE_CHECKING:
    from toolchain.forms.pdf.reading.printed import Printed

SITE, PRINT = "the site", "the PDF"
ENTRY = 80
"""Letters of an entry of the bibliography that are compared, and of any text that a message shows."""
BEFORE = 3
"""Words before a difference that a message shows, too."""
OF_FORMULAS = "math:eqref"
"""The role of a reference in a formula."""
HANGING = 10
"""Letters of a formula that may reach into the next line."""


Row = tuple[Label, dict[str, LabelText | None]]
"""A label with its text in each form that has its page; None where the form lacks it."""


@lru_cache(maxsize=1)  # two checks look at the same table
def rows(built: BuiltBook) -> list[Row]:
    """Return the table of all labels."""
    bundled = _bundled(built)
    return [(label, dict(_texts_by_form(label, built, bundled))) for label in built.facts.labels if label.ids]


Bundled = dict[str, dict[str, dict[str, LabelText]]]
"""The labels' texts in notebooks, by page, archive and id."""


def _texts_by_form(
    label: Label, built: BuiltBook, bundled: Bundled
) -> Iterator[tuple[str, LabelText | None]]:
    page = built.site.pages.get(f"{label.page}.html")
    if page is not None and not page.empty:
        yield SITE, page.labels.get(label.ids[0])
    referred = _referred(label, built) if built.editions and label.kind == "equation" else frozenset()
    for edition in built.editions:
        if edition.readable and f"{label.page}::doc" in edition.labels:
            yield (
                (PRINT if edition.edition.kind == SCREEN else f"{edition.path.name}"),
                _printed_text(label, edition, referred),
            )
    if label.kind == "citation":
        yield from _bibliography_texts(label, bundled)
        return
    for archive, places in bundled.get(label.page, {}).items():
        shown = places.get(label.ids[0])
        is_heading = shown is not None and label.kind == "section"
        yield archive, notebooks.split(shown.title, label.number) if shown and is_heading else shown


def _referred(label: Label, built: BuiltBook) -> frozenset[str]:
    """Return the numbers that a formula refers to within itself."""
    references = built.facts.pages[label.page].references
    names = {one.target for one in references if one.role == OF_FORMULAS and one.line == label.line}
    return (
        frozenset(other.number for other in built.facts.labels if names.intersection(other.names))
        if names
        else frozenset()
    )


def _printed_text(label: Label, edition: "Printed", referred: frozenset[str]) -> LabelText | None:
    if label.kind == "citation":
        # Imports a reader of PDF.
        from toolchain.forms.pdf.reading.latex_labels import destination_of_citation  # noqa: PLC0415

        destination = destination_of_citation(label.page, label.ids[0])
    else:
        record = edition.labels.get(printed.name_of(label))
        destination = record.destination if record else ""
    if destination not in edition.destinations:
        return None
    # A formula of many lines and an entry of the bibliography may go on to the next page.
    text = edition.text_at(destination, pages=2 if label.kind in ("equation", "citation") else 1)
    if label.kind == "citation":
        return printed.entry(text)
    shown = printed.label_text(label, text, referred)
    # The caption of a table that lies on its side is not below its place.
    aside = label.kind == "table" and shown == LabelText()
    return printed.label_text(label, edition.page_of(destination)) if aside else shown


def _bibliography_texts(label: Label, bundled: Bundled) -> Iterator[tuple[str, LabelText]]:
    """Yield the text of an entry of the bibliography in each notebook that cites it: each has a list."""
    for page, archives in bundled.items():
        for archive, places in archives.items():
            if (shown := places.get(f"cite-{label.ids[0]}")) is not None:
                yield f"{archive} ({page})", shown


def _bundled(built: BuiltBook) -> Bundled:
    bundled: Bundled = {}
    for archive in built.archives.zips:
        for notebook in (notebook for notebook in archive.notebooks.values() if not notebook.problem):
            places = bundled.setdefault(notebook.page, {}).setdefault(archive.path.name, {})
            for cell in notebook.markdown:
                places |= notebooks.labels(cell.source)
    return bundled


class DifferentLabel(Check):
    """A label that is called one thing here and another there."""

    id = "LBL001"
    follows = frozenset({"PDF002"})
    title = "a number or title is not the same in all forms"
    explanation = (
        "Sphinx gives every section, figure, table, listing and equation a number, and the site, the PDF and the notebooks "
        "show it with its title. One of them shows another. If nobody has edited what was built, LaTeX counts otherwise "
        "than Sphinx: look for raw LaTeX that sets a counter, or for a numbered environment that Sphinx does not know."
    )

    def findings(self, built: BuiltBook) -> Iterator[Finding]:
        """Yield labels that differ from Sphinx's table, and entries of the bibliography from each other."""
        for label, forms in rows(built):
            expected = _expected(label, forms)
            if label.kind == "place" or expected is None:
                continue
            wrong = {
                form: shown for form, shown in forms.items() if shown and not _agree(label, shown, expected)
            }
            if wrong:
                differences = ", ".join(
                    f"{_quoted(shown, expected)} in {form}" for form, shown in wrong.items()
                )
                first = next(iter(wrong.values()))
                yield self.found(
                    f"{_name(label)}: {_quoted(expected, first)}, but {differences}", *_place(label, built)
                )


class LostLabel(Check):
    """A label that one of the forms does not have."""

    id = "LBL002"
    follows = frozenset({"SRC022"})
    title = "a label is not in all forms"
    explanation = (
        "A page has this label, and one of the forms made of the page does not have its place: references to it lead to "
        "nothing there. If nobody has edited what was built, its element is left out of that form."
    )

    def findings(self, built: BuiltBook) -> Iterator[Finding]:
        """Yield each label that a form with its page lacks."""
        for label, forms in rows(built):
            lacking = [form for form, shown in forms.items() if shown is None]
            # Without a number or a title there is nothing to see; links to a mere place are looked at in each form.
            if lacking and label.kind != "place" and not _is_page(label, built):
                yield self.found(f"{_name(label)} is not in {', '.join(lacking)}", *_place(label, built))


def _is_page(label: Label, built: BuiltBook) -> bool:
    """Return whether a label is a page's own heading or on the first page: other checks look at these."""
    return label.page == built.settings.layout.root or any(
        label.ids == top.ids for top in built.facts.pages[label.page].tops
    )


def _expected(label: Label, forms: dict[str, LabelText | None]) -> LabelText | None:
    if label.kind != "citation":
        return LabelText(number=label.number, title=label.title)
    return next(filter(None, forms.values()), None)


def _agree(label: Label, one: LabelText, other: LabelText) -> bool:
    if label.kind != "citation":
        return one.number == other.number and matches(other.title, one.title)
    words = min(ENTRY, *(len(plain(text.title.partition(GAP)[0])) for text in (one, other)))
    # In print an entry may stand without its label.
    same_label = not (one.number and other.number) or one.number == other.number
    # Above the first line of one there may be what hangs down from the line before it.
    begin, begins = (plain(text.title)[:words] for text in (one, other))
    return same_label and (
        begin in plain(other.title)[: words + HANGING] or begins in plain(one.title)[: words + HANGING]
    )


def _name(label: Label) -> str:
    kind = label.kind.replace("code-block", "listing")
    return f"{kind} {label.names[0]}" if label.names else f"{kind} “{_words(LabelText(title=label.title))}”"


def _quoted(text: LabelText, beside: LabelText) -> str:
    """Return what a message shows of a text: of a long one the part at which it differs from the other one."""
    if not (text.number or text.title):
        return "nothing of the kind"
    words = text.title.split()
    if text.number != beside.number or len(" ".join(words)) <= ENTRY:
        return f"“{_words(text)}”"
    letters = plain(beside.title)
    starts = accumulate(map(plain, words))
    begin = max(sum(letters.startswith(start) for start in starts) - BEFORE, 0)
    part = _words(LabelText(text.number if not begin else "", " ".join(words[begin:])))
    return f"“{'… ' if begin else ''}{part}”"


def _words(text: LabelText) -> str:
    return f"{text.number} {' '.join(text.title.replace(GAP, '…').split())[:ENTRY]}".strip()


def _place(label: Label, built: BuiltBook) -> tuple[str, int | None]:
    return built.facts.pages[label.page].path, label.line
