"""A small book with results, a site, a PDF, notebooks and a library, to be killed at any moment, and what it is when nobody was."""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
from support.places import TESTS
from support.running import Run, report_of, run_toolchain

from toolchain.base import aside

FORMS = ("html", "notebooks")
"""What is built where the PDF, which takes its time, is not asked for."""
ALL = (*FORMS, "pdf")
SECONDS = 300.0
"""After which a test gives up waiting for what should come at once, on a machine that has much else to do."""
WAYS = ("alone", "group", "child")
"""What is killed: the toolchain's own process, it and all that it has started in its group, or something below it."""
PAGE = """\
---
file_format: mystnb
kernelspec:
  name: python3
---

# Page {name}

In {words}, as on {{doc}}`{other}`.

```{{code-cell}} ipython3
:tags: [save]

def of_{name}(number):
    \"\"\"Return a number and something.\"\"\"
    return number + {number}
```

```{{code-cell}} ipython3
print([of_{name}(number) for number in range(5)])
```
"""


@dataclass
class Killed:
    """The book in a folder of its own, with whatever its runs leave outside of it."""

    root: Path
    seconds: dict[str, float] = field(default_factory=dict)
    """That commands take when nobody kills them."""
    variables: dict[str, str] = field(default_factory=dict)
    """In the environment of its runs."""

    @property
    def project(self) -> Path:
        return self.root / "project"

    @property
    def share(self) -> Path:
        return self.root / "share"

    @property
    def temporary(self) -> Path:
        return self.root / "tmp"

    @property
    def env(self) -> dict[str, str]:
        return {"TMPDIR": str(self.temporary), **self.variables}

    def write(self, *, words: str, number: int) -> None:
        """Write the pages: `words` are in the text of both, `number` in the code of one."""
        for name, other, own in (("a", "b", 1), ("b", "a", number)):
            text = PAGE.format(name=name, other=other, words=words, number=own)
            (self.project / f"book/{name}.md").write_text(text, encoding="utf-8")

    def run(self, *arguments: str, env: dict[str, str] | None = None) -> Run:
        """Run the toolchain to its end."""
        return run_toolchain(*arguments, project=self.project, env={**self.env, **(env or {})})

    def start(self, *arguments: str) -> "subprocess.Popen[str]":
        """Start the toolchain in a session of its own."""
        return subprocess.Popen(
            [sys.executable, "-m", "toolchain", *arguments, "--project", str(self.project)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, **self.env},
            start_new_session=True,
        )

    def kill(self, arguments: Iterable[str], seconds: float, way: str, chance: random.Random) -> Run:
        """Run the toolchain and kill it, or something below it if anything is, after some seconds; return how it ended."""
        process = self.start(*arguments)
        with suppress(subprocess.TimeoutExpired):
            process.wait(seconds)
        with suppress(psutil.NoSuchProcess, ProcessLookupError):
            below = psutil.Process(process.pid).children(recursive=True)
            if way == "child" and below:
                chance.choice(below).kill()
            elif way == "group":
                os.killpg(process.pid, signal.SIGKILL)
            else:
                process.kill()
        return ended(process)

    def interrupt(self, arguments: Iterable[str], seconds: float, number: signal.Signals) -> Run:
        """Run the toolchain and send it a signal, some seconds after it can hear one; return how it ended."""
        process = self.start(*arguments)
        while process.poll() is None and not hears(process.pid, signal.SIGHUP):
            time.sleep(0.002)
        with suppress(subprocess.TimeoutExpired):
            process.wait(seconds)
        process.send_signal(number)
        return ended(process)

    def processes(self) -> list[str]:
        """Wait until no process below this folder is left; return the command lines of those that stay."""
        deadline = time.monotonic() + SECONDS
        while (left := list(self._processes())) and time.monotonic() < deadline:
            time.sleep(0.05)
        return left

    def _processes(self) -> Iterator[str]:
        for process in psutil.process_iter(["cmdline", "status"]):
            words = process.info["cmdline"] or []
            if process.info["status"] != psutil.STATUS_ZOMBIE and any(
                str(self.root) in word for word in words
            ):
                yield " ".join(words)

    def made(self, *forms: str) -> dict[str, bytes]:
        """Return every file of these forms and of the library, and what report.json says of the book."""
        build = self.project / "_build"
        files = {
            path.relative_to(build).as_posix(): path.read_bytes()
            for folder in (*forms, "lib", "dist")
            for path in (build / folder).rglob("*")
            if path.is_file() and not path.name.startswith(".buildinfo")
        }
        return files | {"report.json": json.dumps(_lasting(report_of(self.project)), sort_keys=True).encode()}

    def strip(self) -> None:
        """Remove all that was made, but the results."""
        for path in (self.project / "_build").iterdir():
            if path.is_dir() and path.name != "store":
                shutil.rmtree(path)
            elif path.is_file():
                path.unlink()

    def left(self) -> list[str]:
        """Return what killed processes have left aside, in the project and among temporary files."""
        # Python looks where temporary files can be by writing one, and may be killed before it is removed.
        temporary = (path for path in self.temporary.iterdir() if path.is_dir() or path.stat().st_size)
        return sorted(map(str, (*self.project.rglob(f"{aside.PREFIX}*"), *temporary)))

    def copy(self, root: Path) -> "Killed":
        """Return a copy in another folder of the same length, since some of what is made depends on that."""
        shutil.copytree(self.root, root, symlinks=True, dirs_exist_ok=True)
        return Killed(root, self.seconds)


def ended(process: "subprocess.Popen[str]") -> Run:
    """Wait for the end of what was started, and return how it ended."""
    stdout, stderr = process.communicate(timeout=SECONDS)
    return Run(process.returncode, stdout, stderr)


def hears(process: int, number: signal.Signals) -> bool:
    """Say whether a process handles a signal itself: Python takes a moment until it runs a program at all."""
    status = Path(f"/proc/{process}/status").read_text(encoding="utf-8")
    caught = next(line.split()[1] for line in status.splitlines() if line.startswith("SigCgt:"))
    return bool(int(caught, 16) >> (number - 1) & 1)


def _lasting(report: Any) -> Any:
    """Return what a report says of the book, and not of the build; the files themselves are compared besides."""
    return {
        "exit_code": report["exit_code"],
        "findings": report["findings"],
        "artefacts": [artefact["path"] for artefact in report["artefacts"]],
        "notebooks": [(notebook["name"], notebook["blob"]) for notebook in report["notebooks"]],
    }


def from_nothing(book: Killed, root: Path, *forms: str) -> dict[str, bytes]:
    """Return what a build makes of a book's sources and results alone, in another folder."""
    shutil.rmtree(root, ignore_errors=True)
    fresh = book.copy(root)
    fresh.strip()
    build = fresh.run("build", *forms)
    assert build.code == 0, build.stdout + build.stderr
    return fresh.made(*forms)


def differing(made: dict[str, bytes], want: dict[str, bytes]) -> list[str]:
    """Return the names of the files that differ, or are not there."""
    return sorted(name for name in made.keys() | want.keys() if made.get(name) != want.get(name))


def make(root: Path) -> Killed:
    """Make the book: built, then edited, with results of an earlier state that nothing needs any more."""
    book = Killed(root)
    for folder in (book.temporary, book.share, book.project / "book", book.project / "_config"):
        folder.mkdir(parents=True)
    (book.project / "_config/book.toml").write_text(
        '[book]\ntitle = "Killed"\nslug = "killed"\nauthors = ["Its author"]\n'
        f"[kernel]\nfolder = {json.dumps(str(TESTS / 'kernel'))}\n"
        '[library]\nname = "killed_library"\n',
        encoding="utf-8",
    )
    (book.project / "book/index.md").write_text("# Killed\n\n```{toctree}\na\nb\n```\n", encoding="utf-8")
    book.write(words="prose", number=1)
    assert book.run("build", *FORMS).code == 0
    book.write(words="other words", number=2)
    execute = book.run("execute")
    assert execute.code == 0, execute.stderr
    return book
