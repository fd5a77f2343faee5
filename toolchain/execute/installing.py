"""Where `pip install` in a cell puts packages: into an environment of the notebook's own, which goes with its folder.

It stands over the notebooks' environment and has all that is in that one, so what is there is not installed again. The
notebooks' environment stays what its lock says, and no environment of whoever builds is reached.
"""

from pathlib import Path

MARK = "pyvenv.cfg"
OF_NO_ENVIRONMENT = "home = {home}\ninclude-system-site-packages = true\n"
"""What makes an environment over an interpreter that is in none."""
BELOW = "import site; site.addsitedir({packages!r})\n"
"""A line of a .pth file: Python runs it as it starts."""


class Overlay:
    """The environment of one run."""

    def __init__(self, folder: Path, python: Path, version: str) -> None:
        """Make it in a new folder, over the environment of an interpreter of a version such as `3.11`."""
        self.programs = folder / "bin"
        self.packages = folder / "lib" / f"python{version}" / "site-packages"
        self._python = self.programs / "python"
        for place in (self.programs, self.packages):
            place.mkdir(parents=True)
        self._python.symlink_to(python)
        prefix = python.parent.parent
        mark = prefix / MARK
        is_environment = mark.is_file()
        text = mark.read_text(encoding="utf-8") if is_environment else ""
        (folder / MARK).write_text(text or OF_NO_ENVIRONMENT.format(home=python.parent), encoding="utf-8")
        below = prefix.glob("lib*/python*/site-packages") if is_environment else ()
        lines = (BELOW.format(packages=str(packages)) for packages in sorted(below))
        (self.packages / "notebooks.pth").write_text("".join(lines), encoding="utf-8")

    @property
    def variables(self) -> dict[str, str]:
        """What has pip and uv install there, whichever of them a cell calls, and say the same on every machine.

        A pip that is too old to be told so (before 22.3) installs into an environment or not at all.
        """
        return {
            "PIP_PYTHON": str(self._python),
            "PIP_REQUIRE_VIRTUALENV": "1",
            "PIP_USER": "0",
            "PIP_NO_INPUT": "1",
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
            "PIP_ROOT_USER_ACTION": "ignore",
            "UV_PYTHON": str(self._python),
        }
