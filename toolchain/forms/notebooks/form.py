"""The notebooks to download: what Sphinx has written of each page, put together with its code cells."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from toolchain.base.files import remove
from toolchain.forms.artefacts import file_artifact
from toolchain.forms.form import Form, Making, Opening
from toolchain.forms.html.form import DOWNLOADS
from toolchain.model import Artifact, Book, Button, DeviceClass
from toolchain.project.settings import Settings

if TYPE_CHECKING:
    from toolchain.forms.notebooks.reading.archives import Archives

# What is slow to import stands in the functions that need it: commands ask a form for its name only.

NAME = "notebooks"
OFFERED = "Notebooks"
"""The words for what the site offers."""
TEXT = "notebooks-text"
"""Folder below _build: what Sphinx has written of each page."""


def _prepare(making: Making) -> None:
    """Remove the texts of pages that may be gone."""
    remove(making.settings.build / TEXT)


def _make(making: Making) -> list[Artifact]:
    from toolchain.environment import kernel, kernelspecs  # noqa: PLC0415 - slow to import
    from toolchain.forms.notebooks import bundles, page_notebook  # noqa: PLC0415 - as above

    settings = making.settings
    making.runs.of(NAME)
    others = (
        device
        for device in DeviceClass
        if making.kernels
        and device not in making.kernels
        and (settings.kernel_folder / f"{device}.lock").is_file()
    )
    material = page_notebook.Material(
        folder=settings.build / TEXT,
        kernels={**making.kernels, **{device: kernel.identity(settings, device) for device in others}},
        inputs=making.inputs,
        executed=making.executed,
        wheel=making.wheel,
        kernelspecs=kernelspecs.of_project(settings),
        digests=making.digests,
        tools=making.tools,
    )
    written = bundles.write(settings, making.book, material)
    return [file_artifact(NAME, path, settings, digests=making.digests) for path in written]


def _open(opening: Opening) -> "Archives":
    from toolchain.forms.notebooks.archive_layout import (  # noqa: PLC0415 - slow to import
        ALONE,
        names_of,
        pages_by_archive,
    )
    from toolchain.forms.notebooks.reading.archives import Archives  # noqa: PLC0415 - as above

    book, settings = opening.book, opening.settings
    pages = pages_by_archive(book.documents, settings.book.slug)
    return Archives(list(opening.paths), settings.build / ALONE, names_of(book.documents), pages)


def _buttons(book: Book, settings: Settings) -> Mapping[str, tuple[Button, ...]]:
    from toolchain.forms.notebooks import launch  # noqa: PLC0415 - slow to import
    from toolchain.forms.notebooks.archive_layout import names_of  # noqa: PLC0415 - as above

    return launch.buttons(book, names_of(book.documents), settings)


def _notes(settings: Settings) -> tuple[str, ...]:
    from toolchain.forms.notebooks import launch  # noqa: PLC0415 - slow to import

    return launch.notes(settings)


def _downloads(settings: Settings) -> Mapping[str, Path]:
    from toolchain.forms.notebooks import bundles  # noqa: PLC0415 - slow to import

    return bundles.for_site(settings)


def _offers(settings: Settings) -> Mapping[str, str]:
    return {OFFERED: f"{DOWNLOADS}/{settings.book.slug}.zip"}


NOTEBOOKS: Form["Archives"] = Form(
    name=NAME,
    title="archives to download",
    builder=NAME,
    folder=TEXT,
    prepare=_prepare,
    make=_make,
    open=_open,
    buttons=_buttons,
    downloads=_downloads,
    offers=_offers,
    notes=_notes,
)
