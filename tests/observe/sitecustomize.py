"""Put on PYTHONPATH by a test: every Python process then writes the programs that it starts into a file."""

import os
import sys
from pathlib import Path
from typing import Any


def _note(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "subprocess.Popen" and "OBSERVED" in os.environ:
        program = arguments[1]
        words = program if isinstance(program, (list, tuple)) else [program]
        line = " ".join(os.fsdecode(word) for word in words)
        with Path(os.environ["OBSERVED"]).open("a", encoding="utf-8") as stream:
            stream.write(line.replace("\n", " ") + "\n")


sys.addaudithook(_note)
