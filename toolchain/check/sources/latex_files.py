"""The check of the LaTeX in the text: it reads no file but those that TeX is given."""

import posixpath
from collections.abc import Iterator
from pathlib import PurePosixPath

from toolchain.check.base import ReadBook, SourceCheck
from toolchain.check.sources.nearest import near
from toolchain.model import Finding


class FileOutside(SourceCheck):
    """A file that LaTeX is told to read, and that is not in the folder where TeX works."""

    id = "SRC020"
    title = "LaTeX in the text reads a file that TeX is not given"
    explanation = (
        "TeX works in a closed folder. A path that begins with / or leads upwards is refused there, so that no file of this "
        "machine is printed into the book, and the book can be printed on others. Show the file with Markdown's own means, "
        "`{literalinclude}` for code, `{include}` for text and `{figure}` for pictures; or add it to `latex_additional_files` "
        "of _config/conf.py, and name it in the LaTeX without its folders."
    )

    def findings(self, built: ReadBook) -> Iterator[Finding]:
        """Look at the files that formulas and raw LaTeX name."""
        for page in built.facts.pages.values():
            for file in page.files:
                if _leads_out(file.target):
                    yield self.found(
                        f"\\{file.role} reads {file.target}, which is outside of the folder that TeX works in",
                        page.path,
                        near(built, page.path, file.target, file.line),
                        remedy="Show the file with {figure}, {literalinclude} or {include}, or add it to "
                        "latex_additional_files of _config/conf.py and name it here without its folders.",
                    )


def _leads_out(name: str) -> bool:
    """Say whether a path, as LaTeX takes it, leads out of a folder; what `|` begins is a command."""
    path = name.strip().strip('"')
    return (
        path.startswith(("|", "~"))
        or PurePosixPath(path).is_absolute()
        or posixpath.normpath(path).split("/")[0] == ".."
    )
