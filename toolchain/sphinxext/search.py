"""The search index is the one that a build from nothing writes.

Sphinx reads back words and titles of the index that it wrote last time, and forgets the index entries: after an edit of one
page those of all others were gone. And it keeps the words of a page that is gone, which then lead nowhere.
"""

from pathlib import Path

from sphinx.application import Sphinx
from sphinx.builders.html import StandaloneHTMLBuilder
from sphinx.search import js_index


def _restore_index_entries(app: Sphinx) -> tuple[()]:
    """Take over the entries of pages that were not written from the search index of last time, which is still there."""
    builder = app.builder
    if not isinstance(builder, StandaloneHTMLBuilder) or builder.indexer is None:
        return ()
    indexer = builder.indexer
    entries_by_page = indexer._index_entries  # noqa: SLF001 - what `IndexBuilder.load` should fill
    try:
        text = Path(builder.outdir, builder.searchindex_filename).read_text(encoding="utf-8")
        last = js_index.loads(text)
        names, entries = last["docnames"], last["indexentries"]
    except (OSError, ValueError, KeyError):
        return ()  # Sphinx has said that it could not be loaded
    unwritten = indexer._titles.keys() - entries_by_page.keys()  # noqa: SLF001
    for entry, places in entries.items():
        for number, identifier, is_main in places:
            if (name := names[number]) in unwritten:
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


def setup(app: Sphinx) -> None:
    """Come between the last page and the search index."""
    app.connect("html-collect-pages", _restore_index_entries)
    app.connect("html-collect-pages", _drop_words_of_no_page)
