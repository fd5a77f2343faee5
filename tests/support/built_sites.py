"""Sites that were built, to be compared byte by byte."""

import re
from pathlib import Path


def files_of(project: Path) -> dict[str, bytes]:
    site = project / "_build" / "html"
    # A digest of Sphinx's settings, with absolute paths among them, is left out.
    paths = [path for path in site.rglob("*") if path.is_file() and not path.name.startswith(".buildinfo")]
    return {path.relative_to(site).as_posix(): comparable(path) for path in paths}


def comparable(path: Path) -> bytes:
    data = path.read_bytes()
    # MyST-NB writes its style sheet after the pages of a first build, which therefore lack the checksum in its address.
    return re.sub(rb"(mystnb\.\w+\.css)\?v=\w+", rb"\1", data)
