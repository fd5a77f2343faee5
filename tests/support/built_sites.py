"""Sites that were built, to be compared byte by byte."""

from pathlib import Path


def files_of(project: Path) -> dict[str, bytes]:
    site = project / "_build" / "html"
    # A digest of Sphinx's settings, with absolute paths among them, is left out.
    paths = [path for path in site.rglob("*") if path.is_file() and not path.name.startswith(".buildinfo")]
    return {path.relative_to(site).as_posix(): path.read_bytes() for path in paths}
