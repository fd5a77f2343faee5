"""The check of code that names the project by its place on this machine."""

from collections.abc import Iterator

from toolchain.check.base import ReadBook, SourceCheck
from toolchain.model import Finding


class AbsolutePath(SourceCheck):
    """Code that reads the project's own files past the copy that notebooks run in."""

    id = "SRC032"
    title = "code names a file of the project by an absolute path"
    explanation = (
        "A notebook runs in a copy of the files around it, and what it reads there is an input of its result. What it reads by "
        "an absolute path lies elsewhere: when that changes nothing runs again, and on another machine, or in the notebook "
        "that readers download, it is not there at all. Write the path as it is seen from the page; `data:` in `execution:` has "
        "other files of the project copied, too."
    )

    def findings(self, built: ReadBook) -> Iterator[Finding]:
        """Look for the project's folder in each line of code."""
        folder = str(built.settings.project)
        for document in built.book.documents:
            for cell in document.cells:
                line = next((text for text in cell.source.splitlines() if f"{folder}/" in text), None)
                if line is not None:
                    yield self.found(
                        "this cell names a file of the project by its place on this machine",
                        document.path,
                        cell.line and (built.line_of(document.path, line.strip(), cell.line) or cell.line),
                        remedy="Write the path as it is seen from the page, such as `../data/FILE`.",
                    )
