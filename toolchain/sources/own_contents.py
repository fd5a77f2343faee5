"""The lists of pages that contents of their own have, put where a page has its toctrees."""

from collections.abc import Iterator, Mapping

import msgspec

from toolchain.model import Heading, Parsed, Toctree
from toolchain.model.contents import BookContents, PageList


def with_lists(pages: Mapping[str, Parsed], contents: BookContents | None) -> dict[str, Parsed]:
    """Return the pages with the lists that the contents have for them; without such contents no place means anything."""
    lists = contents.lists if contents else {}
    return {
        name: msgspec.structs.replace(page, contents=tuple(_placed(page.contents, lists.get(name, ()))))
        if contents or any(isinstance(block, Toctree) and block.is_place for block in page.contents)
        else page
        for name, page in pages.items()
    }


def _placed(
    blocks: tuple[Heading | Toctree, ...], lists: tuple[PageList, ...]
) -> Iterator[Heading | Toctree]:
    """Yield what is on a page, with its lists where the page says, or else at the end of its last section of the first level."""
    is_put = False
    for block in blocks:
        if not (isinstance(block, Toctree) and block.is_place):
            yield block
        elif not is_put:
            is_put = True
            yield from (_toctree(listed, block.level) for listed in lists)
    if not is_put:
        level = 1 if any(isinstance(block, Heading) for block in blocks) else 0
        yield from (_toctree(listed, level) for listed in lists)


def _toctree(listed: PageList, level: int) -> Toctree:
    return Toctree(
        level=level,
        # From the book's folder: a toctree's own are seen from the page's.
        entries=tuple(
            entry.target if "://" in entry.target else f"/{entry.target}" for entry in listed.entries
        ),
        glob=any(entry.is_pattern for entry in listed.entries),
        backwards=listed.backwards,
        numbered=listed.numbered,
    )
