"""Every label with its number and title in each form, and what is wrong if they differ."""

from collections.abc import Iterator
from functools import lru_cache

from toolchain.check.base import BuiltBook, Check
from toolchain.check.labels import notebooks, printed
from toolchain.forms.label_text import LabelText, plain
from toolchain.forms.pdf.reading.printed import Printed
from toolchain.model import Finding, Label
from toolchain.project.sections import SCREEN
from toolchain.sources.toctree import ROOT

SITE, PRINT = "the site", "the PDF"
ENTRY = 80
"""Letters of an entry of the bibliography that are compared."""


Row = tuple[Label, dict[str, LabelText | None]]
"""A label with what each form that has its page calls it; None where the form lacks it."""


@lru_cache(maxsize=1)  # two checks look at the same table
def rows(made: BuiltBook) -> list[Row]:
    """Return the table of all labels."""
    bundled = _bundled(made)
    return [(label, dict(_forms(label, made, bundled))) for label in made.facts.labels if label.ids]


Bundled = dict[str, dict[str, dict[str, LabelText]]]
"""What notebooks call their places, by page and archive."""


def _forms(label: Label, made: BuiltBook, bundled: Bundled) -> Iterator[tuple[str, LabelText | None]]:
    page = made.site.pages.get(f"{label.page}.html")
    if page is not None and not page.empty:
        yield SITE, page.labels.get(label.ids[0])
    for edition in made.editions:
        if edition.readable and f"{label.page}::doc" in edition.labels:
            yield (
                (PRINT if edition.edition.kind == SCREEN else f"{edition.path.name}"),
                _printed(label, edition),
            )
    if label.kind == "citation":
        yield from _cited(label, bundled)
        return
    for archive, places in bundled.get(label.page, {}).items():
        found = places.get(label.ids[0])
        is_heading = found is not None and label.kind == "section"
        yield archive, notebooks.split(found.title, label.number) if found and is_heading else found


def _printed(label: Label, book: Printed) -> LabelText | None:
    if label.kind == "citation":
        destination = f"cite.{label.page}:{label.ids[0]}"
    else:
        found = book.labels.get(printed.name_of(label))
        destination = found.destination if found else ""
    if destination not in book.destinations:
        return None
    # A formula of many lines and an entry of the bibliography may go on to the next page.
    text = book.text_at(destination, pages=2 if label.kind in ("equation", "citation") else 1)
    if label.kind == "citation":
        return printed.entry(text)
    called = printed.called(label, text)
    # The caption of a table that lies on its side is not below its place.
    aside = label.kind == "table" and called == LabelText()
    return printed.called(label, book.page_of(destination)) if aside else called


def _cited(label: Label, bundled: Bundled) -> Iterator[tuple[str, LabelText]]:
    """Yield an entry of the bibliography as the notebooks that cite it have it: each has its own list."""
    for page, archives in bundled.items():
        for archive, places in archives.items():
            if (found := places.get(f"cite-{label.ids[0]}")) is not None:
                yield f"{archive} ({page})", found


def _bundled(made: BuiltBook) -> Bundled:
    found: Bundled = {}
    for archive in made.archives.zips:
        for notebook in (each for each in archive.notebooks.values() if not each.problem):
            places = found.setdefault(notebook.page, {}).setdefault(archive.path.name, {})
            for cell in notebook.markdown:
                places |= notebooks.labels(cell.source)
    return found


class DifferentLabel(Check):
    """A label that is called one thing here and another there."""

    id = "LBL001"
    title = "a number or title is not the same in all forms"
    explanation = (
        "Sphinx gives every section, figure, table, listing and equation a number, and the site, the PDF and the notebooks "
        "show it with its title. One of them shows another. If nobody has edited what was built, LaTeX counts otherwise "
        "than Sphinx: look for raw LaTeX that sets a counter, or for a numbered environment that Sphinx does not know."
    )

    def findings(self, made: BuiltBook) -> Iterator[Finding]:
        """Compare every form with Sphinx's own table, and entries of the bibliography with each other."""
        for label, forms in rows(made):
            expected = _expected(label, forms)
            if label.kind == "place" or expected is None:
                continue
            wrong = {form: each for form, each in forms.items() if each and not _same(label, each, expected)}
            if wrong:
                said = ", ".join(f"{_quoted(each)} in {form}" for form, each in wrong.items())
                yield self.found(f"{_name(label)}: {_quoted(expected)}, but {said}", *_place(label, made))


class LostLabel(Check):
    """A label that one of the forms does not have."""

    id = "LBL002"
    title = "a label is not in all forms"
    explanation = (
        "A page has this label, and one of the forms made of the page does not have its place: references to it lead to "
        "nothing there. If nobody has edited what was built, its element is left out of that form."
    )

    def findings(self, made: BuiltBook) -> Iterator[Finding]:
        """Look for every label in every form that has its page."""
        for label, forms in rows(made):
            lacking = [form for form, each in forms.items() if each is None]
            # Without a number or a title there is nothing to see; links to a mere place are looked at in each form.
            if lacking and label.kind != "place" and not _is_page(label, made):
                yield self.found(f"{_name(label)} is not in {', '.join(lacking)}", *_place(label, made))


def _is_page(label: Label, made: BuiltBook) -> bool:
    """Say whether a label is a page's own heading: pages have checks of their own, and the first one is a title page."""
    return label.page == ROOT or any(label.ids == top.ids for top in made.facts.pages[label.page].tops)


def _expected(label: Label, forms: dict[str, LabelText | None]) -> LabelText | None:
    if label.kind != "citation":
        return LabelText(number=label.number, title=label.title)
    return next(filter(None, forms.values()), None)


def _same(label: Label, one: LabelText, other: LabelText) -> bool:
    if label.kind != "citation":
        return one.number == other.number and plain(one.title) == plain(other.title)
    words = min(ENTRY, len(plain(one.title)), len(plain(other.title)))
    # In print an entry may stand without its label.
    same_label = not (one.number and other.number) or one.number == other.number
    return same_label and plain(one.title)[:words] == plain(other.title)[:words] != ""


def _name(label: Label) -> str:
    kind = label.kind.replace("code-block", "listing")
    return f"{kind} {label.names[0]}" if label.names else f"{kind} “{_said(LabelText(title=label.title))}”"


def _quoted(called: LabelText) -> str:
    return f"“{_said(called)}”" if called.number or called.title else "nothing of the kind"


def _said(shown: LabelText) -> str:
    return f"{shown.number} {' '.join(shown.title.split())[:ENTRY]}".strip()


def _place(label: Label, made: BuiltBook) -> tuple[str, int | None]:
    return made.facts.pages[label.page].path, label.line
