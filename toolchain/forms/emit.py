"""The forms that come from Sphinx: the site, the printed book, and the text of the notebooks."""

import shutil
from collections.abc import Mapping
from pathlib import Path

from toolchain.base.files import files_below, sha256_file, sha256_lines
from toolchain.forms.notebooks.launch import FOLDER
from toolchain.forms.pdf.postprocess import finish
from toolchain.forms.pdf.typeset import Typesetter
from toolchain.forms.sphinx_runs import SphinxRuns
from toolchain.model import Artifact
from toolchain.model.sphinx import read_output
from toolchain.project.settings import Settings

BUILDERS = {"notebooks": ("notebooks", "notebooks-text"), "html": ("html", "html"), "pdf": ("latex", "latex")}
"""Sphinx's builder for each form and the folder below _build that it writes to, in the order in which they run."""


class Emitter:
    """Makes the forms of what Sphinx writes."""

    def __init__(self, settings: Settings, runs: SphinxRuns, typesetter: Typesetter) -> None:
        """Nothing is made yet."""
        self.settings = settings
        self._runs = runs
        self._typesetter = typesetter
        self._pages: tuple[str, ...] = ()

    def write(self, known: Artifact | None = None) -> None:
        """Let Sphinx write every form that is wanted; `known` is the site that the last build made."""
        build = self.settings.build
        if (
            known is not None
            and folder_artifact("html", build / "html", self.settings).sha256 != known.sha256
        ):
            # Somebody has changed the site; Sphinx would take a page that is newer than its source for good.
            shutil.rmtree(build / "html", ignore_errors=True)
        shutil.rmtree(self.notebooks_text, ignore_errors=True)
        before = read_output(build / "sphinx" / "html.json")
        self._pages = before.documents if before else ()
        wanted = [its for form, its in BUILDERS.items() if form in self.settings.forms]
        self._runs.run({builder: build / folder for builder, folder in wanted})

    def html(self, more: Mapping[str, Path] | None = None) -> Artifact:
        """Finish the site in _build/html.

        `more` are files that its pages offer to download, by their paths in the site.
        """
        out = self.settings.build / "html"
        seconds, after = self._runs.of("html")
        for page in set(self._pages) - set(after.documents):
            (out / f"{page}.html").unlink(missing_ok=True)
        shutil.rmtree(out / FOLDER, ignore_errors=True)
        for name, path in (more or {}).items():
            (out / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, out / name)
        return folder_artifact("html", out, self.settings, seconds)

    def pdf(self) -> list[Artifact]:
        """Make the printed book in _build/pdf, in each of its editions."""
        settings = self.settings
        latex, made = settings.build / "latex", settings.build / "pdf"
        seconds, _ = self._runs.of("latex")
        made.mkdir(parents=True, exist_ok=True)
        artefacts = []
        for edition, its_seconds in self._typesetter.editions(latex):
            target = made / edition.file
            limit = settings.toml.pdf.timeout
            finish(latex / f"{edition.stem}.pdf", target, edition, settings.build / "sphinx", limit=limit)
            artefacts.append(file_artifact("pdf", target, settings, seconds + its_seconds))
            seconds = 0.0  # what all editions share is counted once
        # Editions that are no longer wanted, and contact sheets of what was printed before.
        current = {each.file for each in settings.all_editions}
        for path in made.glob(f"{settings.book.slug}*.pdf"):
            if path.name not in current:
                path.unlink()
        return artefacts

    def notebooks(self) -> Path:
        """Return the folder that the text of every page for the notebooks is in."""
        self._runs.of("notebooks")
        return self.notebooks_text

    @property
    def notebooks_text(self) -> Path:
        """Where it is written."""
        return self.settings.build / BUILDERS["notebooks"][1]


def file_artifact(form: str, path: Path, settings: Settings, seconds: float = 0.0) -> Artifact:
    """Describe a file that was made."""
    return Artifact(
        form=form,
        path=_relative(path, settings),
        bytes=path.stat().st_size,
        sha256=sha256_file(path),
        seconds=round(seconds, 3),
    )


def folder_artifact(form: str, folder: Path, settings: Settings, seconds: float = 0.0) -> Artifact:
    """Describe a folder that was made."""
    files = list(files_below(folder))
    return Artifact(
        form=form,
        path=_relative(folder, settings),
        bytes=sum(path.stat().st_size for path in files),
        sha256=sha256_lines(f"{sha256_file(path)} {path.relative_to(folder).as_posix()}" for path in files),
        files=len(files),
        seconds=round(seconds, 3),
    )


def _relative(path: Path, settings: Settings) -> str:
    return path.relative_to(settings.project).as_posix()
