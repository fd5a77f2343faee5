"""Put on PYTHONPATH by a test: every Python process then writes into a file what it does.

The programs that it starts go into the file that OBSERVED names, the stored notebooks that it opens into that of OPENED.
"""

import os
import sys
from pathlib import Path
from typing import Any


def _note(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "subprocess.Popen" and "OBSERVED" in os.environ:
        program = arguments[1]
        words = program if isinstance(program, (list, tuple)) else [program]
        _write(os.environ["OBSERVED"], " ".join(os.fsdecode(word) for word in words))
    elif event == "open" and "OPENED" in os.environ and "/store/blobs/" in str(arguments[0]):
        _write(os.environ["OPENED"], str(arguments[0]))


def _write(file: str, line: str) -> None:
    with Path(file).open("a", encoding="utf-8") as stream:
        stream.write(line.replace("\n", " ") + "\n")


sys.addaudithook(_note)
