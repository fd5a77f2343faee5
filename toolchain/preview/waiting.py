"""The site as it is while notebooks wait to be asked for: made beside the book's own, which stays as it was.

It goes on from what the last build has left, and shows every page as it is now. A page whose notebook waits has the outputs of
an earlier run, at the cells whose code is the same, and says so.
"""

import shutil
from collections.abc import Iterable
from pathlib import Path

import msgspec

from toolchain.base.aside import PREFIX, folder_aside
from toolchain.forms import HTML
from toolchain.messages import report
from toolchain.messages.progress import Reporter
from toolchain.model import NotebookReport, Status
from toolchain.plan import planning
from toolchain.preview.making import SITE
from toolchain.project import build_lock
from toolchain.project.settings import LOCAL, Options, Settings

GOES_ON_FROM = (
    *(HTML.folder, "doctrees", "jupyter_execute", "jupyter-cache", "outputs", "site-pages", "sphinx"),
    *("parsed.json", "stat-cache.json", "uses.json", "date.json"),
)
"""What a build of the site leaves for the next one; without any of it, that takes longer and makes the same."""


def notebooks(settings: Settings, reporter: Reporter) -> tuple[str, ...]:
    """Return the names of the notebooks that would run."""
    return tuple(planned.document.name for planned in planning.plan(settings, reporter).to_run)


def among(reports: Iterable[NotebookReport]) -> tuple[str, ...]:
    """Return the names of the notebooks that wait."""
    return tuple(notebook.name for notebook in reports if notebook.status == Status.WAITING)


def begun(settings: Settings, reporter: Reporter) -> Settings:
    """Return how the site is made meanwhile; it is begun as the last build has left everything."""
    meanwhile = Options(forms=SITE, offline=True, scheduler=LOCAL, waits=True)
    apart = msgspec.structs.replace(settings, options=meanwhile)
    if not apart.build.exists():
        with build_lock.hold(settings, reporter), folder_aside(apart.build) as folder:
            for name in GOES_ON_FROM:
                _copy(settings.build / name, folder / name)
            # It says that the site is what the last build has made, and of nothing that it need not be made.
            if last := report.read(settings.report):
                report.write(msgspec.structs.replace(last, state=""), folder / settings.report.name)
    return apart


def _copy(path: Path, to: Path) -> None:
    if path.is_dir():
        shutil.copytree(path, to, symlinks=True, ignore=shutil.ignore_patterns(f"{PREFIX}*"))
    elif path.is_file():
        shutil.copy2(path, to)
