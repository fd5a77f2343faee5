"""The table of Jupyter Book's keys in the book, written from the toolchain's own: `python tests/support/jupyter_book_keys.py`."""

import textwrap
from collections.abc import Iterable, Iterator

from toolchain.project.jupyter_book.keys import KEYS, OPTIONS, THEME, Key, State

WIDTH = 96
OF_STATE = {State.ALWAYS: "always so", State.NOTHING: "no effect"}


def rows(keys: Iterable[Key]) -> Iterator[str]:
    """Yield the lines of the rows."""
    for key in keys:
        yield f"* - `{key.name}`"
        yield from textwrap.wrap(
            _words(key), WIDTH, initial_indent="  - ", subsequent_indent="    ", break_on_hyphens=False
        )


def _words(key: Key) -> str:
    table, _, name = key.to.partition(".")
    of_sphinx = f"`{name}` of the theme" if table == THEME else f"`{key.to}` of Sphinx"
    place = {State.OURS: f"`[{table}] {name}`", State.SPHINX: of_sphinx}.get(key.state, "")
    said = place if key.to else OF_STATE.get(key.state, "")
    return ": ".join(filter(None, (said, key.remark)))


if __name__ == "__main__":
    print("\n".join(rows(KEYS)), "\n".join(rows(OPTIONS)), sep="\n\n")  # noqa: T201
