"""Sphinx by itself: started by a person, by sphinx-autobuild or by Read the Docs, and not by the toolchain.

It then asks the toolchain, in a process of its own, for what a build gives it: which results fit the code as it is, and the
jupyter-cache with them. From there on it is the run that a build makes.
"""

import os
import sys
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.errors import ConfigError
from sphinx.util import logging

from toolchain.base.decoding import read_whole
from toolchain.model.sphinx import BY_ITSELF, VARIABLE, current
from toolchain.processes import programs
from toolchain.project import git
from toolchain.sphinxext import parallel
from toolchain.sphinxext.configuration import project_of

TOOLS = "toolchain_tools"
"""Option of Sphinx: a digest of what makes pages. When it changes, every page is read anew, as in a build."""
PICTURES = "jupyter_execute"
AFTER_MYST_NB = 600

LOGGER = logging.getLogger(__name__)
_given = ""
"""The file that this process was given by itself: another run in it asks again."""


def _ask(app: Sphinx, folder: Path) -> str:
    """Have the toolchain write what it knows into a folder; return what it has to say. Raises ConfigError if it cannot."""
    project = project_of(Path(app.confdir))
    command = [sys.executable, "-P", "-m", "toolchain", "--quiet", "--project", str(project), "sphinx-input"]
    answer = programs.run([*command, str(folder)])
    if answer.returncode:
        raise ConfigError((answer.stderr.strip() or answer.stdout.strip()).removeprefix("error: "))
    return answer.stdout.strip()


def _keep_pictures_apart(app: Sphinx) -> None:
    """Have MyST-NB write outputs' pictures where Sphinx keeps what it has read.

    Beside the site's folder, where it writes them else, sphinx-autobuild would take them for sources that have changed.
    """
    folder = str(Path(app.doctreedir, BY_ITSELF.folder, PICTURES))
    app.env.mystnb_config = app.env.mystnb_config.copy(output_folder=folder)  # type: ignore[attr-defined] # MyST-NB adds it


def _use_cores(app: Sphinx) -> None:
    """Have `--jobs` mean what it means in a build: Sphinx's own way asks the extensions, and warns where one refuses."""
    jobs, app.parallel = app.parallel, 1
    if app.builder.allow_parallel:  # a builder that does not keeps in itself what pages leave
        parallel.install(app, jobs, lambda _what, _page: None)


def _tell(said: str) -> None:
    if said:
        LOGGER.warning("%s", said, type="toolchain", subtype="results")


def setup(app: Sphinx) -> None:
    """Ask, where nobody has given anything; the pages are where the toolchain says, even if Sphinx is given conf.py's folder."""
    global _given  # noqa: PLW0603 - Sphinx keeps nothing from one run to the next
    tools = b""
    if os.environ.get(VARIABLE, "") == _given:
        folder = Path(app.doctreedir, BY_ITSELF.folder)
        said = _ask(app, folder)
        os.environ[VARIABLE] = _given = str(folder / BY_ITSELF.given)
        given = current()
        assert given is not None  # noqa: S101 - the variable is set
        os.environ.setdefault(git.EXPORTED, str(given.epoch))
        if app.srcdir == app.confdir:
            app.srcdir = type(app.srcdir)(given.project, given.sources)
        tools = read_whole(folder / BY_ITSELF.tools) or b""
        app.connect("builder-inited", lambda _: _tell(said))
        app.connect("builder-inited", _keep_pictures_apart, priority=AFTER_MYST_NB)
        app.connect("builder-inited", _use_cores, priority=AFTER_MYST_NB)
    app.add_config_value(TOOLS, tools.decode(), "env")
