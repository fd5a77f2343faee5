"""The same store through other kinds of places: a server that speaks SSH, and one that speaks as Google's buckets do."""

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.projects import copy_project
from support.running import run_toolchain
from support.sharing_places import digests, make_up

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
    assert (nothing.code, f"{url}: there is no store of results" in nothing.stderr) == (2, True), nothing

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
    assert f"error: {url}: may not be reached: " in unknown.stderr
    assert f"error: {url}: cannot be reached: Host key is not trusted" in stranger.stderr
    assert not (tmp_path / "share").exists()
