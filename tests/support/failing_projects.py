"""Small projects that go wrong in a given way, and a look at what they leave behind."""

import json
import os
import subprocess
import sys
import time
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat
import psutil
from support.places import TESTS
from support.running import report_of

MARK = "FAULTS_MARK"
DEADLINE = 120.0
"""Seconds after which a test gives up waiting for what should come at once."""


@dataclass
class Faulty:
    """A project whose processes and temporary folders can be told from all others."""

    folder: Path
    temporary: Path
    mark: str = field(default_factory=lambda: uuid.uuid4().hex)

    @property
    def env(self) -> dict[str, str]:
        """What to run the toolchain with."""
        return {**os.environ, "TMPDIR": str(self.temporary)}

    def command(self, *arguments: str) -> list[str]:
        """Return the toolchain's command line on this project."""
        return [sys.executable, "-m", "toolchain", *arguments, "--project", str(self.folder)]

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start the toolchain; read what it says from stderr."""
        return subprocess.Popen(
            self.command(*arguments),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            env=self.env,
        )

    def run(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """Run the toolchain to its end."""
        return subprocess.run(
            self.command(*arguments),
            capture_output=True,
            text=True,
            check=False,
            env=self.env,
            timeout=5 * DEADLINE,
        )

    def execute(self, *arguments: str) -> dict[str, Any]:
        """Run `toolchain execute` and return the report's notebooks by name."""
        run = self.run("execute", "--json", *arguments)
        assert run.stdout, run.stderr
        return {notebook["name"]: notebook for notebook in json.loads(run.stdout)["notebooks"]}

    def report(self) -> dict[str, dict[str, Any]]:
        """Return the notebooks of report.json by name: the last build's."""
        return {notebook["name"]: notebook for notebook in report_of(self.folder)["notebooks"]}

    def outputs(self, notebook: dict[str, Any]) -> list[Any]:
        """Return the outputs of a result, cell by cell."""
        blob = self.folder / "_build/store/blobs" / notebook["blob"][:2] / notebook["blob"]
        cells = nbformat.read(blob, as_version=4).cells
        return [cell.outputs for cell in cells if cell.cell_type == "code"]

    def processes(self) -> list[psutil.Process]:
        """Return the processes that run for this project's notebooks: they inherit what the kernel was given."""
        return [process for process in psutil.process_iter() if _marked(process, self.mark)]

    def wait_until_gone(self) -> list[psutil.Process]:
        """Wait until no process is left; return those that stay."""
        deadline = time.monotonic() + DEADLINE
        while (remaining := self.processes()) and time.monotonic() < deadline:
            time.sleep(0.05)
        return remaining

    def left_behind(self) -> list[str]:
        """Return what lies in the folder for temporary files."""
        return sorted(path.name for path in self.temporary.iterdir())


def make(
    folder: Path, temporary: Path, notebooks: dict[str, list[str]], *, execution: str = "", front: str = ""
) -> Faulty:
    """Write a project: cells by notebook, lines for [execution], lines for every notebook's front matter."""
    faulty = Faulty(folder=folder, temporary=temporary)
    for name in ("book", "_config"):
        (folder / name).mkdir(parents=True)
    (folder / "_config/book.toml").write_text(
        '[book]\ntitle = "Faults"\nslug = "faults"\nauthors = ["Its author"]\n'
        f"[kernel]\nfolder = {json.dumps(str(TESTS / 'kernel'))}\n"
        f'[execution]\n{execution}\n[execution.env]\n{MARK} = "{faulty.mark}"\n',
        encoding="utf-8",
    )
    names = "\n".join(notebooks)
    (folder / "book/index.md").write_text(f"# Faults\n\n```{{toctree}}\n{names}\n```\n", encoding="utf-8")
    for name, cells in notebooks.items():
        write(faulty, name, cells, front)
    return faulty


def write(faulty: Faulty, name: str, cells: list[str], front: str = "") -> None:
    """Write one notebook."""
    code = "\n\n".join(f"```{{code-cell}} ipython3\n{cell}\n```" for cell in cells)
    (faulty.folder / f"book/{name}.md").write_text(
        f"---\nfile_format: mystnb\nkernelspec:\n  name: python3\n{front}---\n\n# {name}\n\n{code}\n",
        encoding="utf-8",
    )


def _marked(process: psutil.Process, mark: str) -> bool:
    try:
        return process.status() != psutil.STATUS_ZOMBIE and process.environ().get(MARK) == mark
    except psutil.Error:
        return False
