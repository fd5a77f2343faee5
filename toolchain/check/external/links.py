"""Checks of the links that lead out of the book: only when asked, for they ask other people's machines."""

import time
from collections.abc import Iterator
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import ClassVar
from urllib.parse import urlsplit

from msgspec import Struct

from toolchain.check.base import EXTERNAL, BuiltBook, Check
from toolchain.check.external.answer import Answer
from toolchain.check.html.addresses import outward, place_of
from toolchain.forms.notebooks import launch
from toolchain.messages.progress import StageStep
from toolchain.model import Finding, Severity

CACHE = "links.json"
RESERVED = ("example.com", "example.net", "example.org", "example", "invalid", "test")
"""Domains that RFC 2606 keeps for examples: nobody is there to be asked."""
UNASKED = frozenset({"action", "formaction"})
"""A form leads nowhere before somebody has filled it in."""
QUIET = 2.0
"""Seconds before progress is reported."""


class LinkPlace(Struct, frozen=True, order=True):
    """Where a link stands."""

    path: str
    line: int = 0


class _ExternalCheck(Check):
    """Looks at the answers of the links that lead out of the book."""

    needs: ClassVar[frozenset[str]] = frozenset({EXTERNAL})


class DeadExternalLink(_ExternalCheck):
    """A link to somewhere else that does not answer."""

    id = "LINK001"
    title = "a link that leads out of the book does not answer"
    explanation = (
        "What the link leads to is gone, has no such place in it, or does not answer. Look for its new address, or for "
        "a copy in an archive. The check is made with --external only. Good answers are kept for a week in "
        f"_build/{CACHE}; addresses that refuse programs, or are not to be asked, belong in `external_ignore` of [check]."
    )

    def findings(self, built: BuiltBook) -> Iterator[Finding]:
        """Yield each place of a link that does not answer."""
        for url, places, answer in _links_with_answers(built):
            remedy = "It may open in a browser: then name it in external_ignore." if answer.refused else ""
            for place in places if answer.problem else ():
                yield self.found(f"{url}: {answer.problem}", place.path, place.line or None, remedy)


class MovedLink(_ExternalCheck):
    """A link whose target says that it has gone elsewhere for good."""

    id = "LINK002"
    title = "a link leads to what has moved for good"
    severity = Severity.ADVICE
    explanation = (
        "The site answers with a permanent redirect. Write the new address: the old one will be forgotten some day. "
        "The check is made with --external only."
    )

    def findings(self, built: BuiltBook) -> Iterator[Finding]:
        """Yield each place of a link that has moved for good."""
        for url, places, answer in _links_with_answers(built):
            for place in places if answer.moved and not answer.problem else ():
                yield self.found(f"{url}: has moved to {answer.moved}", place.path, place.line or None)


def _links_with_answers(built: BuiltBook) -> Iterator[tuple[str, list[LinkPlace], Answer]]:
    places, answers = _places_and_answers(built)
    for url in sorted(places):
        yield url, places[url], answers[url]


@lru_cache(maxsize=1)
def _places_and_answers(built: BuiltBook) -> tuple[dict[str, list[LinkPlace]], dict[str, Answer]]:
    """Return the places and the answers by address; cached, since both checks need them."""
    from toolchain.check.external.asking import ask  # noqa: PLC0415 - slow to import, and mostly nobody is asked

    places = _places(built)
    start = time.monotonic()

    def step(answered: int, total: int) -> None:
        if time.monotonic() - start > QUIET:
            built.reporter(StageStep(done=answered, total=total, what="addresses asked"))

    settings = built.settings
    return places, ask(places, settings.build / CACHE, settings.toml.check.external_timeout, step)


def _places(built: BuiltBook) -> dict[str, list[LinkPlace]]:
    """Return the places of each address to ask for: in the sources, or else on the first page that has it."""
    places_by_url: dict[str, set[LinkPlace]] = {}
    home = built.settings.book.site
    for facts in built.facts.pages.values():
        for link in facts.links:
            if url := outward(link.url, home):
                places_by_url.setdefault(url, set()).add(LinkPlace(facts.path, link.line or 0))
    for name, page in built.site.pages.items():
        for address in page.addresses:
            url = outward(address.url, home) if address.attribute not in UNASKED else ""
            url = (
                url
                if address.own and name.removesuffix(".html") in built.documents
                else _shared_address(url, built)
            )
            if not url or url in places_by_url:
                continue
            where = place_of(built, name, address)
            places_by_url[url] = {
                LinkPlace(where[0], where[1] or 0) if where else LinkPlace(f"{built.site.folder}/{name}")
            }
    return {url: sorted(places) for url, places in places_by_url.items() if _may_be_asked(url, built)}


def _shared_address(url: str, built: BuiltBook) -> str:
    """Return the address to ask for in place of a link that the theme puts on every page.

    Each page has its own link to edit or open it. Returns the repository for those that lead into it, and nothing
    for services that would start a machine.
    """
    repository = built.settings.book.repository.rstrip("/")
    if repository and f"{url}/".startswith(f"{repository}/"):
        return repository
    hosts = [*launch.URLS.values(), *(service.url for service in built.settings.toml.notebooks.launch)]
    # To ask one of these would be to start a machine.
    return "" if urlsplit(url).netloc in {urlsplit(host).netloc for host in hosts} else url


def _may_be_asked(url: str, built: BuiltBook) -> bool:
    host = urlsplit(url).hostname or ""
    reserved = any(f".{host}".endswith(f".{domain}") for domain in RESERVED)
    ignored = any(fnmatchcase(url, pattern) for pattern in built.settings.toml.check.external_ignore)
    return not reserved and not ignored
