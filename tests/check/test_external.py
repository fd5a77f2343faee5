"""Links that lead out of the book, followed on a server of the test's own: nobody else is asked."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from support.running import run_toolchain

PAGE = b"<html><body><h1 id='here'>A page</h1></body></html>"

ANSWERS: dict[str, tuple[int, dict[str, str]]] = {
    "/gone": (404, {}),
    "/forbidden": (403, {}),
    "/old": (301, {"Location": "/good"}),
    "/for-now": (302, {"Location": "/good"}),
    "/to-a-file": (302, {"Location": "file:///etc/hostname"}),
    "/round": (302, {"Location": "/round"}),
    "/flaky": (503, {"Retry-After": "0"}),
    "/no-head": (405, {}),
    "/tomorrow": (429, {"Retry-After": "86400"}),
}
"""Everything else is good."""


class Server(ThreadingHTTPServer):
    """Answers well or badly, and remembers what it was asked."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.requests: list[tuple[str, str]] = []
        self.agents: set[str] = set()
        self.most_at_once = 0
        self.at_once = 0
        self.lock = threading.Lock()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    """Does as ANSWERS says of the path."""

    server: Server

    def do_HEAD(self) -> None:
        self._answer()

    def do_GET(self) -> None:
        self._answer()

    def _answer(self) -> None:
        server = self.server
        with server.lock:
            server.requests.append((self.command, self.path))
            server.agents.add(self.headers["User-Agent"])
            server.at_once += 1
            server.most_at_once = max(server.most_at_once, server.at_once)
            request_count = sum(path == self.path for _, path in server.requests)
        time.sleep(0.02)  # so that two at a time would be seen
        with server.lock:
            # Before the answer: whoever has it may ask again before this thread goes on.
            server.at_once -= 1
        self._as_the_path_is(request_count)

    def _as_the_path_is(self, request_count: int) -> None:
        code, headers = ANSWERS.get(self.path, (200, {}))
        if self.path == "/slow":
            time.sleep(6)
        if self.path == "/drips":
            self._drip()
        elif (self.path == "/cut" and request_count == 1) or (
            self.path == "/hangs-up" and self.command == "HEAD"
        ):
            self.connection.shutdown(socket.SHUT_RDWR)
            self.connection.close()
        elif (self.path == "/flaky" and request_count > 2) or (
            self.path == "/no-head" and self.command == "GET"
        ):
            self._send(200)
        else:
            self._send(code, **headers)

    def _drip(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        with suppress(OSError):
            while True:
                self.wfile.write(b" ")
                time.sleep(0.1)

    def _send(self, code: int, **headers: str) -> None:
        self.send_response(code)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(PAGE)))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(PAGE)

    def log_message(self, *_: Any) -> None:
        pass

    def handle(self) -> None:
        with suppress(OSError, ValueError):  # whoever asked has gone, as in some tests it should
            super().handle()


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as running:
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        yield running
        running.shutdown()
        thread.join()


@pytest.fixture
def linking(copy: Callable[[str], Path], server: Server) -> Callable[..., Path]:
    """Build a tiny book with links to the server, one a line from line 3 of book/section.md."""

    def build(*links: str, options: str = "") -> Path:
        project = copy("dead-link-in-raw-html")
        (project / "expected.toml").unlink()
        lines = [f"[Link {number}]({link}) leads out." for number, link in enumerate(links, start=1)]
        text = "\n".join(["# Section", "", *lines, ""]).replace("SERVER", server.url)
        (project / "book/section.md").write_text(text, encoding="utf-8")
        toml = project / "_config/book.toml"
        check = f"\n[check]\nexternal_timeout = 2\n{options}\n"
        toml.write_text(
            toml.read_text(encoding="utf-8") + check.replace("SERVER", server.url), encoding="utf-8"
        )
        run = run_toolchain("build", "html", project=project)
        assert run.code == 0, run.stdout + run.stderr
        assert server.requests == []
        return project

    return build


def followed(project: Path, *ids: str) -> list[tuple[str, int, str]]:
    """Return the id, line and message of each finding of the links; all of them stand in the section."""
    check = run_toolchain("check", "--external", "--json", *ids, project=project)
    assert {finding["path"] for finding in check.json} <= {"book/section.md"}
    return [(finding["id"], finding["line"], finding["message"]) for finding in check.json]


def test_links_that_answer_are_good_and_asked_once_a_week(
    linking: Callable[..., Path], server: Server
) -> None:
    good = ["/good", "/good#here", "/for-now", "/flaky", "/no-head", "/cut", "/good#/route", "/good#L7"]
    project = linking(*(f"SERVER{path}" for path in good))

    assert followed(project) == []
    assert {agent.partition("/")[0] for agent in server.agents} == {"toolchain"}
    assert [command for command, path in server.requests if path == "/flaky"] == ["HEAD"] * 3
    assert [command for command, path in server.requests if path == "/no-head"] == ["HEAD", "GET"]
    assert server.most_at_once == 1
    server.requests.clear()

    assert followed(project) == []
    assert server.requests == []
    cache = project / "_build/links.json"
    text = cache.read_text(encoding="utf-8")
    cache.write_text(text.replace('"asked": 1', '"asked": 0.1'), encoding="utf-8")

    assert followed(project) == []
    assert ("HEAD", "/for-now") in server.requests


def test_links_that_do_not_answer_are_named_with_their_lines(
    linking: Callable[..., Path], server: Server
) -> None:
    bad = ["/gone", "/good#nowhere", "/to-a-file", "/round", "/slow", "/forbidden", "/good"]
    project = linking(*(f"SERVER{path}" for path in bad), "http://127.0.0.1:9/nobody")
    at = server.url

    findings = followed(project, "LINK001")

    assert findings == [
        ("LINK001", 3, f"{at}/gone: answers 404 Not Found"),
        ("LINK001", 4, f"{at}/good#nowhere: no such place in that page"),
        ("LINK001", 5, f"{at}/to-a-file: redirects to what is no address of the web"),
        ("LINK001", 6, f"{at}/round: redirects more than 10 times"),
        ("LINK001", 7, f"{at}/slow: no answer within 2 s"),
        ("LINK001", 8, f"{at}/forbidden: answers 403 Forbidden"),
        ("LINK001", 10, "http://127.0.0.1:9/nobody: no answer: the connection is refused"),
    ]
    server.requests.clear()
    assert followed(project, "LINK001") == findings
    assert "/good" not in {path for command, path in server.requests if command == "HEAD"}


def test_a_site_that_hangs_up_on_head_is_asked_in_full(linking: Callable[..., Path], server: Server) -> None:
    project = linking("SERVER/hangs-up")

    assert followed(project) == []
    assert server.requests[-1] == ("GET", "/hangs-up")


def test_a_site_that_wants_to_be_asked_tomorrow_is_asked_once(
    linking: Callable[..., Path], server: Server
) -> None:
    project = linking("SERVER/tomorrow")

    (finding,) = run_toolchain("check", "--external", "--json", project=project).json
    assert finding["message"] == f"{server.url}/tomorrow: answers 429 Too Many Requests"
    assert "external_ignore" in finding["remedy"]
    assert server.requests == [("HEAD", "/tomorrow")]


def test_a_page_that_does_not_end_is_not_read_to_its_end(
    linking: Callable[..., Path], server: Server
) -> None:
    project = linking("SERVER/drips#somewhere")

    assert followed(project) == []
    assert server.requests == [("GET", "/drips")]


def test_a_link_that_has_moved_for_good_is_advice(linking: Callable[..., Path], server: Server) -> None:
    project = linking("SERVER/old")

    check = run_toolchain("check", "--external", "--json", project=project)

    assert check.code == 0
    (finding,) = check.json
    assert finding["id"] == "LINK002"
    assert finding["severity"] == "advice"
    assert finding["line"] == 3
    assert finding["message"] == f"{server.url}/old: has moved to {server.url}/good"


def test_examples_and_what_is_told_are_not_asked(linking: Callable[..., Path], server: Server) -> None:
    project = linking(
        "SERVER/gone",
        "https://example.org/x",
        "https://book.example/y",
        options='external_ignore = ["SERVER/*"]',
    )

    assert followed(project) == []
    assert server.requests == []


def test_links_of_raw_html_and_of_the_bibliography_are_named_with_their_lines(
    copy: Callable[[str], Path], server: Server
) -> None:
    project = copy("dead-link-in-raw-html")
    toml = project / "_config/book.toml"
    # The theme links to the repository, and to a page of it, from every page.
    repository = "https://github.com/nobody/nothing"
    toml.write_text(
        toml.read_text(encoding="utf-8").replace("[book]\n", f'[book]\nrepository = "{repository}"\n')
    )
    (project / "bib").mkdir()
    entry = "@book{hill1999,\n  author = {Hill, Ann},\n  title = {Waves},\n  publisher = {Shore},\n  year = {1999},\n  doi = {10.1000/a_b},\n}\n"
    (project / "bib/all.bib").write_text(entry, encoding="utf-8")
    (project / "book/section.md").write_text(
        f"# Section\n\nSo says {{cite:t}}`hill1999`; [write](mailto:a@example.org), or see\n"
        f'<a href="{server.url}/gone">this</a>.\n\n```{{bibliography}}\n```\n',
        encoding="utf-8",
    )
    build = run_toolchain("build", "html", project=project)
    assert build.code == 0, build.stdout + build.stderr

    # Nobody outside is asked by a test.
    nobody = {"HTTPS_PROXY": "http://127.0.0.1:9", "https_proxy": "http://127.0.0.1:9"}
    check = run_toolchain("check", "LINK001", "--external", "--json", project=project, env=nobody)

    found = [(finding["path"], finding.get("line"), finding["message"]) for finding in check.json]
    assert [(path, line, message.partition(": ")[0]) for path, line, message in found] == [
        ("_build/html/404.html", None, repository),
        ("bib/all.bib", 6, "https://doi.org/10.1000/a_b"),
        ("book/section.md", 4, f"{server.url}/gone"),
    ]
    assert {path for _, path in server.requests} == {"/gone"}


def test_nobody_is_asked_unless_it_is_allowed(linking: Callable[..., Path], server: Server) -> None:
    project = linking("SERVER/gone")

    assert run_toolchain("check", project=project).code == 0
    refused = run_toolchain("check", "LINK001", project=project)

    assert refused.code == 2
    assert "--external" in refused.stderr
    assert server.requests == []
