"""The settings of a Jupyter Book, from what its two files say."""

from pathlib import Path
from typing import Any

import msgspec

from toolchain.base import misfits
from toolchain.base.errors import ConfigError
from toolchain.project import extensions, refused
from toolchain.project.book_toml import unknown_keys
from toolchain.project.jupyter_book import config, located, toc
from toolchain.project.jupyter_book.config import Translation
from toolchain.project.jupyter_book.defaults import EXTENSIONS, MYST
from toolchain.project.jupyter_book.found import CONFIG
from toolchain.project.jupyter_book.located import Problems
from toolchain.project.jupyter_book.toc import TOC
from toolchain.project.sections import PATTERNS, BookToml
from toolchain.project.settings import MYST_EXTENSIONS, Options, Settings, UnusedKey

NUMBERED = (
    "Chapters have Arabic numbers; `html: use_multitoc_numbering: false` has them begin anew in each part."
)
ENABLED = "myst_enable_extensions"
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
            "`- file: page` for each.",
        )
    contents = toc.contents(_read(project, TOC))
    extensions.require(said.extensions, project, CONFIG)
    _require_known_to_myst(said)
    toml = _toml(said)
    refused.refuse_unknown_editions(
        toml, options.editions, lambda edition: f"{CONFIG}:{_place(f'pdf.editions.{edition}', said)[1]}"
    )
    return Settings(
        project=project.resolve(),
        options=options,
        toml=toml,
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


def _toml(said: Translation) -> BookToml:
    unknown = Problems(CONFIG)
    for table, key, hint in unknown_keys(said.tables):
        name, line = _place(f"{table}.{key}" if table else key, said)
        unknown.add(line, f"unknown key `{name}:`; {hint}")
    unknown.refuse()
    try:
        return msgspec.convert(said.tables, BookToml, strict=True)
    except msgspec.ValidationError as error:
        key, sentence = misfits.said(error, BookToml, PATTERNS)
        name, line = _place(key, said)
        raise ConfigError(
            f"{CONFIG}:{line}: `{name}:` {sentence}", remedy="Correct it; nothing was run."
        ) from error


def _place(key: str, said: Translation) -> tuple[str, int]:
    """Return what the file calls a key of book.toml, and its line, or that of the nearest table around it."""
    known = key
    while known and known not in said.places:
        known = known.rpartition(".")[0]
    name, line = said.places.get(known, ("toolchain", 1))
    return f"{name}{key.removeprefix(known) if known else f'.{key}'}".replace(".", ": "), line


def _require_known_to_myst(said: Translation) -> None:
    """Raise ConfigError for names of extensions of MyST that it does not know."""
    known = {*MYST_EXTENSIONS, *MYST}
    problems = Problems(CONFIG)
    name, line = said.places.get(ENABLED, ("", 0))
    enabled = said.sphinx.get(ENABLED, ())
    if not isinstance(enabled, list | tuple) or not all(isinstance(one, str) for one in enabled):
        problems.add(line, f"`{name.replace('.', ': ')}:` is to be a list of texts")
        enabled = ()
    for extension in sorted(set(enabled) - known):
        from myst_parser.config.main import MdParserConfig  # noqa: PLC0415 - slow to import, and mostly all are known

        try:
            MdParserConfig(enable_extensions={extension})
        except ValueError:
            import difflib  # noqa: PLC0415 - as above

            nearest = difflib.get_close_matches(extension, known, n=1)
            hint = f"did you mean {nearest[0]}?" if nearest else "MyST has none of that name"
            problems.add(line, f"`{name.replace('.', ': ')}:` names {extension}; {hint}")
    problems.refuse()
