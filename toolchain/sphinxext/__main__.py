"""Runs Sphinx's builders one after the other: `python -m toolchain.sphinxext TASK`, as toolchain.forms.sphinx_runs starts it.

What is slow to import is imported once. Each builder then runs in a process of its own, as `sphinx-build` would run it:
Sphinx and its extensions change too much of their own modules for two runs in one.
"""

import gc
import importlib
import os
import sys
import traceback
from contextlib import suppress
from pathlib import Path

import msgspec
import sphinx.builders.html
import sphinx.builders.latex
import sphinx.cmd.build
import sphinx.writers.html5

from toolchain.model.sphinx import BEGIN, END, VARIABLE, SphinxTask, read_output
from toolchain.sphinxext.configuration import EXTENSIONS

CRASHED = 70


def main(file: Path) -> None:
    """Run a task: say on standard output which builder begins, and with which code it ended."""
    task = msgspec.json.decode(file.read_bytes(), type=SphinxTask)
    for extension in EXTENSIONS:
        with suppress(Exception):  # the builder will say so
            importlib.import_module(extension)
    gc.freeze()
    work = Path(task.work)
    unfinished, made_by = work / "unfinished", work / "tools"
    sphinx_input = task.input
    for builder, folder in task.builders.items():
        output = work / f"{builder}.json"
        # A run that was killed may have read pages and kept their doctrees without saying what was wrong with them.
        # Sphinx does not notice that what reads or writes pages has changed.
        by_these_tools = made_by.is_file() and made_by.read_text(encoding="utf-8") == task.tools
        fresh = unfinished.exists() or not by_these_tools
        unfinished.touch()
        sphinx_input = msgspec.structs.replace(sphinx_input, output=str(output))
        (work / "input").write_bytes(msgspec.json.encode(sphinx_input))
        os.environ[VARIABLE] = str(work / "input")
        command = ["-b", builder, "-c", task.config, "-d", task.doctrees, "--no-color"]
        command += ["--fresh-env"] if fresh else []
        _say(f"{BEGIN}{builder}")
        code = _apart([*command, task.sources, folder])
        if code == 0 and read_output(output) is not None:
            made_by.write_text(task.tools, encoding="utf-8")
            unfinished.unlink()
            sphinx_input = msgspec.structs.replace(sphinx_input, reread=())
        _say(f"{END}{code}")


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _apart(command: list[str]) -> int:
    """Run sphinx-build in a process of its own, which has imported already what this one has; return its exit code."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    code = CRASHED
    try:
        code = sphinx.cmd.build.main(command)
    except BaseException:  # noqa: BLE001 - this process ends here, whatever happens
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
