"""The check of the LaTeX in the text: it reads no file that is not the book's."""

import posixpath
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from toolchain.base.refusals import BUILD
from toolchain.check.base import BuiltBook, Check
from toolchain.check.sources.nearest import near
from toolchain.model import Finding

FOLDER = f"{BUILD}/latex"
"""Where the text is that LaTeX reads, relative to the project: names of files are seen from it."""


class FileOutside(Check):
    """A file that LaTeX is told to read, and that is not in the project."""

    id = "SRC020"
    title = "LaTeX in the text reads a file outside the project"
    explanation = (
        "It would be printed into the book, or the book could be printed on this machine only. Put the file into the "
        "project and show it with Markdown's own means, `{literalinclude}` for code and `{include}` for text."
    )

    def findings(self, built: BuiltBook) -> Iterator[Finding]:
        """Look at the files that formulas and raw LaTeX name."""
        for page in built.facts.pages.values():
            for file in page.files:
                if _is_outside(file.target, built.settings.project):
                    yield self.found(
                        f"\\{file.role} reads {file.target}, which is outside the project",
                        page.path,
                        near(built, page.path, file.target, file.line),
                        remedy="Put the file into the project, and show it with {literalinclude} or {include}.",
                    )


def _is_outside(name: str, project: Path) -> bool:
    """Say whether a path, as LaTeX takes it, is not below the project; what `|` begins is a command."""
    path = name.strip().strip('"')
    if path.startswith(("|", "~")):
        return True
    if PurePosixPath(path).is_absolute():
        return project not in Path(posixpath.normpath(path)).parents
    return posixpath.normpath(posixpath.join(FOLDER, path)).startswith("..")
