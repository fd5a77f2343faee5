"""The web site: what Sphinx has written, without pages that are gone, and with what is offered to download."""

import re
from pathlib import Path
from typing import TYPE_CHECKING

from toolchain.base.decoding import read_whole
from toolchain.base.digests import FileDigests
from toolchain.base.files import remove
from toolchain.forms.artefacts import folder_artifact
from toolchain.forms.copies import mirror
from toolchain.forms.form import Form, Making, Opening
from toolchain.model import Artifact
from toolchain.processes.looked_up import WORK

if TYPE_CHECKING:
    from toolchain.forms.html.reading.site import Site

# What is slow to import stands in the functions that need it: commands ask a form for its name only.

NAME = "html"
BUILD_INFO = ".buildinfo"
"""In which Sphinx says what it made the site with: it is hidden, so no digest of the site covers it."""
SOUND_INFO = re.compile(rb"# Sphinx build info version 1\n.*\nconfig: [0-9a-f]+\ntags: [0-9a-f]+\n*")
KEPT = "site-pages"
"""Below _build: what the checks have taken from each page."""
DOWNLOADS = "_notebooks"
"""Folder of the site for the notebooks that it offers to download."""
PRINTED = "_pdf"
"""Folder of the site for the printed book that it offers to download."""


def _prepare(making: Making) -> None:
    """Have a site that somebody has changed made anew: Sphinx would take a page that is newer than its source for good.

    It stays until the new one takes its place: it may be what somebody looks at.
    """
    from toolchain.model.sphinx import made_with  # noqa: PLC0415 - slow to import

    settings = making.settings
    known = making.last.artefacts if making.last else ()
    site = next((artefact for artefact in known if artefact.form == NAME), None)
    folder = settings.build / NAME
    # Without a report nothing says what the site was like.
    if making.last is None or (
        site is not None and folder_artifact(NAME, folder, settings, making.digests).sha256 != site.sha256
    ):
        remove(made_with(settings.build / WORK, NAME))
    info = folder / BUILD_INFO
    if not SOUND_INFO.fullmatch(read_whole(info) or b""):
        remove(info)


def _make(making: Making) -> list[Artifact]:
    folder = making.settings.build / NAME
    seconds, output = making.runs.of(NAME)
    before = making.runs.before(NAME)
    known = (*before.documents, *before.generated) if before else ()
    for page in {*known} - {*output.documents, *output.generated}:
        (folder / f"{page}.html").unlink(missing_ok=True)
    offered: dict[str, dict[str, Path]] = {DOWNLOADS: {}, PRINTED: {}}
    for name, path in making.downloads.items():
        below, _, file = name.partition("/")
        offered.setdefault(below, {})[file] = path
    for below, files in offered.items():
        if files:
            mirror(folder / below, files, making.digests)
        else:
            remove(folder / below)
    return [folder_artifact(NAME, folder, making.settings, making.digests, seconds)]


def _open(opening: Opening) -> "Site":
    from toolchain.forms.html.reading.kept_pages import KeptPages  # noqa: PLC0415 - slow to import
    from toolchain.forms.html.reading.site import Site, SitePage, read_site  # noqa: PLC0415 - as above

    folder = next(iter(opening.paths), None)
    if folder is None:
        return Site()
    settings = opening.settings
    kept = KeptPages(settings.build / KEPT, FileDigests(settings.digests), SitePage)
    return read_site(folder, folder.relative_to(settings.project).as_posix(), kept)


HTML: Form["Site"] = Form(
    name=NAME,
    title="the web site",
    builder=NAME,
    folder=NAME,
    prepare=_prepare,
    make=_make,
    open=_open,
    entrance="index.html",
    order=2,
)
