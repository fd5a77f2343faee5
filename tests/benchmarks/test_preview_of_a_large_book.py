"""What a save costs in the preview of a large book, from the editor to the page over HTTP; and that it stays so."""

import re
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from support.measuring import machine, table
from support.previews import Preview, running, wait

PAGE = "chapter_000/results"
SAVES = 50
SETTLED = 5
"""Saves after which nothing that stays is started any more."""
SAVED = re.compile(r"\n\nSave number \d+\.")


class Kept:
    """What the processes of a preview have and have used."""

    def __init__(self, preview: Preview) -> None:
        self.count, self.memory, self.busy = 0, 0, 0.0
        for process in (psutil.Process(preview.process.pid), *preview.processes()):
            try:
                times = process.cpu_times()
                memory = process.memory_full_info().pss
            except psutil.Error:  # it has just ended
                continue
            self.count += 1
            self.memory += memory
            self.busy += times.user + times.system + times.children_user + times.children_system


def save(preview: Preview, number: int) -> float:
    """Save a page, and return after how many seconds it is served."""
    path, words = preview.project / f"book/{PAGE}.md", f"Save number {number}."
    text = SAVED.sub("", path.read_text(encoding="utf-8").rstrip())
    start = time.perf_counter()
    preview.write(f"book/{PAGE}.md", f"{text}\n\n{words}\n")
    wait(lambda: words in served(preview), preview.said)
    return time.perf_counter() - start


def served(preview: Preview) -> str:
    with urllib.request.urlopen(preview.address(f"{PAGE}.html")) as answer:  # noqa: S310 - our own
        return str(answer.read().decode())


def read(preview: Preview) -> set[str]:
    """Return the pages that the last build has read."""
    log = (preview.project / "_build/sphinx/html.log").read_text(encoding="utf-8")
    return set(re.findall(r"^reading sources\.\.\. \[ *\d+%\] (\S+)", log, re.MULTILINE))


@pytest.mark.bench
@pytest.mark.parametrize("pages", [56, 434])
def test_fifty_saves(large_book: Callable[[Path, int], Path], tmp_path: Path, pages: int) -> None:
    project = large_book(tmp_path / "project", pages)
    start = time.perf_counter()
    with running(project) as preview:
        wait(lambda: "findings: " in preview.said(), preview.said, seconds=3600)
        cold, cold_busy = time.perf_counter() - start, Kept(preview).busy
        seconds, busy, kept = [], [], []
        for number in range(1, SAVES + 1):
            before = Kept(preview)
            seconds.append(save(preview, number))
            busy.append(Kept(preview).busy - before.busy)
            preview.built(number + 1)
            assert read(preview) == {PAGE}
            time.sleep(1)  # the next run is prepared
            kept.append(Kept(preview))
        assert preview.end() == 0
    middle, work = sorted(seconds)[SAVES // 2], sorted(busy)[SAVES // 2]
    rows = [
        ("pages", "", "s", "s busy", "of cold"),
        (f"{pages}", "from nothing", f"{cold:.1f}", f"{cold_busy:.1f}", ""),
        (f"{pages}", "from a save to the new page", f"{middle:.2f}", f"{work:.2f}", f"{middle / cold:.3f}"),
    ]
    settled, last = kept[SETTLED], kept[-1]
    grown = f"processes: {settled.count}, {last.count}; MB: {settled.memory >> 20}, {last.memory >> 20}"
    sys.stdout.write(f"\n{machine()}\n{table(rows)}\n{grown}\n")
    assert last.count <= settled.count
    assert last.memory < 1.1 * settled.memory
