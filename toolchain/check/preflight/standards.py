"""Preflight of the standard that a PDF keeps to, item by item."""

from collections import defaultdict
from collections.abc import Iterator

import msgspec

from toolchain.check.base import BuiltBook, Check
from toolchain.check.pdf.edition import EditionCheck
from toolchain.forms.pdf.printers import Rules, load, standard_of
from toolchain.forms.pdf.reading import conformity
from toolchain.forms.pdf.reading.conformity import OF_DEVICES, Breach
from toolchain.forms.pdf.reading.drawn import Path, SeenThrough, Text
from toolchain.forms.pdf.reading.printed import Printed
from toolchain.forms.pdf.standards import FOR_PRINTERS
from toolchain.model import Finding
from toolchain.project.sections import Standard

OF_OTHER_CHECKS = {
    "fonts": "fonts_embedded",
    "transparency": "no_transparency",
    "annotations": "no_annotations",
    "actions and JavaScript": "no_annotations",
}
"""Subjects that a printer's rule says more of: what breaks them is found once."""
OF_SCREENS = ("rgb", "lab")


class BrokenStandard(EditionCheck):
    """A PDF that is not what it says."""

    id = "PRE022"
    title = "the PDF does not keep to the standard it claims, or that its printer asks for"
    explanation = (
        "A printer, or an archive, takes a PDF for what it claims. The finished file is opened, and looked at by each "
        "clause of its standard: what it says of itself, boxes, fonts, colours, transparency, compression, annotations, "
        "scripts. The toolchain writes all that it can; what is left comes out of a picture, or of LaTeX of conf.py. Of "
        "PDF/A-2b all is looked at that veraPDF's rules have, by pikepdf; what that does not know is refused as well. "
        "Where a printer asks for a standard and the edition keeps its colours of screens, it cannot be kept: say what "
        "they become with `colours`."
    )

    def looked_at(self, built: BuiltBook) -> tuple[Printed, ...]:
        """Return the editions, and their covers."""
        return (*built.editions, *built.covers)

    def in_edition(self, built: BuiltBook, printed: Printed) -> Iterator[Finding]:
        """Yield each item that is not kept; those that are alike are one finding."""
        edition = printed.edition
        rules = load(edition.profile).rules if edition.profile else Rules()
        claimed, asked = standard_of(edition), rules.standard.value if rules.standard else None
        place = built.relative(printed.path)
        if asked and claimed != asked and not printed.cover:
            remedy = '`colours = "grey"` or `"cmyk"`' if claimed is None else f'`standard = "{asked}"`'
            yield self._about(
                f"the printer asks for {asked}",
                place,
                printed,
                f"Set {remedy} in [pdf.editions.{edition.name}].",
            )
        if claimed is None:
            return
        groups: dict[tuple[str, str], list[Breach]] = defaultdict(list)
        drawn = list(_drawn(printed, claimed))
        on_pages = {breach.subject for breach in drawn}
        in_file = (one for one in conformity.read(printed.path, claimed) if one.subject not in on_pages)
        for breach in (*in_file, *drawn):
            rule = OF_OTHER_CHECKS.get(breach.subject)
            if rule is None or getattr(rules, rule) is None:
                groups[breach.clause, breach.message].append(breach)
        for (clause, message), breaches in groups.items():
            pages = list(dict.fromkeys(printed.numbers[one.page] for one in breaches if one.page is not None))
            where = (
                f"page {pages[0]}{f' (and {len(pages) - 1} more)' if len(pages) > 1 else ''}: "
                if pages
                else ""
            )
            yield self._about(f"{where}{message}; {claimed} forbids it ({clause})", place, printed, REMEDY)

    def _about(self, message: str, place: str, printed: Printed, remedy: str) -> Finding:
        finding = self.found(message, place, remedy=remedy)
        return msgspec.structs.replace(finding, edition=printed.edition.name)


REMEDY = "Look for it in what the page shows, or build the PDF again."


def _drawn(printed: Printed, claimed: Standard) -> Iterator[Breach]:
    """Yield what is seen of it on the pages: colours of another kind than the paper's, and what is seen through."""
    keys, of_inks = FOR_PRINTERS.get(claimed), printed.edition.colours == "cmyk" or printed.cover
    foreign, words = (OF_SCREENS, "colours of screens") if keys or of_inks else (("cmyk",), "four inks")
    clause, subject = (f"{keys.part}, colour", "colour") if keys else (OF_DEVICES, OF_DEVICES)
    for page in printed.drawn:
        for mark in page.marks:
            if isinstance(mark, SeenThrough) and keys and not keys.transparent:
                yield Breach(f"{keys.part}, transparency", "transparency", mark.how, page.number)
            colours = mark.colours if isinstance(mark, Text) else ()
            colours = tuple(filter(None, (mark.fill, mark.stroke))) if isinstance(mark, Path) else colours
            if any(colour.kind in foreign for colour in colours):
                yield Breach(clause, subject, f"something is drawn in {words}", page.number)


CHECKS: tuple[Check, ...] = (BrokenStandard(),)
