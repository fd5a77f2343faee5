"""What the preview's server answers, to whom, and what it does not."""

import asyncio
import http.client
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from support.previews import free_port

from toolchain.base.errors import ConfigError
from toolchain.preview.clients import Clients
from toolchain.preview.server import HOST, PORT, Server
from toolchain.preview.shown import Shown
from toolchain.preview.site import Site

PAGE = (
    b"<!DOCTYPE html>\n<html><head><meta charset='utf-8'></head><body><article>Page</article></body></html>\n"
)
Ask = Callable[..., http.client.HTTPResponse]


class Acts:
    """Remembers what was asked for."""

    def __init__(self, folder: Path) -> None:
        self.done: list[str] = []
        self._folder = folder

    def run_waiting(self) -> None:
        self.done.append("run")

    def make_pdf(self) -> None:
        self.done.append("pdf")

    def leave_pdf(self) -> None:
        self.done.append("no pdf")

    def pdf(self, name: str) -> Path | None:
        return self._folder / name if name == "book.pdf" else None


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Give a folder with a site, and something beside it that is nobody's business."""
    site = tmp_path / "_build/html"
    (site / "chapter").mkdir(parents=True)
    (site / "_static").mkdir()
    for page in ("index.html", "chapter/index.html", "chapter/a page.html"):
        (site / page).write_bytes(PAGE)
    (site / "_static/film.mp4").write_bytes(bytes(range(100)))
    (site / "_static/style.css").write_text("a {}")
    (tmp_path / "secret.html").write_bytes(b"<html>secret</html>")
    (tmp_path / "_build/report.json").write_text("secret")
    (tmp_path / "book.pdf").write_bytes(b"%PDF")
    long_ago = time.time() - 60
    for path in site.rglob("*"):
        os.utime(path, (long_ago, long_ago))
    return tmp_path


@pytest.fixture
def acts(project: Path) -> Acts:
    return Acts(project)


@pytest.fixture
def ask(project: Path, acts: Acts) -> Iterator[Ask]:
    """Give what sends a request to a server of this site and returns the answer, with its body read."""
    loop = asyncio.new_event_loop()
    started: list[Server] = []

    def serve() -> None:
        asyncio.set_event_loop(loop)
        site = Site(project / "_build/html")

        async def begin() -> None:
            started.append(Server(free_port(), site, Clients(site, lambda _page: Shown()), acts))

        loop.run_until_complete(begin())
        loop.run_forever()
        loop.run_until_complete(started[0].close())
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()

    thread = threading.Thread(target=serve)
    thread.start()
    while not started:
        time.sleep(0.005)

    def send(path: str, method: str = "GET", **headers: str) -> http.client.HTTPResponse:
        connection = http.client.HTTPConnection(HOST, started[0].port, timeout=30)
        given = {"Host": f"localhost:{started[0].port}", "Connection": "close"}
        given |= {name.replace("_", "-"): value for name, value in headers.items()}
        connection.putrequest(method, path, skip_host=True)
        for name, value in given.items():
            connection.putheader(name, value)
        connection.endheaders()
        answer = connection.getresponse()
        answer.body = answer.read()  # type: ignore[attr-defined] # read while the connection is open
        connection.close()
        return answer

    send.port = started[0].port  # type: ignore[attr-defined] # for who sends by himself
    yield send
    loop.call_soon_threadsafe(loop.stop)
    thread.join()


def body(answer: http.client.HTTPResponse) -> bytes:
    return answer.body  # type: ignore[attr-defined, no-any-return] # as above


def test_a_page_has_the_preview_s_script_in_the_answer_and_not_in_its_file(ask: Ask, project: Path) -> None:
    answer = ask("/chapter/a%20page.html?words#place")

    assert answer.status == 200
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert answer.headers["Cache-Control"] == "no-cache"
    head, script, rest = body(answer).partition(b'<script src="/_toolchain/preview.js"')
    assert script
    assert head + rest.partition(b"</script>")[2] == PAGE
    assert (project / "_build/html/chapter/a page.html").read_bytes() == PAGE
    assert ask("/_toolchain/preview.js").status == ask("/_toolchain/preview.css").status == 200


def test_folders_are_their_first_page_and_are_not_listed(ask: Ask) -> None:
    assert ask("/").status == ask("/chapter/").status == 200
    assert (ask("/chapter").status, ask("/chapter").headers["Location"]) == (302, "/chapter/")
    for path in ("/_static/", "/_static", "/nothing.html", "/_toolchain/", "/_toolchain/nothing.js"):
        assert ask(path).status == 404


@pytest.mark.parametrize(
    "path",
    [
        "/../../secret.html",
        "/%2e%2e/%2e%2e/secret.html",
        "/chapter/../../report.json",
        "/..%2f..%2fsecret.html",
        "/..%5c..%5csecret.html",
        "//etc/passwd",
        "/%2fetc/passwd",
        "/index.html%00.css",
        "/link.html",
        "/linked/secret.html",
        "/pipe.html",
        "/_toolchain/pdf/..%2fsecret.html",
        "/_toolchain/pdf/secret.pdf",
        "/_toolchain/../../../secret.html",
        "/_toolchain/..%2f..%2fserver.py",
    ],
)
def test_nothing_else_is_served(ask: Ask, project: Path, path: str) -> None:
    site = project / "_build/html"
    (site / "link.html").symlink_to(project / "secret.html")
    (site / "linked").symlink_to(project)
    os.mkfifo(site / "pipe.html")

    answer = ask(path)

    assert answer.status == 404
    assert b"secret" not in body(answer)


def test_a_link_within_the_site_is_followed(ask: Ask, project: Path) -> None:
    (project / "_build/html/again.html").symlink_to("index.html")

    assert ask("/again.html").status == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8000", "127.0.0.1.evil.example", "10.0.0.1", ""]
)
def test_another_host_is_refused(ask: Ask, host: str) -> None:
    for path in ("/", "/_static/style.css", "/_toolchain/events?page=/", "/_toolchain/preview.js"):
        assert ask(path, Host=host).status == 421


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:9000", "127.0.0.1:8000", "[::1]:8000"])
def test_this_machine_is_known_by_its_names(ask: Ask, host: str) -> None:
    assert ask("/", Host=host).status == 200


@pytest.mark.skipif(os.geteuid() != 0 or sys.platform != "linux", reason="takes root to be somebody else")
def test_another_user_of_this_machine_is_refused(ask: Ask) -> None:
    program = (
        "import http.client, os, sys\n"
        "def status():\n"
        "    connection = http.client.HTTPConnection('127.0.0.1', int(sys.argv[1]))\n"
        "    connection.request('GET', '/')\n"
        "    return connection.getresponse().status\n"
        "print(status())\n"
        "os.setgid(65534); os.setuid(65534)\n"
        "print(status())\n"
    )
    command = [sys.executable, "-c", program, str(ask.port)]  # type: ignore[attr-defined] # the fixture's
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == "200\n403\n"


def test_what_acts_is_asked_for_by_our_own_pages_only(ask: Ask, acts: Acts) -> None:
    for headers in (
        {},
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "https://localhost:8000", "Host": "localhost:8000"},
        {"Origin": "http://localhost:8001", "Host": "localhost:8000"},
    ):
        assert ask("/_toolchain/run", "POST", **headers).status == 403
    assert ask("/_toolchain/run").status == ask("/_toolchain/make-pdf").status == 405
    assert acts.done == []
    assert ask("/_toolchain/run", "POST", Origin="http://localhost:8000", Host="localhost:8000").status == 202
    assert (
        ask("/_toolchain/make-pdf", "POST", Origin="http://localhost:8000", Host="localhost:8000").status
        == 202
    )
    assert acts.done == ["run", "pdf"]
    assert ask("/", "POST", Origin="http://localhost:8000", Host="localhost:8000").status == 405
    assert body(ask("/_toolchain/pdf/book.pdf")) == b"%PDF"


def test_a_film_is_sent_in_parts_and_a_head_without_its_body(ask: Ask) -> None:
    part = ask("/_static/film.mp4", Range="bytes=10-19")
    assert (part.status, body(part), part.headers["Content-Range"]) == (
        206,
        bytes(range(10, 20)),
        "bytes 10-19/100",
    )
    assert part.headers["Content-Type"] == "video/mp4"
    assert ask("/_static/film.mp4", Range="bytes=100-").status == 416
    for path, size in (("/_static/film.mp4", "100"), ("/", str(len(body(ask("/")))))):
        head = ask(path, "HEAD")
        assert (head.status, head.headers["Content-Length"], body(head)) == (200, size, b"")


def test_a_file_that_is_the_same_is_not_sent_again_and_one_that_is_not_is(ask: Ask, project: Path) -> None:
    first = ask("/_static/style.css")
    assert first.headers["Content-Type"] == "text/css; charset=utf-8"
    assert ask("/_static/style.css", If_None_Match=first.headers["Etag"]).status == 304

    stat = (project / "_build/html/_static/style.css").stat()
    (project / "_build/html/_static/style.css").write_text("b {}")
    os.utime(project / "_build/html/_static/style.css", ns=(stat.st_atime_ns, stat.st_mtime_ns + 1))

    assert body(ask("/_static/style.css", If_None_Match=first.headers["Etag"])) == b"b {}"


SHOWING = """<html><head><link rel="stylesheet" href="_static/style.css?v=1"><link rel="next" href="chapter/">
<script src="searchindex.js"></script></head><body><a href="chapter/">Next</a><img src="_images/a%20b.png">
<img src="https://example.org/_images/c.png"><img src="../../secret.html"></body></html>"""


def test_a_page_is_new_when_something_that_it_shows_is(project: Path) -> None:
    folder = project / "_build/html"
    site = Site(folder)
    (folder / "_images").mkdir()
    (folder / "index.html").write_text(SHOWING)
    versions = [site.version("")]

    for name, new in (
        ("_static/style.css", True),
        ("_images/a b.png", True),
        ("_images/c.png", False),
        ("chapter/index.html", False),
        ("searchindex.js", False),
        ("../../secret.html", False),
        ("index.html", True),
    ):
        text = SHOWING + "!" if name == "index.html" else "other"
        (folder / name).write_text(text)
        os.utime(folder / name, (time.time() - 1, time.time() - 1))
        versions.append(site.version("index.html"))
        assert (versions[-1] != versions[-2]) == new, name

    assert all(versions)
    (folder / "_static/style.css").write_text("half of")
    assert site.version("") == versions[-1], "what is being written counts when that is over"
    assert site.version("nothing.html") == ""


def test_half_a_page_is_waited_for_and_a_site_that_is_replaced(ask: Ask, project: Path) -> None:
    site = project / "_build/html"
    (site / "index.html").write_bytes(PAGE[:50])

    threading.Timer(0.2, lambda: (site / "index.html").write_bytes(PAGE)).start()
    assert b"Page</article>" in body(ask("/"))

    site.rename(project / "_build/before")
    threading.Timer(0.2, lambda: (project / "_build/before").rename(site)).start()
    assert ask("/chapter/").status == 200


def test_without_a_site_a_page_says_so_and_waits_for_it(ask: Ask, project: Path) -> None:
    (project / "_build/html").rename(project / "_build/elsewhere")

    answer = ask("/")

    assert answer.status == 404
    assert b"is being made for the first time" in body(answer)
    assert b"preview.js" in body(answer)


def test_the_first_port_that_is_free_is_taken_and_one_that_was_asked_for_or_none(tmp_path: Path) -> None:
    site = Site(tmp_path)

    def server(port: int | None) -> Server:
        return Server(port, site, Clients(site, lambda _page: Shown()), Acts(tmp_path))

    async def listen() -> None:
        with socket.socket() as taken:
            taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            taken.bind((HOST, 0))
            taken.listen()
            with pytest.raises(ConfigError, match="is not free") as error:
                server(taken.getsockname()[1])
            assert "--port" in error.value.remedy
            assert error.value.exit_code == 2
        first, second = server(None), server(None)
        assert PORT <= first.port < second.port
        await first.close()
        await second.close()

    asyncio.run(listen())
