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
"""Seconds before progress is told."""


class LinkPlace(Struct, frozen=True, order=True):
    """Where a link stands."""

    path: str
    line: int = 0


class _ExternalCheck(Check):
    """Looks at what the links that lead out of the book have answered."""

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

    def findings(self, made: BuiltBook) -> Iterator[Finding]:
        """Say of every place what is wrong with its links."""
        for url, places, answer in _answered(made):
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

    def findings(self, made: BuiltBook) -> Iterator[Finding]:
        """Say of every place where its links have moved."""
        for url, places, answer in _answered(made):
            for place in places if answer.moved and not answer.problem else ():
                yield self.found(f"{url}: has moved to {answer.moved}", place.path, place.line or None)


def _answered(made: BuiltBook) -> Iterator[tuple[str, list[LinkPlace], Answer]]:
    known, answers = _asked(made)
    for url in sorted(known):
        yield url, known[url], answers[url]


@lru_cache(maxsize=1)
def _asked(made: BuiltBook) -> tuple[dict[str, list[LinkPlace]], dict[str, Answer]]:
    """Return where the addresses stand and what they answer; both checks look at the same."""
    from toolchain.check.external.asking import ask  # noqa: PLC0415 - slow to import, and mostly nobody is asked

    known = _places(made)
    start = time.monotonic()

    def step(done: int, total: int) -> None:
        if time.monotonic() - start > QUIET:
            made.reporter(StageStep(done=done, total=total, what="addresses asked"))

    settings = made.settings
    return known, ask(known, settings.build / CACHE, settings.toml.check.external_timeout, step)


def _places(made: BuiltBook) -> dict[str, list[LinkPlace]]:
    """Return where each address to ask for stands: in the sources, or else on the first page that has it."""
    found: dict[str, set[LinkPlace]] = {}
    home = made.settings.book.site
    for facts in made.facts.pages.values():
        for link in facts.links:
            if url := outward(link.url, home):
                found.setdefault(url, set()).add(LinkPlace(facts.path, link.line or 0))
    for name, page in made.site.pages.items():
        for address in page.addresses:
            url = outward(address.url, home) if address.attribute not in UNASKED else ""
            url = url if address.own and name.removesuffix(".html") in made.documents else _shared(url, made)
            if not url or url in found:
                continue
            where = place_of(made, name, address)
            found[url] = {
                LinkPlace(where[0], where[1] or 0) if where else LinkPlace(f"{made.site.folder}/{name}")
            }
    return {url: sorted(places) for url, places in found.items() if _may_be_asked(url, made)}


def _shared(url: str, made: BuiltBook) -> str:
    """Return what to ask for a link that the theme puts on every page: each page has its own to edit it or open it."""
    repository = made.settings.book.repository.rstrip("/")
    if repository and f"{url}/".startswith(f"{repository}/"):
        return repository
    hosts = [*launch.URLS.values(), *(each.url for each in made.settings.toml.notebooks.launch)]
    # To ask one of these would be to start a machine.
    return "" if urlsplit(url).netloc in {urlsplit(each).netloc for each in hosts} else url


def _may_be_asked(url: str, made: BuiltBook) -> bool:
    host = urlsplit(url).hostname or ""
    reserved = any(f".{host}".endswith(f".{each}") for each in RESERVED)
    ignored = any(fnmatchcase(url, each) for each in made.settings.toml.check.external_ignore)
    return not reserved and not ignored
