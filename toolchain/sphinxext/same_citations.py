"""What lists have, and how it is set, is found again only if something has changed that decides it.

sphinxcontrib-bibtex finds it in each build, and so is told in each build what is wrong with an entry. If nothing was, the lists
of the last build are kept.
"""

import ast
import logging
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple

from sphinx.util.logging import NAMESPACE

from toolchain.base.files import sha256_lines


class Kept(NamedTuple):
    """What was found, and a digest of what decided it."""

    digest: str
    citations: tuple[Any, ...]
    lists: dict[Any, Any]
    """Those that no author has put on a page."""
    years: dict[str, str]
    labels: dict[str, dict[str, str]]


def digest_of(domain: Any, pages: Iterable[str], chapters: Mapping[str, str]) -> str:
    """Return a digest of what decides about citations: the works, the lists, what pages cite, in the order of pages.

    The time of a file is a digest of its content: `named_bibliographies` sees to that.
    """
    options = (option for option in domain.env.config if option.name.startswith("bibtex_"))
    cited: dict[str, list[str]] = {}
    for reference in domain.citation_refs:
        cited.setdefault(reference.docname, []).extend(target.key for target in reference.targets)
    lines = [
        *sorted(f"{option.name} {option.value}" for option in options),
        domain.bibdata.encoding,
        *((str(path), file.mtime, *file.keys) for path, file in domain.bibdata.bibfiles.items()),
        list(pages),
        sorted(chapters.items()),
        *(_of_list(*found) for found in domain.bibliographies.items()),
        sorted(cited.items()),
    ]
    return sha256_lines(map(str, lines))


def _of_list(key: Any, value: Any) -> list[Any]:
    files = [str(file) for file in value.bibfiles]
    identifiers = [(own, node["ids"]) for own, node in value.citation_nodes.items()]
    how = (value.style, value.list_, value.enumtype, value.start, value.labelprefix, value.keyprefix)
    return [*key, *how, files, identifiers, value.keys, ast.dump(value.filter_)]


class _Warnings(logging.Handler):
    """Counts warnings."""

    count = 0

    def emit(self, record: logging.LogRecord) -> None:
        self.count += record.levelno >= logging.WARNING


@contextmanager
def counted_warnings() -> Iterator[_Warnings]:
    """Count what Sphinx is warned of meanwhile."""
    logger, warnings = logging.getLogger(NAMESPACE), _Warnings()
    logger.addHandler(warnings)
    try:
        yield warnings
    finally:
        logger.removeHandler(warnings)
