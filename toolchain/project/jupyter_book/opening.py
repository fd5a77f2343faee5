"""The settings of a Jupyter Book, from what its two files say."""

from pathlib import Path
from typing import Any

import msgspec

from toolchain.base import misfits
from toolchain.base.errors import ConfigError
from toolchain.project import extensions
from toolchain.project.jupyter_book import config, located, toc
from toolchain.project.jupyter_book.config import CONFIG
from toolchain.project.jupyter_book.defaults import EXTENSIONS
from toolchain.project.jupyter_book.toc import TOC
from toolchain.project.sections import PATTERNS, BookToml
from toolchain.project.settings import Options, Settings, UnusedKey

NUMBERED = (
    "Chapters have Arabic numbers; `html: use_multitoc_numbering: false` has them begin anew in each part."
)
TWICE = "Only this one counts: put both together."


def open_book(project: Path, options: Options) -> Settings:
    """Return the settings of a folder with `_config.yml` and `_toc.yml`.

    Raises ConfigError with all that is wrong in one of them, and for extensions that are not installed.
    """
    twice: list[tuple[int, str]] = []
    said = config.translation(_read(project, CONFIG, twice))
    if not (project / TOC).is_file():
        raise ConfigError(
            f"{TOC}: no such file beside {CONFIG}",
            remedy="It lists the pages of a Jupyter Book: `format: jb-book`, `root: intro`, and `chapters:` with "
            "`- file: page` for each. A project of the toolchain's own has _config/book.toml.",
        )
    contents = toc.contents(_read(project, TOC))
    extensions.require(said.extensions, project, CONFIG)
    return Settings(
        project=project.resolve(),
        options=options,
        toml=_toml(said.tables),
        layout=msgspec.structs.replace(said.layout, root=contents.root, first=f"{contents.root}.md"),
        contents=contents,
        sphinx=said.sphinx,
        extensions=(*EXTENSIONS, *(extension.module for extension in said.extensions)),
        module_folders=tuple(extension.folder for extension in said.extensions if extension.folder),
        unused=(
            *said.unused,
            *(UnusedKey(key, line, NUMBERED, path=TOC) for key, line in contents.unused.items()),
            *(UnusedKey(key, line, TWICE, known=False, twice=True) for line, key in twice),
        ),
    )


def _read(project: Path, name: str, twice: list[tuple[int, str]] | None = None) -> Any:
    try:
        return located.read(project / name, name, twice)
    except FileNotFoundError:
        return None


def _toml(tables: dict[str, Any]) -> BookToml:
    try:
        return msgspec.convert(tables, BookToml, strict=True)
    except msgspec.ValidationError as error:
        key, sentence = misfits.said(error, BookToml, PATTERNS)
        raise ConfigError(f"{CONFIG}: {key}: {sentence}", remedy="Correct the value.") from error
