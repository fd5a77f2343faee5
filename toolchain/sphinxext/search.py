"""Where the theme is not ours, the search index is the one that a build from nothing writes.

Sphinx reads back words and titles of the index that it wrote last time, and forgets the index entries: after an edit of one
page those of all others were gone. And it keeps the words of a page that is gone, which then lead nowhere.
"""

from pathlib import Path

from msgspec import Struct
from sphinx.application import Sphinx
from sphinx.builders.html import StandaloneHTMLBuilder
from sphinx.search import js_index

from toolchain.base.decoding import decode_json, read_whole


class _Last(Struct):
    """What matters of the search index that Sphinx wrote last time."""

    docnames: tuple[str, ...]
    indexentries: dict[str, list[tuple[int, str, bool | int]]]


def _restore_index_entries(app: Sphinx) -> tuple[()]:
    """Take over the entries of pages that were not written from the search index of last time, which is still there."""
    builder = app.builder
    if not isinstance(builder, StandaloneHTMLBuilder) or builder.indexer is None:
        return ()
    indexer = builder.indexer
    entries_by_page = indexer._index_entries  # noqa: SLF001 - what `IndexBuilder.load` should fill
    script = read_whole(Path(builder.outdir, builder.searchindex_filename)) or b""
    last = decode_json(
        script.removeprefix(js_index.PREFIX.encode()).removesuffix(js_index.SUFFIX.encode()), _Last
    )
    if last is None:
        return ()  # Sphinx has said that it could not be loaded
    unwritten = indexer._titles.keys() - entries_by_page.keys()  # noqa: SLF001
    for entry, places in last.indexentries.items():
        for number, identifier, is_main in places:
            name = last.docnames[number] if 0 <= number < len(last.docnames) else ""
            if name in unwritten:
                entries_by_page.setdefault(name, []).append((entry, identifier, "main" if is_main else ""))
    in_order = sorted(entries_by_page.items())
    entries_by_page.clear()
    entries_by_page.update(in_order)
    return ()


def _drop_words_of_no_page(app: Sphinx) -> tuple[()]:
    """Forget the words that were on pages only that are gone, or are written without them."""
    indexer = app.builder.indexer if isinstance(app.builder, StandaloneHTMLBuilder) else None
    for mapping in (indexer._mapping, indexer._title_mapping) if indexer else ():  # noqa: SLF001
        for word in [word for word, names in mapping.items() if not names]:
            del mapping[word]
    return ()


def _know_a_page(app: Sphinx) -> tuple[()]:
    """Let the index of a book in which no page has a title know the first page: Sphinx cannot write one of no page."""
    indexer = app.builder.indexer if isinstance(app.builder, StandaloneHTMLBuilder) else None
    if indexer and not indexer._titles:  # noqa: SLF001
        first = app.config.root_doc
        indexer._titles[first], indexer._all_titles[first] = "", []  # noqa: SLF001
        indexer._filenames[first] = str(app.env.doc2path(first, base=False))  # noqa: SLF001
    return ()


def setup(app: Sphinx) -> None:
    """Come between the last page and the search index."""
    app.connect("html-collect-pages", _restore_index_entries)
    app.connect("html-collect-pages", _drop_words_of_no_page)
    app.connect("html-collect-pages", _know_a_page)
