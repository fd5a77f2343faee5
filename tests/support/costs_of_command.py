"""A program that starts another one, and writes what it has cost into a file: `costs_of_command.py FILE PROGRAM ARGUMENT...`.

It is small itself and imports next to nothing, for it is a process on the same machine. Linux tells what it asks for.
"""

import json
import os
import re
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

PROPORTIONAL = re.compile(r"^Pss: +(\d+) kB$", re.MULTILINE)
PATIENCE = 40
"""How much longer it waits than it takes to look: what is measured has to be alone on the machine, or nearly."""


class Watch(threading.Thread):
    """Looks again and again how much memory a process and all that it has started have together."""

    def __init__(self, process: int) -> None:
        super().__init__(daemon=True)
        self.most = 0
        """Bytes; what several of them share is counted once."""
        self._process = process
        self._ended = threading.Event()

    def run(self) -> None:
        wait = 0.0
        while not self._ended.wait(wait):
            start = time.perf_counter()
            self.most = max(self.most, sum(map(memory, descendants(self._process))))
            wait = PATIENCE * (time.perf_counter() - start)

    def end(self) -> int:
        """Look no more; return the most that was seen."""
        self._ended.set()
        self.join()
        return self.most


def descendants(process: int) -> Iterator[int]:
    """Yield a process and all that it, or one of these, has started."""
    yield process
    with suppress(OSError):
        for path in Path(f"/proc/{process}/task").glob("*/children"):
            for child in path.read_text().split():
                yield from descendants(int(child))


def memory(process: int) -> int:
    """Return the bytes of a process, with its share of what others have as well; 0 if it has ended."""
    try:
        match = PROPORTIONAL.search(Path(f"/proc/{process}/smaps_rollup").read_text())
    except OSError:
        return 0
    return 1024 * int(match[1]) if match else 0


def main() -> None:
    result, *command = sys.argv[1:]
    start = time.perf_counter()
    process = os.posix_spawnp(command[0], command, os.environ)
    watch = Watch(process)
    watch.start()
    _, status, usage = os.wait4(process, 0)
    seconds = time.perf_counter() - start
    Path(result).write_text(json.dumps([seconds, usage.ru_utime + usage.ru_stime, watch.end()]))
    sys.exit(os.waitstatus_to_exitcode(status))


if __name__ == "__main__":
    main()
