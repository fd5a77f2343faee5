"""The library's `download`: only verified files, asked for once, continued, from whichever address has them."""

import functools
import hashlib
import http.server
import multiprocessing
import socket
import sys
import threading
import time
import types
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from support.places import REPOSITORY

from toolchain.project import settings
from toolchain.sources import reading

CONTENT = bytes(range(256)) * 1024
SHA256 = hashlib.sha256(CONTENT).hexdigest()
PAGE = "chapter_crashcourse/tools"

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the book's library runs where MXNet does")


@functools.cache
def library() -> types.ModuleType:
    """Make a module of the page's saved cells that belong to `download`, and of the imports that they need."""
    book = reading.read(settings.load(REPOSITORY), remember=False)
    cells = next(document for document in book.documents if document.name == PAGE).cells
    saved = [cell.source for cell in cells if "save" in cell.tags]
    imports = next(cell.source for cell in cells if "import hashlib" in cell.source)
    parts = [
        source
        for source in saved
        if any(
            name in source for name in ("def sha256_of", "def fetch", "class DownloadError", "def download")
        )
    ]
    assert len(parts) == 4
    module = types.ModuleType("download_of_the_book")
    exec("\n\n".join([imports, *parts]), module.__dict__)  # noqa: S102
    return module


@dataclass
class Served:
    """What a server on loopback does with requests, and the `Range` headers that it saw."""

    url: str = ""
    ranges: list[str | None] = field(default_factory=list)
    content: bytes = CONTENT
    knows_range: bool = True
    status: int = 200
    breaks_after: int | None = None
    waits: Callable[[], None] = lambda: None


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers as its `Served` says."""

    served: Served

    def do_GET(self) -> None:
        served = self.served
        range_header = self.headers["Range"]
        served.ranges.append(range_header)
        served.waits()
        if served.status != 200:
            self.send_error(served.status)
            return
        body, status = served.content, 200
        if range_header and served.knows_range:
            begin = int(range_header.removeprefix("bytes=").removesuffix("-"))
            if begin >= len(body):
                self.send_error(416)
                return
            body, status = body[begin:], 206
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[: served.breaks_after])

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Print nothing."""


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Served]]:
    """Start servers that answer as told; they are stopped after the test."""
    monkeypatch.setenv("no_proxy", "*")
    servers: list[tuple[http.server.ThreadingHTTPServer, threading.Thread]] = []

    def start(**options: Any) -> Served:
        served = Served(**options)
        handler = type("ThisHandler", (Handler,), {"served": served})
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        servers.append((server, thread))
        served.url = f"http://127.0.0.1:{server.server_address[1]}/data/digits%20one.bin?edition=2"
        return served

    yield start
    for server, thread in servers:
        server.shutdown()
        thread.join()
        server.server_close()


def part_of(folder: Path) -> Path:
    return folder / f"{SHA256[:16]}-digits one.bin.part"


def test_a_file_is_downloaded_once_and_then_nobody_is_asked(
    serve: Callable[..., Served], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    served = serve()
    first = library().download(served.url, SHA256.upper(), folder=tmp_path / "new" / "cache")
    second = library().download(served.url, SHA256, folder=str(tmp_path / "new" / "cache"))

    assert first == second
    assert first.name == f"{SHA256[:16]}-digits one.bin"
    assert first.read_bytes() == CONTENT
    assert served.ranges == [None]
    assert not part_of(first.parent).exists()
    assert capfd.readouterr() == ("", "")


def test_the_folder_comes_from_the_environment_or_is_below_home(
    serve: Callable[..., Served], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    served = serve()
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv("GLUONBOOK_CACHE", raising=False)
    assert library().download(served.url, SHA256).parent == tmp_path / "home/.cache/gluonbook"
    monkeypatch.setenv("GLUONBOOK_CACHE", str(tmp_path / "named"))
    assert library().download(served.url, SHA256).parent == tmp_path / "named"


def test_two_files_of_one_name_do_not_clash(serve: Callable[..., Served], tmp_path: Path) -> None:
    other = b"another file"
    one = library().download(serve().url, SHA256, folder=tmp_path)
    two = library().download(serve(content=other).url, hashlib.sha256(other).hexdigest(), folder=tmp_path)

    assert one != two
    assert (one.read_bytes(), two.read_bytes()) == (CONTENT, other)


def test_a_wrong_checksum_is_named_and_the_file_removed(serve: Callable[..., Served], tmp_path: Path) -> None:
    served = serve(content=b"please log in")
    with pytest.raises(library().DownloadError) as caught:
        library().download(served.url, SHA256, folder=tmp_path)

    message = str(caught.value)
    assert served.url in message
    assert f"got      {hashlib.sha256(b'please log in').hexdigest()}" in message
    assert f"expected {SHA256}" in message
    assert [path.name for path in tmp_path.iterdir() if path.suffix != ".lock"] == []


def test_a_damaged_copy_is_replaced(serve: Callable[..., Served], tmp_path: Path) -> None:
    served = serve()
    copy = library().download(served.url, SHA256, folder=tmp_path)
    copy.write_bytes(CONTENT[:-1])

    assert library().download(served.url, SHA256, folder=tmp_path).read_bytes() == CONTENT
    assert served.ranges == [None, None]


def test_a_part_is_continued_and_not_fetched_again(serve: Callable[..., Served], tmp_path: Path) -> None:
    served = serve()
    part_of(tmp_path).write_bytes(CONTENT[:1000])

    assert library().download(served.url, SHA256, folder=tmp_path).read_bytes() == CONTENT
    assert served.ranges == ["bytes=1000-"]


def test_a_server_that_ignores_range_sends_everything_anew(
    serve: Callable[..., Served], tmp_path: Path
) -> None:
    served = serve(knows_range=False)
    part_of(tmp_path).write_bytes(CONTENT[:1000])

    assert library().download(served.url, SHA256, folder=tmp_path).read_bytes() == CONTENT
    assert served.ranges == ["bytes=1000-"]


def test_a_part_of_something_else_does_not_spoil_the_file(
    serve: Callable[..., Served], tmp_path: Path
) -> None:
    served = serve()
    part_of(tmp_path).write_bytes(b"x" * 1000)

    assert library().download(served.url, SHA256, folder=tmp_path).read_bytes() == CONTENT
    assert served.ranges == ["bytes=1000-", None]


def test_a_part_that_is_too_long_is_thrown_away(serve: Callable[..., Served], tmp_path: Path) -> None:
    served = serve()
    part_of(tmp_path).write_bytes(CONTENT + b"more")

    assert library().download(served.url, SHA256, folder=tmp_path).read_bytes() == CONTENT
    assert served.ranges == [f"bytes={len(CONTENT) + 4}-", None]


def test_a_truncated_transfer_is_an_error_and_the_next_call_goes_on(
    serve: Callable[..., Served], tmp_path: Path
) -> None:
    served = serve(breaks_after=5000)
    with pytest.raises(library().DownloadError, match=f"ended after 5000 of {len(CONTENT)} bytes"):
        library().download(served.url, SHA256, folder=tmp_path)
    served.breaks_after = None

    assert library().download(served.url, SHA256, folder=tmp_path).read_bytes() == CONTENT
    assert served.ranges == [None, "bytes=5000-"]


def test_a_mirror_helps_out_and_continues_what_the_first_address_began(
    serve: Callable[..., Served], tmp_path: Path
) -> None:
    gone, broken, good, spare = serve(status=404), serve(breaks_after=5000), serve(), serve()
    path = library().download(gone.url, SHA256, mirrors=[broken.url, good.url, spare.url], folder=tmp_path)

    assert path.read_bytes() == CONTENT
    assert [server.ranges for server in (gone, broken, good, spare)] == [[None], [None], ["bytes=5000-"], []]


def test_without_a_network_the_error_says_what_was_tried_and_why_it_failed(
    serve: Callable[..., Served], tmp_path: Path
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    closed, gone = f"http://127.0.0.1:{port}/a.bin", serve(status=404)
    with pytest.raises(library().DownloadError) as caught:
        library().download(closed, SHA256, mirrors=[gone.url, "no address"], folder=tmp_path)

    message = str(caught.value)
    lines = message.splitlines()
    assert "Connection refused" in lines[lines.index(f"  {closed}") + 1]
    assert "404" in lines[lines.index(f"  {gone.url}") + 1]
    assert "unknown url type" in lines[lines.index("  no address") + 1]
    assert str(tmp_path / f"{SHA256[:16]}-a.bin") in message


def test_a_digest_that_cannot_be_one_is_refused_before_anything_is_asked(
    serve: Callable[..., Served], tmp_path: Path
) -> None:
    served = serve()
    with pytest.raises(ValueError, match="'abc' is not a SHA-256 digest"):
        library().download(served.url, "ABC", folder=tmp_path)
    assert served.ranges == []


def test_several_processes_that_want_one_file_fetch_it_once(
    serve: Callable[..., Served], tmp_path: Path
) -> None:
    def until_both_have_begun() -> None:
        deadline = time.monotonic() + 30
        while len(list(tmp_path.glob("begun-*"))) < 2 and time.monotonic() < deadline:
            time.sleep(0.01)
        time.sleep(0.2)

    served = serve(waits=until_both_have_begun)
    context = multiprocessing.get_context("spawn")
    processes = [
        context.Process(target=download_in_a_process, args=(served.url, tmp_path, number))
        for number in range(2)
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join()

    assert [process.exitcode for process in processes] == [0, 0]
    assert served.ranges == [None]


def download_in_a_process(url: str, folder: Path, number: int) -> None:
    download = library().download
    (folder / f"begun-{number}").touch()
    assert download(url, SHA256, folder=folder / "cache").read_bytes() == CONTENT
