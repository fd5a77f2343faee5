"""What the tests of sharing have in common: places to share through, and results that need no kernel."""

import contextlib
import functools
import http.server
import itertools
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import nbformat

from toolchain.base.files import sha256_bytes
from toolchain.model import FileRecord, Record
from toolchain.plan import keys
from toolchain.store.store import Store


class Handler(http.server.SimpleHTTPRequestHandler):
    """Gives files and nothing else, and remembers what was asked for."""

    server: "Server"
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.server.requested.append(self.path)
        self.server.before_answer(self.path)
        if self.server.breaks_after is not None and len(self.server.requested) > self.server.breaks_after:
            self.send_response(200)
            self.send_header("Content-Length", "100000")
            self.end_headers()
            self.wfile.write(b"half of it")
            self.close_connection = True
            return
        super().do_GET()

    def list_directory(self, path: Any) -> None:  # noqa: ARG002 - as http.server has it
        """Not every server lists its folders."""
        self.send_error(403)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """A bucket whose names are nobody's business says so of what is not there, too."""
        super().send_error(403 if self.server.hides else code, message, explain)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - as http.server has it
        """Say nothing."""


class Server(http.server.ThreadingHTTPServer):
    """A plain web server over a folder."""

    def __init__(self, folder: Path, *, hides: bool = False) -> None:
        super().__init__(("127.0.0.1", 0), functools.partial(Handler, directory=str(folder)))
        self.requested: list[str] = []
        self.hides = hides
        self.before_answer: Callable[[str], object] = lambda _path: None
        """Called before an answer; it may take its time."""
        self.breaks_after: int | None = None
        """After so many requests, an answer ends in its middle."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


@contextlib.contextmanager
def serving(server: http.server.HTTPServer) -> Iterator[None]:
    """Serve until the end of the block."""
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def notebook_of(code: str, output: str) -> bytes:
    notebook = nbformat.v4.new_notebook(
        cells=[
            nbformat.v4.new_code_cell(
                code, id="one", outputs=[nbformat.v4.new_output("stream", name="stdout", text=output)]
            )
        ]
    )
    return str(nbformat.writes(notebook)).encode()


def components_of(code: str) -> dict[str, Any]:
    return {"schema": 1, "cells": [[code, []]], "gpus": 0}


def make_up(
    store: Store, numbers: range, output: str = "", *, prefix: str = "", inputs: tuple[FileRecord, ...] = ()
) -> list[Path]:
    """Put results into a store that nobody has computed, and return their records; the keys can be made to begin alike."""
    records = []
    for number in numbers:
        codes = (f"print({number})  # {salt}" for salt in itertools.count())
        code = next(candidate for candidate in codes if keys.key(components_of(candidate)).startswith(prefix))
        key = keys.key(components_of(code))
        record = Record(
            blob=store.put(notebook_of(code, f"{number}{output}")),
            inputs=inputs,
            seconds=1.0,
            device="cpu",
            toolchain="0",
            commit="",
            start="2026-01-01T00:00:00+00:00",
            versions={},
            components=components_of(code),
            notebook=f"chapter/page-{number}",
        )
        records.append(store.path(key, store.record(key, record)))
    return records


def digests(folder: Path) -> dict[str, str]:
    """Return what is in a folder, hidden files too."""
    return {
        path.relative_to(folder).as_posix(): sha256_bytes(path.read_bytes())
        for path in folder.rglob("*")
        if path.is_file()
    }
