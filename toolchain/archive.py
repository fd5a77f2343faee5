"""Zips with the same bytes for the same content: sorted entries, fixed times and modes."""

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from toolchain.errors import SourceError
from toolchain.files import write_atomically

EPOCH = (1980, 1, 1, 0, 0, 0)
MODE = 0o100644 << 16


def write_zip(path: Path, entries: Mapping[str, bytes]) -> None:
    """Write an archive of files by their names in it.

    Raises SourceError for a name that would land outside the folder that it is unpacked in.
    """
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name in sorted(entries):
            parts = PurePosixPath(name)
            if parts.is_absolute() or ".." in parts.parts:
                raise SourceError(f"{path.name}: {name!r} would be unpacked outside its folder")
            info = zipfile.ZipInfo(name, date_time=EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = MODE
            info.create_system = 3  # Unix, wherever it was written
            archive.writestr(info, entries[name])
    write_atomically(path, buffer.getvalue())
