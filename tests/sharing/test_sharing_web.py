"""A web server that results are pulled from may be slow, broken or hostile: it gets no more than an answer is worth."""

import datetime as dt
import gzip
import http.server
import itertools
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from support.projects import copy_project
from support.running import run_toolchain
from support.sharing_places import Server, make_up, serving

from toolchain.base.errors import RemoteError
from toolchain.sharing import web_session
from toolchain.sharing.transfer_pace import Pace
from toolchain.sharing.web import Web
from toolchain.sharing.web_session import Nearness, nearness
from toolchain.store.store import Store


class Request(http.server.BaseHTTPRequestHandler):
    """Hands every request to a function of the test."""

    server: "Hostile"

    def do_GET(self) -> None:
        self.server.requests.append(self)
        self.server.answer(self)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as http.server has it
        """Say nothing."""


class Hostile(http.server.ThreadingHTTPServer):
    """A web server that answers as a test says."""

    def __init__(self, answer: Callable[[Request], None]) -> None:
        super().__init__(("127.0.0.1", 0), Request)
        self.answer = answer
        self.requests: list[Request] = []
        self.over = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


@contextmanager
def hostile(answer: Callable[[Request], None]) -> Iterator[Hostile]:
    server = Hostile(answer)
    with serving(server):
        try:
            yield server
        finally:
            server.over.set()


def silent(request: Request) -> None:
    request.server.over.wait()


def dripping(begin: bytes, repeated: bytes) -> Callable[[Request], None]:
    """Never be silent for long, and never come to an end."""

    def answer(request: Request) -> None:
        request.close_connection = True
        try:
            request.wfile.write(begin)
            while not request.server.over.wait(0.02):
                request.wfile.write(repeated)
        except OSError:
            pass

    return answer


CHUNKS = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


def tomorrow(request: Request) -> None:
    request.send_response(503)
    request.send_header("Retry-After", "86400")
    request.send_header("Content-Length", "0")
    request.end_headers()


@pytest.mark.parametrize(
    ("answer", "times"),
    [
        pytest.param(silent, 1, id="silent"),
        pytest.param(tomorrow, 6, id="tomorrow"),
        pytest.param(dripping(b"HTTP/1.1 200 OK\r\n\r\n", b"x"), 1, id="body"),
        pytest.param(dripping(b"HTTP/1.1 200 OK\r\nX-Header: ", b"x"), 1, id="header"),
        pytest.param(dripping(b"", b"HTTP/1.1 100 Continue\r\n\r\n"), 1, id="continue"),
        pytest.param(dripping(CHUNKS + b"5;", b"x"), 1, id="chunk"),
        pytest.param(dripping(CHUNKS + b"1\r\nx\r\n0\r\n", b"X-Trailer: x\r\n" * 99), 1, id="trailers"),
    ],
)
def test_a_server_that_never_ends_is_left(answer: Callable[[Request], None], times: int) -> None:
    with hostile(answer) as server:
        with pytest.raises(RemoteError, match="cannot be reached"):
            Web(server.url, {"timeout": 0.2}).read("store.json", 1000)
        assert len(server.requests) == times


def test_what_is_packed_is_not_unpacked_beyond_what_is_expected() -> None:
    def bomb(request: Request) -> None:
        body = gzip.compress(bytes(20_000_000))
        request.send_response(200)
        request.send_header("Content-Encoding", "gzip")
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body)

    with hostile(bomb) as server:
        assert Web(server.url, {}).read("store.json", 1000) == bytes(1001)


def redirecting(to: str) -> Callable[[Request], None]:
    def answer(request: Request) -> None:
        request.send_response(302)
        request.send_header("Location", to)
        request.send_header("Content-Length", "0")
        request.end_headers()

    return answer


def test_what_says_who_we_are_does_not_go_on_to_another_server(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "netrc").write_text("machine localhost login somebody password secret\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))

    def empty(request: Request) -> None:
        request.send_response(200)
        request.send_header("Content-Length", "0")
        request.end_headers()

    with hostile(empty) as other:
        target = other.url.replace("127.0.0.1", "localhost") + "/x"
        with hostile(redirecting(target)) as server:
            url = server.url.replace("://", "://somebody:secret@")
            assert Web(url, {"headers": {"X-Token": "secret"}}).read("x", 1000) == b""
        (first,), (second,) = server.requests, other.requests
        assert (first.headers["X-Token"], first.headers["Authorization"][:6]) == ("secret", "Basic ")
        assert "secret" not in str(second.headers)
        assert "Authorization" not in second.headers


def test_a_file_of_this_machine_is_no_answer() -> None:
    with (
        hostile(redirecting(Path(__file__).as_uri())) as server,
        pytest.raises(RemoteError, match="cannot be reached"),
    ):
        Web(server.url, {}).read("x", 1000)


def test_whoever_gives_up_an_encrypted_way_is_not_followed(
    certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    with hostile(page) as open_to_all, hostile(redirecting(open_to_all.url)) as server:
        encrypt(server, certificate)
        url = server.url.replace("http://127.0.0.1", "https://localhost")
        with pytest.raises(
            RemoteError, match="cannot be reached: it sends us from https:// to an address without it"
        ):
            Web(url, {}).read("x", 1000)
    assert open_to_all.requests == []


def test_a_server_far_away_cannot_have_us_ask_what_is_on_this_machine(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with hostile(page) as near, hostile(redirecting(near.url)) as server:
        assert Web(server.url, {}).read("x", 1000) == b"<html>Sign in</html>"
        asked = iter((Nearness.PUBLIC, Nearness.THIS_MACHINE))
        monkeypatch.setattr(web_session, "nearness", lambda _address: next(asked))
        with pytest.raises(
            RemoteError, match=r"it sends us to 127\.0\.0\.1, which is nearer to us than itself"
        ):
            Web(server.url, {}).read("x", 1000)
    assert len(near.requests) == 1


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("127.0.0.1", Nearness.THIS_MACHINE),
        ("::1", Nearness.THIS_MACHINE),
        ("::ffff:127.0.0.1", Nearness.THIS_MACHINE),
        ("0.0.0.0", Nearness.THIS_MACHINE),  # noqa: S104 - nothing listens there
        ("169.254.169.254", Nearness.OUR_NETWORK),
        ("10.1.2.3", Nearness.OUR_NETWORK),
        ("fe80::1%eth0", Nearness.OUR_NETWORK),
        ("8.8.8.8", Nearness.PUBLIC),
        ("2606:4700::1111", Nearness.PUBLIC),
    ],
)
def test_how_near_a_server_is_its_address_says(address: str, expected: Nearness) -> None:
    assert nearness(address) is expected


def test_a_server_that_is_busy_is_waited_for_in_longer_and_longer_pauses() -> None:
    times: list[float] = []

    def busy(request: Request) -> None:
        times.append(time.monotonic())
        request.send_response(429 if len(times) < 5 else 200)
        request.send_header("Content-Length", "0")
        request.end_headers()

    with hostile(busy) as server:
        assert Web(server.url, {"timeout": 1}).read("x", 1000) == b""
    pauses = [after - before for before, after in itertools.pairwise(times)]
    assert pauses[-1] > 0.19  # a fifth of the silence is the longest
    assert sum(pauses) < 10


@pytest.mark.parametrize("code", [302, 401, 403, 500])
def test_what_a_server_says_in_its_own_words_is_short_and_no_page(code: int) -> None:
    def wordy(request: Request) -> None:
        request.send_response(code, "<b>" + "no " * 20_000)
        request.send_header("Content-Length", str(1 << 40))
        request.end_headers()
        request.wfile.write(b"<html>" * 1000)

    with hostile(wordy) as server, pytest.raises(RemoteError) as raised:
        Web(server.url, {}).read("x", 1000)
    assert f" {code} <b>no no no" in raised.value.message
    assert len(raised.value.message) < 300


@pytest.mark.parametrize(
    ("url", "options"),
    [
        ("http://127.0.0.1:9", 'timeout = "long"'),
        ("http://127.0.0.1:9", "timeout = 0"),
        ("http://127.0.0.1:9", 'headers = "X-Token: secret"'),
        ("http://127.0.0.1:9", "anon = true"),
        ("http://a..b/c", ""),
        ("http://[::1/c", ""),
    ],
)
def test_a_server_that_is_told_of_wrongly_is_a_clear_error(url: str, options: str, tmp_path: Path) -> None:
    project = copy_project("minimal", tmp_path)
    with (project / "_config/book.toml").open("a", encoding="utf-8") as toml:
        toml.write(f"\n[store]\n[store.options]\n{options}\n")
    pull = run_toolchain("store", "pull", url, project=project)
    assert pull.code == 2, pull.stderr
    assert f"error: {url}: " in pull.stderr
    assert "defect" not in pull.stderr


def test_what_an_address_lets_in_by_is_sent_with_each_request(tmp_path: Path) -> None:
    sending, getting = (copy_project("minimal", tmp_path / name) for name in "ab")
    make_up(Store(sending / "_build/store"), range(1))
    assert run_toolchain("store", "push", tmp_path / "share", project=sending).code == 0

    def serve(request: Request) -> None:
        path, _, query = request.path.partition("?")
        known = (
            request.headers["Authorization"] == "Basic c29tZWJvZHk6Z2UvaGVpbQ=="
            and query == "sv=1&sig=geheim%2B"
        )
        file = tmp_path / "share" / path[1:]
        content = file.read_bytes() if known and file.is_file() else b""
        request.send_response(200 if content else 404 if known else 403)
        request.send_header("Content-Length", str(len(content)))
        request.end_headers()
        request.wfile.write(content)

    with hostile(serve) as server:
        url = server.url.replace("://", "://somebody:ge%2Fheim@") + "?sv=1&sig=geheim%2B"
        pull = run_toolchain("store", "pull", url, "--json", project=getting)
    assert pull.code == 0, pull.stderr
    assert (pull.json["results"], pull.json["remote"]) == (1, server.url.replace("://", "://***@") + "?***")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a certificate that nobody believes, and give the file of it and its key."""
    key = Ed25519PrivateKey.generate()
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    signed = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, None)
    )
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(private + signed.public_bytes(Encoding.PEM))
    return path


def encrypt(server: http.server.HTTPServer, certificate: Path) -> None:
    """Have a server speak TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)


def test_a_server_whose_certificate_is_not_believed_is_left_and_the_remedy_works(
    certificate: Path, tmp_path: Path
) -> None:
    sending, getting = (copy_project("minimal", tmp_path / name) for name in "ab")
    make_up(Store(sending / "_build/store"), range(1))
    assert run_toolchain("store", "push", tmp_path / "share", project=sending).code == 0
    server = Server(tmp_path / "share")
    encrypt(server, certificate)
    url = server.url.replace("http://127.0.0.1", "https://localhost")
    with serving(server):
        refused = run_toolchain("store", "pull", url, project=getting)
        trusting = run_toolchain(
            "store", "pull", url, project=getting, env={"REQUESTS_CA_BUNDLE": str(certificate)}
        )
    assert refused.code == 2
    assert f"error: {url}: cannot be reached: its certificate is not believed: self-signed" in refused.stderr
    assert "REQUESTS_CA_BUNDLE" in refused.stderr
    assert trusting.code == 0, trusting.stderr


def ending(request: Request) -> None:
    request.connection.shutdown(socket.SHUT_RDWR)


def page(request: Request) -> None:
    """Answer like a server that sends whoever comes to a page."""
    body = b"<html>Sign in</html>"
    request.send_response(200)
    request.send_header("Content-Length", str(len(body)))
    request.end_headers()
    request.wfile.write(body)


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (silent, "cannot be reached: nothing came for 0.5 s"),
        (
            dripping(b"HTTP/1.1 200 OK\r\n\r\n", b"x"),
            "cannot be reached: it sends less than 1000 bytes a second",
        ),
        (ending, "cannot be reached: Remote end closed connection without response"),
        (redirecting("/again"), "cannot be reached: Exceeded 5 redirects."),
        (page, "there is no store of results"),
    ],
)
def test_why_there_is_no_answer_is_said_in_a_line(
    answer: Callable[[Request], None], why: str, tmp_path: Path
) -> None:
    project = copy_project("minimal", tmp_path)
    with (project / "_config/book.toml").open("a", encoding="utf-8") as toml:
        toml.write("\n[store]\n[store.options]\ntimeout = 0.5\n")
    with hostile(answer) as server:
        pull = run_toolchain("store", "pull", server.url, project=project)
    assert pull.code == 2
    assert f"error: {server.url}: {why}\n" in pull.stderr


def test_no_more_is_read_once_the_time_is_over() -> None:
    pace = Pace(0.01)
    time.sleep(0.02)

    with pytest.raises(TimeoutError, match=r"^nothing came for 0\.01 s$"):
        pace.seconds_to_wait()


def test_a_proxy_that_is_not_there_is_named(tmp_path: Path) -> None:
    project = copy_project("minimal", tmp_path)
    env = {"http_proxy": "http://127.0.0.1:9", "no_proxy": ""}
    pull = run_toolchain("store", "pull", "http://example.invalid", project=project, env=env)
    why = "cannot be reached: through the proxy: Connection refused"
    assert f"error: http://example.invalid: {why}\n" in pull.stderr
