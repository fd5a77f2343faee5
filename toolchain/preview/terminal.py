"""What whoever writes sees on the terminal, and the keys that he presses there."""

import asyncio
import os
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress

from rich.text import Text

from toolchain.base import terminal
from toolchain.base.errors import ExitCode
from toolchain.base.units import count
from toolchain.messages import report
from toolchain.messages.console import Console
from toolchain.model import Severity
from toolchain.preview.making import Made

NAMED = 3
"""Pages that a line names; more are counted."""
MOST = 10
"""Findings that are shown after a save; the page has all of them."""


class Terminal:
    """A line for each save, and what is wrong whenever that changes."""

    def __init__(self, console: Console, *, quiet: bool) -> None:
        """Print on a console; what is wrong only, if quiet."""
        self._console = console
        self._quiet = quiet

    def begin(self, address: str, *, asks: bool) -> None:
        """Say where the site is, and what can be done here."""
        self._console.print(address)
        if not self._quiet and sys.stdin.isatty():
            runs = "Enter: run what waits   " if asks else ""
            self._console.print(
                Text(f"{runs}p, Enter: make the PDF   c, Enter: not after all   Ctrl-C: end", style="dim")
            )

    def line(self, text: str) -> None:
        """Say what is being done."""
        if not self._quiet:
            self._console.print(Text(f"  {text}"))

    def note(self, text: str) -> None:
        """Say something that is not as it should be."""
        self._console.print(Text(f"note: {text}"))

    def show(self, made: Made, *, before: Made | None) -> None:
        """Say what has become of a save; what was wrong before, too, is counted only."""
        if not self._quiet:
            self._console.print(_line(made))
        if made.error:
            self._console.print(Text(f"error: {made.error}", style="red"))
            if made.remedy:
                self._console.print(Text(f"  {made.remedy}"))
        known = before.notebooks if before else ()
        for notebook in made.notebooks:
            if notebook.failure and notebook not in known:
                report.show_failure(notebook, notebook.failure, self._console)
        for crash in made.crashes:
            self._console.print(Text(crash, style="red"))
        found = before.findings if before else ()
        new = tuple(
            finding
            for finding in made.findings
            if finding.severity == Severity.ERROR and finding not in found
        )
        report.show_findings(new, console=self._console, most=MOST)
        for artefact in made.artefacts:
            if before is None or artefact not in before.artefacts:
                self._console.print(Text(artefact))
        if made.waiting and (before is None or made.waiting != before.waiting):
            self._console.print(
                Text(f"waiting to be run: {', '.join(map(terminal.name, made.waiting))}; press Enter")
            )


def _line(made: Made) -> Text:
    named = ", ".join(map(terminal.name, made.pages[:NAMED]))
    pages = named if 0 < len(made.pages) <= NAMED else count(len(made.pages), "page")
    failed = sum(notebook.failure is not None for notebook in made.notebooks)
    parts = [time.strftime("%H:%M:%S"), pages if made.pages else "no page is new", f"{made.seconds:.1f} s"]
    parts += [f"{failed} failed"] if failed else []
    parts += [] if made.error else [report.counts(made.findings)]
    good = made.exit_code == ExitCode.GOOD
    return Text("  ".join(parts), style="green" if good else "yellow")


class Keys:
    """Lines that are typed on the terminal: a letter, or nothing, and Enter."""

    def __init__(self, actions: Mapping[str, Callable[[], object]]) -> None:
        """Do what a line asks for; where there is no terminal, nothing is read."""
        self._actions = actions
        self._handle = -1
        if sys.stdin and sys.stdin.isatty():
            self._handle = sys.stdin.fileno()
            asyncio.get_running_loop().add_reader(self._handle, self._read)

    def close(self) -> None:
        """Read no more."""
        if self._handle >= 0:
            with suppress(RuntimeError):
                asyncio.get_running_loop().remove_reader(self._handle)
            self._handle = -1

    def _read(self) -> None:
        try:
            # What a shell's background job reads of a terminal stops it.
            if os.tcgetpgrp(self._handle) != os.getpgrp():
                return
            typed = os.read(self._handle, 1024)
        except OSError:
            typed = b""
        if not typed:
            self.close()
            return
        for line in typed.decode(errors="replace").splitlines():
            if action := self._actions.get(line.strip().lower()):
                action()
