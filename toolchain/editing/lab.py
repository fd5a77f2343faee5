"""JupyterLab on a page of a book, with the kernel that the book's notebooks run in."""

import os
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import quote

import msgspec

from toolchain.base.decoding import read_text
from toolchain.base.errors import ConfigError, MissingProgramError, SourceError
from toolchain.base.files import is_file, remove, write_atomically
from toolchain.environment import doctor, kernel, kernelspecs
from toolchain.execute.installing import Overlay
from toolchain.execute.kernel_spec import kernel_spec
from toolchain.execute.kernel_start import ENVIRONMENT, path_variables
from toolchain.model import DeviceClass, Parsed
from toolchain.project.reach import Reach
from toolchain.project.settings import Settings
from toolchain.sources import parsing, running

NEEDED = ("jupyterlab", "jupytext")
FOLDER = "edit"
"""Below _build: the kernel's description, JupyterLab's settings, the checkpoints that it makes of pages, and what cells install."""
VIEWERS = {
    "@jupyterlab/docmanager-extension:plugin": {
        "defaultViewers": {"markdown": "Jupytext Notebook", "myst": "Jupytext Notebook"}
    }
}
"""By which JupyterLab opens pages as notebooks."""


def require() -> None:
    """Raise MissingProgramError if the extra `edit` is not installed."""
    if not all(map(find_spec, NEEDED)):
        raise MissingProgramError(
            "pages are edited in JupyterLab, which is not installed",
            remedy="In the toolchain's checkout: pip install '.[edit]'",
        )


def find_page(name: str, settings: Settings) -> Path:
    """Return the file of a page that is named by its file or as pages are. Raises ConfigError if there is none."""
    sources = settings.sources
    places = [Path.cwd() / name, settings.project / name, sources / name]
    places += [sources / f"{name}{suffix}" for suffix in settings.layout.suffixes]
    for place in map(Path.resolve, places):
        if is_file(place) and place.suffix in settings.layout.suffixes and sources.resolve() in place.parents:
            return place
    raise ConfigError(
        f"there is no page {name}",
        remedy=f"Name its file, as in `toolchain edit {settings.layout.below_sources('chapter/page.md')}`.",
    )


def start(page: Path, settings: Settings, *, port: int | None, open_browser: bool) -> NoReturn:
    """Become JupyterLab, for this machine alone. Raises SourceError if the page cannot be read as a notebook."""
    name = page.relative_to(settings.project.resolve()).as_posix()
    parsed = parsing.parse(
        read_text(page, name, SourceError), page, name, Reach.of(settings), settings.myst_extensions
    )
    folder = settings.build / FOLDER
    kernels = folder / "kernels"
    if parsed.notebook:
        _describe_kernel(parsed, kernels, settings)
    write_atomically(folder / "settings/overrides.json", msgspec.json.encode(VIEWERS))
    (folder / "checkpoints").mkdir(parents=True, exist_ok=True)
    options = {
        "ServerApp.ip": "127.0.0.1",
        "ServerApp.root_dir": settings.project,
        "ServerApp.contents_manager_class": "toolchain.editing.contents.PageContents",
        "PageContents.myst_extensions": ",".join(settings.myst_extensions),
        "ServerApp.open_browser": open_browser,
        # Whoever builds as root, in a container say, runs the same cells as root.
        "ServerApp.allow_root": True,
        **({"ServerApp.port": port} if port else {}),
        "FileCheckpoints.root_dir": folder / "checkpoints",
        "KernelSpecManager.ensure_native_kernel": False,
        "LabApp.app_settings_dir": folder / "settings",
        "LabApp.default_url": f"/lab/tree/{quote(name)}",
    }
    os.chdir(settings.project)
    program = [sys.executable, "-P", "-m", "jupyterlab"]
    arguments = [*program, *(f"--{option}={value}" for option, value in options.items())]
    paths = os.pathsep.join(filter(None, (str(folder), os.environ.get("JUPYTER_PATH"))))
    os.execve(sys.executable, arguments, {**os.environ, "JUPYTER_PATH": paths})  # noqa: S606 - a list, and no shell


def _describe_kernel(parsed: Parsed, kernels: Path, settings: Settings) -> None:
    """Write down for Jupyter how the page's kernel is started, in the environment that builds run it in."""
    resolved, _ = running.kernel(parsed.metadata, settings.layout)
    device = DeviceClass.GPU if _gpus(parsed.metadata) and doctor.gpus(settings) else DeviceClass.CPU
    doctor.require(doctor.to_execute(settings))
    recipe = kernel.recipe(settings, device)
    python = kernel.environment_of(recipe).python
    spec = kernel_spec(python, resolved or running.PYTHON_KERNEL, kernelspecs.of_project(settings))
    installed = kernels.parent / "installed"
    remove(installed)
    overlay = Overlay(installed, python, recipe.identity.python)
    library = settings.build / "lib"
    spec.env = {
        **spec.env,
        **ENVIRONMENT,
        **path_variables(python, overlay),
        **overlay.variables,
        **dict(_declared(parsed.metadata, settings)),
        "PYTHONPATH": os.pathsep.join(map(str, filter(Path.is_dir, (library, overlay.packages)))),
    }
    called = parsed.metadata.get("kernelspec", {}).get("name") or running.PYTHON_KERNEL
    write_atomically(kernels / called / "kernel.json", msgspec.json.encode(spec.to_dict()))


def _gpus(metadata: dict[str, Any]) -> bool:
    execution = metadata.get("execution")
    return isinstance(execution, dict) and bool(execution.get("gpus"))


def _declared(metadata: dict[str, Any], settings: Settings) -> Iterator[tuple[str, str]]:
    """Yield the environment variables that the book and the page declare."""
    yield from settings.toml.execution.env.items()
    execution = metadata.get("execution")
    env = execution.get("env") if isinstance(execution, dict) else None
    for name, value in env.items() if isinstance(env, dict) else ():
        yield str(name), str(value)
