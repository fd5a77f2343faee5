"""What a form needs of the system: names, which cost nothing to know, and whether they are there."""

from pathlib import Path

from msgspec import Struct

# What is slow to import stands where it is needed: commands ask a form for its name only.


class Requirement(Struct, frozen=True):
    """Something that the system has to have."""

    name: str
    package: str
    """Debian's package of it."""
    file: str = ""
    """A file that TeX has to find, where it is no program."""
    font: str = ""
    """A font's file name."""
    library: str = ""
    """A shared library's file name."""
    server: bool = False
    """Whether it is a server that tests start, as root. Where there is systemd, which would start it, too, and for good,
    it is not asked for."""
    optional: bool = False
    """Whether everything works without it, but something less well; what that is `diagnose` says. Linux only has such."""

    def missing(self) -> bool:
        """Say whether this machine lacks it."""
        import shutil  # noqa: PLC0415 - as said

        if self.file:
            return not _tex_finds(self.file)
        if self.font:
            return not _finds_font(self.font)
        if self.library:
            return not _loads(self.library)
        return shutil.which(self.name) is None


BUBBLEWRAP = Requirement("bwrap", "bubblewrap", optional=True)
"""Keeps the programs of the printed book in a room of their own."""


def _tex_finds(file: str) -> bool:
    import shutil  # noqa: PLC0415 - as said

    from toolchain.processes import programs  # noqa: PLC0415 - as said

    program = shutil.which("kpsewhich")
    if program is None:
        return False
    return programs.run([program, file]).returncode == 0


def _finds_font(name: str) -> bool:
    from toolchain.environment import typesetting  # noqa: PLC0415 - as said

    folders = (Path(folder).expanduser() for folder in typesetting.FONT_FOLDERS)
    return any(next(folder.rglob(name), None) for folder in folders if folder.is_dir())


def _loads(library: str) -> bool:
    """Let the system's loader look: it knows folders that no list has."""
    import ctypes  # noqa: PLC0415 - as said

    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True
