"""Checks of the notebook bundles."""

import zipfile
from collections.abc import Iterator

import nbformat

from toolchain.check.base import Check, Made
from toolchain.model import Finding


class InvalidNotebook(Check):
    """A notebook that Jupyter would refuse."""

    id = "NB001"
    title = "a notebook in a bundle is not valid"
    needs = frozenset({"notebooks"})
    explanation = (
        "nbformat's schema does not accept it. That is a defect of the toolchain: report it with the source."
    )

    def findings(self, made: Made) -> Iterator[Finding]:
        """Validate every notebook of every bundle."""
        for path in made.paths("notebooks"):
            for name, text in _notebooks(path):
                try:
                    nbformat.validate(nbformat.reads(text, as_version=4))
                except (nbformat.ValidationError, nbformat.reader.NotJSONError) as error:
                    problem = str(error).partition("\n")[0]
                    yield self.found(f"{name}: {problem}", made.relative(path))


def _notebooks(path: object) -> Iterator[tuple[str, str]]:
    with zipfile.ZipFile(str(path)) as archive:
        for name in archive.namelist():
            if name.endswith(".ipynb"):
                yield name, archive.read(name).decode()
