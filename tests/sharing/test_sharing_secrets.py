"""Passwords, tokens and keys are used and never told, whoever fails and whatever he quotes."""

import os
import subprocess
import zipfile
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from support.projects import copy_project
from support.running import Run, quick_python, run_toolchain
from support.sharing_places import serving

SECRET = "geheim"  # noqa: S105 - it is planted
"""Part of all that is planted, and of nothing else."""
TOLD = [SECRET.encode(), *(b64encode(f"{who}{SECRET}".encode())[:-4] for who in ("TOKEN-", "somebody:"))]
"""What must not be anywhere, as it is and as a header has it."""
VARIABLES = {
    "AWS_ACCESS_KEY_ID": f"AKIA{SECRET}",
    "AWS_SECRET_ACCESS_KEY": f"variable-{SECRET}",
    "SERVICE_TOKEN": f"token-{SECRET}",
    "HTTPS_PROXY": f"http://somebody:proxy-{SECRET}@127.0.0.1:9",
    "AWS_EC2_METADATA_DISABLED": "true",
}


class Gossip(BaseHTTPRequestHandler):
    """Fails, and says in every way what it was asked and by whom."""

    def do_GET(self) -> None:
        heard = f"{self.path} {self.headers['Authorization']} {self.headers['X-Way-In']} \x1b[2J"
        said = heard.encode() + f" http://somebody:{SECRET}/1@host".encode()
        self.send_response(500, heard)
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    do_HEAD = do_PUT = do_POST = do_GET  # noqa: N815 - as http.server has it

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as http.server has it
        """Say nothing."""


@contextmanager
def gossip() -> Iterator[str]:
    """Run the server, and give its host and port."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Gossip)
    with serving(server):
        yield f"127.0.0.1:{server.server_address[1]}"


def everything(project: Path, runs: list[Run]) -> Iterator[tuple[str, bytes]]:
    """Yield all that was said, and all that was left, what lies in archives too."""
    for number, run in enumerate(runs):
        yield f"run {number}", f"{run.stdout}{run.stderr}".encode()
    for path in project.rglob("*"):
        if "_build" in path.parts and path.is_file():
            yield str(path), path.read_bytes()
            if path.suffix == ".zip":
                with zipfile.ZipFile(path) as archive:
                    yield from ((f"{path}!{name}", archive.read(name)) for name in archive.namelist())


def configure(project: Path, remote: str, options: str) -> None:
    toml = project / "_config/book.toml"
    text = toml.read_text().partition("\n[store]")[0]
    toml.write_text(f'{text}\n[store]\nremote = "{remote}"\n[store.options]\n{options}\n')


def test_no_secret_is_told_by_any_command_whoever_fails(tmp_path: Path) -> None:
    project = copy_project("minimal", tmp_path)
    with gossip() as host:
        places = [
            (f"http://somebody:{SECRET}%2F1@{host}/a?sig={SECRET}%2B1", f'headers = {{X-Way-In = "header-{SECRET}"}}'),
            (f"http://TOKEN-{SECRET}@{host}/a", ""),
            (f"http://somebody:{SECRET}/1@{host}/a", ""),
            ("s3://bucket/a", f'endpoint_url = "http://s:{SECRET}@{host}"\nkey = "id"\nsecret = "o-{SECRET}"'),
            (f"sftp://somebody:{SECRET}@{host}/a", f'passphrase = "phrase-{SECRET}"'),
            (f"nothing://TOKEN-{SECRET}:{SECRET}@{host}/a", ""),
        ]  # fmt: skip
        runs = []
        for remote, options in places:
            configure(project, remote, options)
            runs.append(run_toolchain("-v", "store", "pull", project=project, env=VARIABLES))
        configure(project, *places[1])
        runs += [
            run_toolchain("store", "push", project=project, env=VARIABLES),
            run_toolchain("store", "verify", places[0][0], project=project, env=VARIABLES),
            run_toolchain(
                "build", "--scheduler", f"tcp://me:{SECRET}@{host}", project=project, env=VARIABLES
            ),
            run_worker(f"tls://TOKEN-{SECRET}@{host}"),
        ]
        assert {run.code for run in runs} == {2}, runs
        configure(project, *places[0])
        runs += [
            run_toolchain("plan", project=project, env=VARIABLES),
            run_toolchain("build", "html", "notebooks", project=project, env=VARIABLES),
        ]
    built = runs[-1]
    assert built.code == 0, built
    assert (
        f"  goes on without the results of others: http://***@{host}/a?***: cannot be read: it answers 500"
        in built.stderr
    )
    told = [(name, word) for name, content in everything(project, runs) for word in TOLD if word in content]
    assert told == []


def run_worker(address: str) -> Run:
    command = [str(quick_python().executable), "-m", "toolchain", "worker", address]
    process = subprocess.run(
        command, capture_output=True, text=True, check=False, env={**os.environ, **VARIABLES}
    )
    return Run(process.returncode, process.stdout, process.stderr)
