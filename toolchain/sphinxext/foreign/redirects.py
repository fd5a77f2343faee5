"""Redirections of sphinxext-rediraffe: those of the last build are taken away, or one that is named no more would stay."""

from pathlib import Path, PurePosixPath

from sphinx.application import Sphinx
from sphinx.builders.html import StandaloneHTMLBuilder

from toolchain.base.decoding import decode_json, read_loosely

EXTENSION = "sphinxext.rediraffe"
RECORD = "_rediraffe_redirected.json"


def _take_away(app: Sphinx) -> None:
    if EXTENSION not in app.extensions or not isinstance(app.builder, StandaloneHTMLBuilder):
        return
    record = Path(app.outdir, RECORD)
    if not record.is_file():
        return
    for name in decode_json(read_loosely(record), dict[str, str]) or {}:
        page = PurePosixPath(name)
        if not page.is_absolute() and ".." not in page.parts:
            Path(app.outdir, page.with_suffix(".html")).unlink(missing_ok=True)
    record.unlink()


def setup(app: Sphinx) -> None:
    """Look before anything is written."""
    app.connect("builder-inited", _take_away)
