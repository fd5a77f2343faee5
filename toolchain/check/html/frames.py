"""Check of the frames in the text: what somebody is told of them who does not see them."""

from collections.abc import Iterator

from toolchain.check.base import BuiltBook, Check
from toolchain.check.html.addresses import place_of
from toolchain.forms.html.reading.site import SiteLink
from toolchain.model import Finding, Severity


class UntitledFrame(Check):
    """A frame of which a screen reader can say nothing but its address."""

    id = "HTML010"
    title = "a frame has no title"
    severity = Severity.ADVICE
    needs = frozenset({"html"})
    explanation = (
        'Of a frame readers who do not see it are told its title: <iframe title="A film: how gradients flow" src="...">. '
        "Without one the site gives it the words between its marks, which print shows as well, or else its address, which "
        "says nothing. Frames that cells put out have what is known of them, and are not named here."
    )

    def findings(self, built: BuiltBook) -> Iterator[Finding]:
        """Look at those that the site has from the text."""
        for page in (f"{document.name}.html" for document in built.book.documents):
            found = built.site.pages.get(page)
            for address in found.untitled_frames if found else ():
                where = place_of(built, page, SiteLink(address, "src", own=True))
                path, line = where or (built.documents[page.removesuffix(".html")].path, None)
                yield self.found(f"this frame has no title: {address or 'without an address'}", path, line)
