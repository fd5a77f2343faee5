"""config.ini of d2lbook."""

import configparser
import re
from pathlib import PurePosixPath
from typing import Any

from toolchain.base.decoding import read_text
from toolchain.base.errors import ConfigError
from toolchain.importing.draft import Draft
from toolchain.importing.ledger import Place
from toolchain.project.sections import PACKAGE

FILE = "config.ini"
BECOMES = {
    "project.title": "`[book] title`",
    "project.author": "`[book] authors`",
    "project.copyright": "`[book] copyright`",
    "project.lang": "`[book] language`",
    "project.release": "`[book] edition`",
    "project.name": "`[book] slug`",
    "pdf.name": "`[book] slug`",
    "library.name": "`[library] name`",
    "build.notebooks": "which files are pages",
    "build.exclusions": "which files are no pages",
    "build.tabs": "the first tab runs, the others are shown",
    "build.default_tab": "this tab runs, the others are shown",
    "build.dependencies": "the list `_config/kernel/cpu.in`",
    "build.eval_notebook": "`[execution] execute`",
    "build.resources": "every file is taken",
    "html.favicon": "`html_favicon` in conf.py",
    "html.html_logo": "`html_logo` in conf.py",
}
OF_LIBRARY = ("lib_file", "save_filename", "version_file")


class D2lConfig:
    """What config.ini says."""

    def __init__(self, draft: Draft) -> None:
        """Read it, if there is one. Raises ConfigError, with the line, if it is not of this form."""
        self._draft = draft
        self._lines: dict[str, int] = {}
        self.values: dict[str, str] = {}
        if FILE in draft.found:
            self._read(read_text(draft.found[FILE], FILE, ConfigError))

    def _read(self, text: str) -> None:
        parser = configparser.ConfigParser(interpolation=None, strict=False)
        try:
            parser.read_string(text, FILE)
        except configparser.Error as error:
            line = getattr(error, "lineno", None) or (getattr(error, "errors", None) or [(1, "")])[0][0]
            said = str(error).partition("\n")[0]
            raise ConfigError(f"{FILE}:{line}: {said}", remedy="Correct the line named.") from error
        section = ""
        for number, line in enumerate(text.split("\n"), start=1):
            if header := re.match(r"\[([^\]]+)\]", line):
                section = header[1]
            elif key := re.match(r"([^\s#;=:][^=:]*?)\s*[=:]", line):
                self._lines[f"{section}.{key[1].lower()}"] = number
        self.values = {
            f"{section}.{key}": value.strip()
            for section in parser.sections()
            for key, value in parser[section].items()
        }

    def place(self, key: str) -> Place:
        """Return where a key stands."""
        return Place(FILE, line=self._lines.get(key, 0))

    def words(self, key: str) -> list[str]:
        """Return what a key lists, apart by commas or blanks."""
        return re.split(r"[,\s]+", value) if (value := self.values.get(key, "")) else []

    @property
    def tabs(self) -> list[str]:
        """The tabs of the book's code, the one that runs first."""
        default = self.words("build.default_tab")
        return list(dict.fromkeys((*default, *self.words("build.tabs"))))

    @property
    def library(self) -> str:
        """The name of the package of saved code; empty if there is none."""
        if name := self.values.get("library.name"):
            return name
        for key, value in self.values.items():
            section, _, name = key.partition(".")
            if section.startswith("library") and name in OF_LIBRARY:
                first = PurePosixPath(value).parts[0]
                return first.removesuffix(".py")
        return ""

    @property
    def modules(self) -> frozenset[str]:
        """The modules that the package had, one for each tab."""
        files = (
            value for key, value in self.values.items() if key.startswith("library") and key.endswith("_file")
        )
        return frozenset((*(PurePosixPath(file).stem for file in files), *self.tabs))

    def apply(self) -> None:
        """Put what it says into the project, and what has no equal into the ledger."""
        values, toml, ledger = self.values, self._draft.toml, self._draft.ledger
        self._apply_project(toml["book"])
        for key, option in (("html.favicon", "html_favicon"), ("html.html_logo", "html_logo")):
            if (value := values.get(key)) and value in self._draft.found:
                self._draft.conf.options[option] = f"../book/{value}"
        if re.fullmatch(PACKAGE, self.library):
            toml["library"] = {"name": self.library}
        if values.get("build.eval_notebook", "").lower() in ("false", "no", "0"):
            toml.setdefault("execution", {})["execute"] = "off"
        self._draft.wanted = tuple(values.get("build.dependencies", "").replace(",", " ").split())
        for key, value in values.items():
            section, _, name = key.partition(".")
            is_library = section.startswith("library") and name in OF_LIBRARY
            if became := BECOMES.get(key) or ("`[library] name`" if is_library else ""):
                ledger.key(self.place(key), f"`[{section}] {name}`", became)
            elif value:
                ledger.lose(self.place(key), f"`{name}` in [{section}] has no equal", "Leave it out.")

    def _apply_project(self, book: dict[str, Any]) -> None:
        values = self.values
        if title := values.get("project.title"):
            book["title"] = title
        if author := values.get("project.author"):
            book["authors"] = [name.strip() for name in re.split(r",|\band\b", author) if name.strip()]
        for key, ours in (("copyright", "copyright"), ("lang", "language"), ("release", "edition")):
            if value := values.get(f"project.{key}"):
                book[ours] = value
        if name := values.get("pdf.name") or values.get("project.name"):
            book["slug"] = name
