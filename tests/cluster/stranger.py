"""Another user of the machine, who tries what can be tried at ports; prints what came of it that should not."""

import contextlib
import json
import os
import socket
import ssl
import sys
from pathlib import Path

import distributed

NOBODY = 65534
HTTP = b"GET / HTTP/1.0\r\n\r\n"


def say(port: int, text: bytes, context: ssl.SSLContext | None) -> bytes:
    """Connect, say something and return the answer; empty if there is none."""
    try:
        with socket.create_connection(("127.0.0.1", port), 5) as plain:
            wrapped = context.wrap_socket(plain) if context else plain
            with wrapped:
                wrapped.sendall(text)
                return wrapped.recv(100)
    except OSError:
        return b""


def work(port: int) -> str:
    """Have Dask run something; return what came of it, or an empty text."""
    address = f"tcp://127.0.0.1:{port}"
    try:
        with distributed.Client(address, timeout=1, set_as_default=False) as client:
            return f"ran as {client.submit(os.geteuid).result(5)}"
    except OSError:
        return ""


def main(others: Path, own: Path, tries: int, *ports: int) -> list[object]:
    """Try everything as nobody; return what succeeded."""
    contexts = [None, *(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT) for _ in range(2))]
    for context in filter(None, contexts):
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    contexts[-1].load_cert_chain(others / "cert.pem", others / "key.pem")  # type: ignore[union-attr]
    os.setgroups([])
    os.setgid(NOBODY)
    os.setuid(NOBODY)
    got: list[object] = []
    for port in ports:
        for number in range(tries):
            answer = say(port, HTTP, contexts[number % len(contexts)])
            got += [[port, answer.decode(errors="replace")]] if answer else []
        got += [[port, result]] if (result := work(port)) else []
    with contextlib.suppress(PermissionError):
        got.append((own / "key.pem").read_text(encoding="utf-8"))
    return got


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]), Path(sys.argv[2]), *map(int, sys.argv[3:]))))  # noqa: T201 - the test reads it
