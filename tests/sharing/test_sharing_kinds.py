"""The same store through other kinds of places: a server that speaks SSH, and one that speaks as Google's buckets do."""

import asyncio
import errno
import http.server
import os
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from support.projects import copy_project
from support.running import run_toolchain, without_privileges
from support.shared_results import bucket
from support.sharing_places import digests, make_up, serving

from toolchain.base.errors import RemoteError
from toolchain.base.secrets import shown_address
from toolchain.sharing import services
from toolchain.sharing.file_system import FileSystem
from toolchain.store.store import Store

Place = tuple[str, str, dict[str, str]]
"""An address, its options, and the environment that has its credentials."""


@pytest.fixture
def sftp(tmp_path: Path) -> Iterator[Place]:
    """Run a server that lets in whoever has a key, and that a home's known hosts list."""
    import asyncssh  # noqa: PLC0415 - slow to import

    keys = [asyncssh.generate_private_key("ssh-ed25519") for _ in range(2)]
    ssh = tmp_path / "home/.ssh"
    ssh.mkdir(parents=True)
    keys[0].write_private_key(ssh / "id_ed25519")
    keys[0].write_public_key(tmp_path / "authorized")

    async def listen() -> asyncssh.SSHAcceptor:
        return await asyncssh.listen(
            "127.0.0.1",
            0,
            server_host_keys=keys[1:],
            authorized_client_keys=str(tmp_path / "authorized"),
            sftp_factory=True,
        )

    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    server = asyncio.run_coroutine_threadsafe(listen(), loop).result()
    known_hosts = f"[127.0.0.1]:{server.get_port()} {keys[1].export_public_key().decode()}"
    (ssh / "known_hosts").write_text(known_hosts, encoding="utf-8")
    yield f"sftp://somebody@127.0.0.1:{server.get_port()}{tmp_path}/share", "", {"HOME": str(ssh.parent)}
    server.close()
    asyncio.run_coroutine_threadsafe(server.wait_closed(), loop).result()
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


@pytest.fixture
def gs() -> Iterator[Place]:
    """Run an emulator of Google's service."""
    from gcp_storage_emulator.server import create_server  # noqa: PLC0415 - slow to import

    server = create_server("127.0.0.1", 0, in_memory=True, default_bucket="book")
    server.start()
    port = server._api._httpd.server_address[1]  # noqa: SLF001 - it does not tell its port otherwise
    options = f'endpoint_url = "http://127.0.0.1:{port}"\ntoken = "anon"'
    # The package would ask Google itself what kind of bucket this is.
    yield "gs://book/results", options, {"GCSFS_EXPERIMENTAL_ZB_HNS_SUPPORT": "false"}
    server.stop()


@pytest.mark.parametrize("kind", ["sftp", "gs"])
def test_results_are_shared_through_any_kind_of_place(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    url, options, env = request.getfixturevalue(kind)
    first, second, mine = (copy_project("minimal", tmp_path / name) for name in ("first", "second", "mine"))
    for project in (first, second, mine):
        with (project / "_config/book.toml").open("a", encoding="utf-8") as toml:
            toml.write(f'\n[store]\nremote = "{url}"\n[store.options]\n{options}\n')
    make_up(Store(first / "_build/store"), range(3), prefix="0")
    make_up(Store(second / "_build/store"), range(2, 5), output=" again", prefix="0")

    nothing = run_toolchain("store", "pull", project=mine, env=env)
    assert (nothing.code, f"{shown_address(url)}: there is no store of results" in nothing.stderr) == (
        2,
        True,
    ), nothing

    def pushed(project: Path, *how: str) -> tuple[int, int, int]:
        push = run_toolchain("store", "push", "--json", *how, project=project, env=env)
        assert push.code == 0, push.stderr
        return push.json["results"], push.json["there"], len(push.json["kept"])

    assert pushed(first) == (3, 0, 0)
    assert pushed(second) == (2, 0, 1)
    assert pushed(second, "--replace") == (1, 2, 0)
    verified = run_toolchain("store", "verify", url, "--json", project=mine, env=env)
    assert verified.code == 0, verified.stdout + verified.stderr
    assert (verified.json["results"], verified.json["refused"], verified.json["unlisted"]) == (5, [], [])
    assert run_toolchain("store", "pull", "--json", project=mine, env=env).json["results"] == 5
    assert digests(second / "_build/store").items() <= digests(mine / "_build/store").items()


def test_a_server_that_speaks_ssh_is_believed_only_if_it_is_known(sftp: Place, tmp_path: Path) -> None:
    url, _, env = sftp
    project = copy_project("minimal", tmp_path)
    ssh = Path(env["HOME"]) / ".ssh"
    (ssh / "id_ed25519").rename(ssh / "away")
    unknown = run_toolchain("store", "push", url, project=project, env=env)
    (ssh / "known_hosts").unlink()
    stranger = run_toolchain("store", "push", url, project=project, env=env)
    assert (unknown.code, stranger.code) == (2, 2)
    shown = shown_address(url)
    assert f"error: {shown}: may not be reached: " in unknown.stderr
    assert f"error: {shown}: cannot be reached: Host key is not trusted" in stranger.stderr
    assert not (tmp_path / "share").exists()


def test_of_an_object_that_never_ends_no_more_is_read_than_is_expected(
    sftp: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url, _, env = sftp
    monkeypatch.setenv("HOME", env["HOME"])
    (tmp_path / "share").mkdir()
    (tmp_path / "share/object").touch()
    os.truncate(tmp_path / "share/object", 1 << 40)
    assert FileSystem(url, {}).read("object", 1000) == bytes(1001)

    with bucket_that_sends(lambda: bytes(1 << 20), pause=0.0) as options:
        assert FileSystem("s3://book/share", options).read("object", 3_000_000) == bytes(3_000_001)


def test_a_bucket_that_sends_a_byte_now_and_then_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "SILENT_SECONDS", 0.2)
    with (
        bucket_that_sends(lambda: b"x", pause=0.02) as options,
        pytest.raises(RemoteError, match="s3://book/share: cannot be read: it does not answer"),
    ):
        FileSystem("s3://book/share", options).read("object", 1000)


@contextmanager
def bucket_that_sends(piece: Callable[[], bytes], pause: float) -> Iterator[dict[str, Any]]:
    """Run a service that sends without end, whatever part it was asked for; give the options that lead to it."""
    over = threading.Event()

    class Endless(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(1 << 40))
            self.end_headers()
            with suppress(OSError):
                while not over.wait(pause):
                    self.wfile.write(piece())

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as http.server has it
            """Say nothing."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Endless)
    with serving(server):
        yield {"endpoint_url": f"http://127.0.0.1:{server.server_address[1]}", "key": "a", "secret": "b"}
        over.set()


def test_a_folder_on_a_disk_without_links_has_each_object_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.EPERM, os.strerror(errno.EPERM))

    monkeypatch.setattr(os, "link", refuse)
    place = FileSystem(str(tmp_path / "share"), {})

    assert [place.write("keys/a", content) for content in (b"first", b"second")] == [True, False]
    assert [(path.name, path.read_bytes()) for path in (tmp_path / "share/keys").iterdir()] == [
        ("a", b"first")
    ]


@pytest.mark.parametrize(
    ("code", "written", "error"),
    [
        ("NotImplemented", [True, False], ""),
        ("ConditionalRequestConflict", [False, False], ""),
        ("SlowDown", [], "cannot be written"),
    ],
)
def test_a_bucket_of_a_service_that_cannot_create_is_asked_before_it_is_written(
    code: str, written: list[bool], error: str, s3: str
) -> None:
    """Not all that speak S3 know how to write an object only if none is there."""
    url = bucket(s3, code.lower())
    place = FileSystem(url, {"endpoint_url": s3, "key": "somebody", "secret": "secret"})
    assert place.sizes("keys") == {}

    def refuse(params: dict[str, Any], **_: object) -> Any:
        if "If-None-Match" not in params["headers"]:
            return None
        return SimpleNamespace(status_code=501), {"Error": {"Code": code, "Message": "refused"}}

    place._fs._s3.meta.events.register_first("before-call.s3.PutObject", refuse)  # noqa: SLF001 - as such a service does

    def write() -> list[bool]:
        return [place.write("keys/a", content) for content in (b"first", b"second")]

    if error:
        with pytest.raises(RemoteError, match=error):
            write()
    else:
        assert write() == written
    assert place.read("keys/a", 100) == (b"first" if any(written) else None)


def test_what_a_package_does_not_expect_is_a_clear_error(tmp_path: Path) -> None:
    project = copy_project("minimal", tmp_path)
    with (project / "_config/book.toml").open("a", encoding="utf-8") as toml:
        toml.write('\n[store]\nremote = "s3://book/x"\n[store.options]\nendpoint_url = "nonsense"\n')

    pull = run_toolchain("store", "pull", project=project)

    assert pull.code == 2
    assert pull.stderr.splitlines()[1:] == [
        "error: s3://book/x: cannot be read: ValueError: Invalid endpoint: nonsense",
        "Look at the network, at the address, and at the options in [store] of book.toml.",
    ]


def test_a_folder_that_may_not_be_written_is_named(tmp_path: Path) -> None:
    project = copy_project("minimal", tmp_path)
    make_up(Store(project / "_build/store"), range(1))
    share = tmp_path / "share"
    share.mkdir(mode=0o555)

    push = without_privileges("store", "push", str(share), project=project)

    assert push.code == 2
    _, error, remedy = push.stderr.splitlines()
    assert re.fullmatch(rf"error: {share}/\S+: may not be written: Permission denied", error)
    assert remedy == f"Let this user do it, with `chmod -R` as the owner of {share} for instance."
