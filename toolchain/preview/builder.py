"""The process that makes pages, as a program: it is given the project's folder and the number of an open socket."""

import os
import socket
import sys
import warnings
from pathlib import Path

from toolchain.preview.maker import WarmMaker
from toolchain.preview.making import Maker
from toolchain.preview.wire import Begun, Line
from toolchain.processes import signals


def main(project: Path, handle: int) -> None:
    """Answer requests until nobody asks any more, or we are interrupted."""
    signals.install_handlers()
    warnings.simplefilter("ignore")  # as in every command
    os.set_inheritable(handle, False)  # noqa: FBT003 - Python's own
    with socket.socket(fileno=handle) as end:
        line = Line(end)
        maker: Maker = WarmMaker(project)
        try:
            line.send(Begun(os.getpid()))
            while request := line.requests():
                line.answer(maker.make(request, line))
        except (KeyboardInterrupt, BrokenPipeError):
            signals.ignore()
        finally:
            maker.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
