"""A preview that runs, a small book to write in meanwhile, and the pages of it that a browser has open."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.request import urlopen

import psutil
from playwright.sync_api import Browser, Error, Page, sync_playwright
from support.processes import below

SECONDS = 120.0
"""After which a test gives up waiting for what should come at once, on a machine that has much else to do."""
CLOSING_SECONDS = 30.0
"""After which a browser that is to close is killed."""
CODE = """\
---
file_format: mystnb
kernelspec:
  name: python3
---

# Code

Computed.

```{{code-cell}} ipython3
print("result", {value})
```
"""

INDEX = "# Previewed\n\nSee {doc}`prose`.\n\n```{toctree}\nprose\ncode\n```\n"


def prose(words: str) -> str:
    """Return a long page, with these words in the middle of it."""
    paragraphs = [f"Paragraph {number} of many." for number in range(60)]
    details = "<details id='more'><summary>More</summary>Hidden.</details>"
    return (
        "\n\n".join(["# Prose", details, *paragraphs[:30], words, *paragraphs[30:], "The end, $a^2$."]) + "\n"
    )


@dataclass
class Preview:
    """A preview of a book."""

    project: Path
    port: int
    process: "subprocess.Popen[str]"
    output: Path
    pages: list[Page] = field(default_factory=list)

    def address(self, page: str = "") -> str:
        return f"http://127.0.0.1:{self.port}/{page}"

    def served(self, page: str) -> str:
        """Return a page as it is served now."""
        with urlopen(self.address(page), timeout=SECONDS) as answer:  # noqa: S310 - our own server
            return str(answer.read().decode())

    def write(self, name: str, text: str) -> None:
        """Save a file of the book, as editors do: aside, and then in its place."""
        path = self.project / name
        aside = path.with_name(f".{path.name}.swp")
        aside.write_text(text, encoding="utf-8")
        aside.replace(path)

    def said(self) -> str:
        """What it has printed until now."""
        return self.output.read_text(encoding="utf-8")

    def built(self, times: int = 1) -> None:
        """Wait until so many requests have been answered."""
        wait(lambda: len(re.findall(r"^\d\d:\d\d:\d\d  ", self.said(), re.MULTILINE)) >= times, self.said)

    def processes(self) -> list[psutil.Process]:
        """Return what it has started and is alive; itself not counted."""
        return below(self.process.pid)

    def end(self, number: signal.Signals = signal.SIGINT) -> int:
        """Send it a signal, and return its exit code."""
        self.process.send_signal(number)
        return self.process.wait(SECONDS)


def write_book(project: Path) -> Path:
    """Write a book with a page of prose and one with a cell."""
    for folder in ("_config", "book"):
        (project / folder).mkdir(parents=True)
    (project / "_config/book.toml").write_text(
        '[book]\ntitle = "Previewed"\nslug = "previewed"\nauthors = ["Its author"]\n'
        f'[kernel]\ninterpreter = "{sys.executable}"\n'
    )
    (project / "book/index.md").write_text(INDEX)
    (project / "book/prose.md").write_text(prose("First words."))
    (project / "book/code.md").write_text(CODE.format(value=1))
    return project


def start(project: Path, port: int, *options: str) -> Preview:
    """Start a preview."""
    output = project.parent / f"output-{time.monotonic_ns()}"
    with output.open("w") as stream:
        process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "toolchain",
                "serve",
                "--project",
                str(project),
                "--port",
                str(port),
                *options,
            ],
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=subprocess.STDOUT,
            text=True,
            env={**os.environ, "PYTHONDONTWRITEBYTECODE": ""},
        )
    preview = Preview(project, port, process, output)
    wait(lambda: "http://" in preview.said() or process.poll() is not None, preview.said)
    return preview


@contextmanager
def running(project: Path, *options: str) -> Iterator[Preview]:
    """Run a preview, and end it."""
    preview = start(project, free_port(), *options)
    try:
        yield preview
    finally:
        if preview.process.poll() is None:
            preview.process.kill()
            preview.process.wait()


@contextmanager
def browser() -> Iterator[Browser]:
    """Run the system's Chromium."""
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        try:
            yield opened
        finally:
            close(opened)


def close(opened: Browser | Page) -> None:
    """Close a browser or a page; a Chromium that does not is killed: version 156 was seen to wait for ever, beside much else."""
    watch = threading.Timer(CLOSING_SECONDS, _kill_chromium)
    watch.start()
    try:
        with suppress(Error):  # it has been killed
            opened.close()
    finally:
        watch.cancel()


def _kill_chromium() -> None:
    for process in psutil.Process().children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            if process.name() == "chromium":
                process.kill()


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as end:
        end.bind(("127.0.0.1", 0))
        return int(end.getsockname()[1])


def wait(come: Callable[[], object], said: Callable[[], str], *, seconds: float = SECONDS) -> None:
    """Wait until something has come."""
    deadline = time.monotonic() + seconds
    while not come():
        assert time.monotonic() < deadline, said()
        time.sleep(0.02)
