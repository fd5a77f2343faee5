"""What the programs of the printed book reach on this machine: TeX's trees, fonts, and variables that are about them."""

import os
import re
import shutil
from functools import cache
from pathlib import Path

from toolchain.processes import closed_room, programs
from toolchain.processes.closed_room import Kind, Room

TEX = "xelatex"
RECORDS = (".aux", ".log", ".pdf")
"""Ends of the names of what setting an edition leaves beside its text, for others to read."""
PROGRAMS = (
    *("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/opt/texlive", "/opt/homebrew"),
    *("/nix/store", "/gnu/store", "/run/current-system", "/home/linuxbrew/.linuxbrew"),
)
"""Where systems keep programs with their libraries and data."""
SETTINGS = (
    *(
        "/etc/alternatives",
        "/etc/ld.so.cache",
        "/etc/fonts",
        "/etc/texmf",
        "/etc/ghostscript",
        "/etc/papersize",
    ),
    *("/etc/libpaper.d", "/etc/localtime", "/var/lib/texmf", "/var/lib/ghostscript", "/var/cache/fontconfig"),
)
FONT_FOLDERS = (
    "/usr/share/fonts",
    "/usr/local/share/fonts",
    "/Library/Fonts",
    "~/.fonts",
    "~/.local/share/fonts",
)
OF_FONTCONFIG = (
    *("~/.fonts.conf", "~/.config/fontconfig", "~/.cache/fontconfig", "$FONTCONFIG_FILE", "$FONTCONFIG_PATH"),
    *("$XDG_CONFIG_HOME/fontconfig", "$XDG_CACHE_HOME/fontconfig", "$XDG_DATA_HOME/fonts"),
)
FONT_VARIABLES = (
    *("PATH", "HOME", "LD_LIBRARY_PATH", "FONTCONFIG_FILE", "FONTCONFIG_PATH", "FONTCONFIG_SYSROOT"),
    *("XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_DIRS", "XDG_DATA_HOME"),
)
"""Whatever says where programs and fonts are; of the person's other variables none is seen in the room."""
TREE_VARIABLES = (
    *("TEXINPUTS", "BIBINPUTS", "BSTINPUTS", "OPENTYPEFONTS", "TTFONTS", "OSFONTDIR"),
    *("TEXMFHOME", "TEXMFLOCAL", "TEXMFCONFIG", "TEXMFVAR", "TEXMFCNF"),
)
"""What people set to have TeX find files of their own."""
LIBRARY = re.compile(r"^\s+(?:\S+ => )?(/\S+) \(0x", re.MULTILINE)
"""In what `ldd` says: a shared library."""
RULES = {"openin_any": "p", "openout_any": "p", "shell_escape": "f", "shell_escape_commands": ""}
"""TeX runs no command, and reads and writes only what is below its own folder, or found in its trees."""


def room(*readable: Path, writable: tuple[Path, ...], tried_with: str = TEX) -> Room:
    """Return the room of programs of the printed book that read and write these folders and files."""
    return Room(machine=machine(), readable=readable, writable=writable, tried_with=tried_with)


def kind() -> Kind:
    """Return the kind of room that TeX runs in here."""
    return closed_room.strongest(machine(), TEX)


def variables(**more: str) -> dict[str, str]:
    """Return the environment of these programs: ours, but for what of the person's says where things are."""
    kept = (*FONT_VARIABLES, *TREE_VARIABLES)
    return closed_room.variables(kept, os.environ, **programs.ONE_LANGUAGE, **RULES, **more)


@cache
def machine() -> tuple[Path, ...]:
    """Return all of this machine that such programs may need. It is looked up once, which takes a moment."""
    named = (*PROGRAMS, *SETTINGS, *FONT_FOLDERS, *OF_FONTCONFIG)
    paths = [Path(os.path.expandvars(name)).expanduser() for name in named]
    found = (*_trees(), *dict.fromkeys(font.parent for font in _fonts()))
    paths += (path for path in found if not _holds_too_much(path))
    return tuple(dict.fromkeys(path for path in paths if path.exists()))


@cache
def registers() -> tuple[Path, ...]:
    """Return what looks other once a package of TeX or a font was installed: lists of what trees have, folders and fonts."""
    lists = [Path(line) for line in _answer(["kpsewhich", "-all", "ls-R"]).splitlines()]
    home = _folders_in([_answer(["kpsewhich", "-var-value=TEXMFHOME"])])
    below = (Path(folder) for tree in home if not _holds_too_much(tree) for folder, _, _ in os.walk(tree))
    named = _folders_in([os.environ.get(name, "") for name in TREE_VARIABLES])
    around = (above for font in _fonts() for above in (font.parent, font.parent.parent, font))
    return tuple(dict.fromkeys((*lists, *below, *named, *around)))


@cache
def libraries(programs: tuple[Path, ...]) -> tuple[Path, ...]:
    """Return the shared libraries that programs load, as the system's loader says; none where nothing tells."""
    return tuple(dict.fromkeys(map(Path, LIBRARY.findall(_answer(["ldd", *map(str, programs)])))))


@cache
def found_by_tex(name: str) -> Path | None:
    """Return the file that TeX finds by a name; None if there is none."""
    answer = _answer(["kpsewhich", name])
    return Path(answer) if answer else None


def _trees() -> list[Path]:
    """Return TeX's trees, its own and the person's, and the folders in variables of theirs."""
    answers = [
        _answer(["kpsewhich", option])
        for option in ("-expand-path=$TEXMF:$TEXMFCNF", "-var-value=SELFAUTOPARENT", "-var-value=TEXMFROOT")
    ]
    return _folders_in([*answers, *(os.environ.get(name, "") for name in TREE_VARIABLES)])


def _folders_in(searched: list[str]) -> list[Path]:
    """Return the folders of paths as TeX searches them."""
    folders = (
        folder.removeprefix("!!").rstrip("/") for answer in searched for folder in answer.split(os.pathsep)
    )
    return [path for folder in folders if (path := Path(folder).expanduser()).is_absolute()]


@cache
def _fonts() -> tuple[Path, ...]:
    """Return all fonts that programs find here."""
    return tuple(Path(file) for file in _answer(["fc-list", "--format", "%{file}\n"]).splitlines())


def _answer(command: list[str]) -> str:
    """Return what a program says; nothing if it is not there."""
    return programs.run(command).stdout.strip() if shutil.which(command[0]) else ""


def _holds_too_much(folder: Path) -> bool:
    """Say whether a folder holds all that a person has, as `/` does, or the home of somebody with fonts right in it."""
    return folder == Path("/") or folder in (Path.home(), *Path.home().parents)
