"""The server: this machine's own browsers have the site from it, what has become of the last save, and nothing else."""

import asyncio
import socket
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Any, ClassVar, Protocol

from tornado import httpserver, iostream, web

from toolchain.base.errors import ConfigError
from toolchain.preview import peers
from toolchain.preview.clients import Client, Clients
from toolchain.preview.site import (
    OURS,
    PAGE,
    PATIENCE_SECONDS,
    STEP_SECONDS,
    Site,
    is_being_written,
    with_preview,
)

HOST = "127.0.0.1"
PORT = 8000
BACKLOG = 128
TRIED = 100
"""Ports that are tried one after the other if none was asked for."""
HOSTS = frozenset({"127.0.0.1", "localhost", "[::1]", "::1"})
"""Names that a browser on this machine has for it: a page from elsewhere that has its own name lead here has another."""
ALIVE_SECONDS = 15.0
"""After which a browser is told something, so that it is noticed when it has gone."""
NOT_FOUND = 404
OWN = {"preview.js": "text/javascript; charset=utf-8", "preview.css": "text/css; charset=utf-8"}


class Acting(Protocol):
    """Does what a person asks for on a page."""

    def run_waiting(self) -> None:
        """Run the notebooks that wait to be asked for."""

    def make_pdf(self) -> None:
        """Make the PDF."""

    def leave_pdf(self) -> None:
        """Make the PDF no more."""

    def pdf(self, name: str) -> Path | None:
        """Return a finished PDF by its name; None if there is none."""


class _Handler(web.RequestHandler):
    """What all answers have in common."""

    site: Site
    clients: Clients
    acting: Acting

    def initialize(self, site: Site, clients: Clients, acting: Acting) -> None:
        """Take what the answers are made of."""
        self.site, self.clients, self.acting = site, clients, acting

    def set_default_headers(self) -> None:
        """Let no browser keep an answer, guess its kind, or hand it to a page from elsewhere."""
        self.clear_header("Server")
        self.set_header("Cache-Control", "no-cache")
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header("Cross-Origin-Resource-Policy", "same-origin")

    def prepare(self) -> None:
        """Refuse who means another host, and whoever has something done from a page that is not ours."""
        connection: Any = self.request.connection
        if not peers.is_ours(connection.context.address, (HOST, self.settings["port"])):
            raise web.HTTPError(403, reason="This is a preview of another user of this machine")
        if self.request.host_name.lower() not in HOSTS:
            raise web.HTTPError(421, reason="This is a preview on 127.0.0.1, and no other host")
        if self.request.method not in ("GET", "HEAD"):
            origin = self.request.headers.get("Origin", "")
            if origin != f"http://{self.request.host}":
                raise web.HTTPError(403, reason="Asked for from another site")

    def check_xsrf_cookie(self) -> None:
        """There are no cookies."""

    def log_exception(self, kind: Any, error: Any, traceback: Any) -> None:
        """Say on the terminal what is a defect of ours, and not what somebody has asked for in vain."""
        if not isinstance(error, web.HTTPError):
            super().log_exception(kind, error, traceback)

    def write_error(self, status_code: int, **_: Any) -> None:
        """Say in a page what is wrong; it is there as soon as there is one."""
        words = "There is no such page." if status_code == NOT_FOUND else self._reason
        if status_code == NOT_FOUND and not self.site.is_made():
            words = "The site is being made for the first time."
        page = (
            f"<!doctype html><html><head><meta charset='utf-8'><title>{status_code}</title></head>"
            f"<body><article><h1>{words}</h1><p><a href='/'>The first page</a></p></article></body></html>"
        )
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.finish(with_preview(page.encode(), "") if status_code == NOT_FOUND else page)


class _File(_Handler, web.StaticFileHandler):
    """A file of the site, with ranges; a page with what the preview adds to it."""

    def initialize(self, site: Site, clients: Clients, acting: Acting) -> None:  # type: ignore[override] # there is no path
        """Take what the answers are made of."""
        _Handler.initialize(self, site, clients, acting)
        self.root = str(site.folder)
        self._file: Path | None = None

    async def get(self, path: str, include_body: bool = True) -> None:  # noqa: FBT001, FBT002 - tornado's
        """Answer with a file."""
        file = await self._whole(path)
        if file is None and self.site.is_folder(path):
            self.redirect(f"/{path}/")
        elif file is None:
            raise web.HTTPError(NOT_FOUND)
        elif file.suffix in PAGE:
            # If a build replaces the page in between, its version is too old, and it is loaded once more; never too new.
            version = self.site.version(path)
            page = with_preview(_read(file), version)
            self.set_header("Content-Type", "text/html; charset=utf-8")
            self.set_header("Content-Length", str(len(page)))
            if include_body:
                self.write(page)
            self.finish()
        else:
            self._file = file
            await super().get(path, include_body=include_body)

    async def head(self, path: str) -> None:
        """Answer with what is said of a file."""
        await self.get(path, include_body=False)

    async def _whole(self, path: str) -> Path | None:
        """Return the file, as soon as it is not being written any more, or the site any more replaced."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + PATIENCE_SECONDS
        while loop.time() < deadline:
            file = self.site.find(path)
            if file and not is_being_written(file):
                return file
            if not file and self.site.is_made():
                return None
            await asyncio.sleep(STEP_SECONDS)
        return self.site.find(path)

    def validate_absolute_path(self, root: str, absolute_path: str) -> str | None:  # noqa: ARG002 - tornado's
        """Return the file that was found."""
        return str(self._file)

    def get_modified_time(self) -> None:
        """Say nothing of the time: a second is too long, and the ETag says what is new."""

    def compute_etag(self) -> str | None:
        """Return what tells one content of a file from another; a page is sent whenever it is asked for."""
        try:
            now = self._file.stat() if self._file else None
        except OSError:
            now = None
        if now is None:
            return None
        return f'"{now.st_mtime_ns:x}-{now.st_size:x}-{now.st_ino:x}"'

    def get_content_type(self) -> str:
        """Return the kind of the file; texts are UTF-8, as Sphinx writes them."""
        kind = super().get_content_type()
        return f"{kind}; charset=utf-8" if kind.startswith("text/") else kind


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError:
        raise web.HTTPError(NOT_FOUND) from None


class _Own(_Handler):
    """The preview's script and style."""

    def get(self, name: str) -> None:
        """Answer with one of them."""
        if name not in OWN:
            raise web.HTTPError(NOT_FOUND)
        self.set_header("Content-Type", OWN[name])
        self.finish(files("toolchain.preview").joinpath("browser", name).read_bytes())

    head = get


class _Events(_Handler):
    """What happens, for a page that is open, as server-sent events: the browser asks again when the server was gone."""

    _client: Client | None = None

    async def get(self) -> None:
        """Tell until the page is left."""
        self.set_header("Content-Type", "text/event-stream")
        self.set_header("Cache-Control", "no-store")
        self._client = self.clients.join(
            self.get_query_argument("page"), self.get_query_argument("version", "")
        )
        try:
            self.write("retry: 300\n\n")
            await self.flush()
            while (message := await self._client.next(ALIVE_SECONDS)) is not None:
                self.write(message)
                await self.flush()
        except iostream.StreamClosedError:
            pass
        finally:
            self.clients.leave(self._client)

    def on_connection_close(self) -> None:
        """Stop telling."""
        if self._client:
            self._client.end()


class _Act(_Handler):
    """What a person asks for on a page."""

    ACTS: ClassVar[dict[str, Callable[[Acting], None]]] = {
        "run": lambda acting: acting.run_waiting(),
        "make-pdf": lambda acting: acting.make_pdf(),
        "leave-pdf": lambda acting: acting.leave_pdf(),
    }

    def post(self, act: str) -> None:
        """Do it."""
        self.ACTS[act](self.acting)
        self.set_status(202)


class _Pdf(_Handler):
    """A PDF that was asked for."""

    def get(self, name: str) -> None:
        """Answer with it."""
        file = self.acting.pdf(name)
        if file is None:
            raise web.HTTPError(NOT_FOUND)
        self.set_header("Content-Type", "application/pdf")
        self.finish(file.read_bytes())


class Server:
    """The server, listening."""

    def __init__(self, port: int | None, site: Site, clients: Clients, acting: Acting) -> None:
        """Listen on a port, or on the first that is free.

        Raises ConfigError if the one that was asked for is not free.
        """
        given = {"site": site, "clients": clients, "acting": acting}
        application = web.Application(
            [
                (rf"/{OURS}/events", _Events, given),
                (rf"/{OURS}/(run|make-pdf|leave-pdf)", _Act, given),
                (rf"/{OURS}/pdf/([^/]+\.pdf)", _Pdf, given),
                (rf"/{OURS}/(.*)", _Own, given),
                (r"/(.*)", _File, given),
            ],
            log_function=lambda _handler: None,
        )
        self._server = httpserver.HTTPServer(application)
        self.port = self._listen(port)
        application.settings["port"] = self.port

    @property
    def address(self) -> str:
        """Where the first page is."""
        return f"http://{HOST}:{self.port}/"

    def _listen(self, port: int | None) -> int:
        for tried in range(PORT, PORT + TRIED) if port is None else (port,):
            try:
                end = socket.create_server((HOST, tried), backlog=BACKLOG)
            except OSError:
                continue
            end.setblocking(False)  # noqa: FBT003 - Python's own
            self._server.add_socket(end)
            return tried
        if port is None:
            raise ConfigError(
                f"none of the ports from {PORT} to {PORT + TRIED - 1} is free",
                remedy="Name one with --port N.",
            )
        raise ConfigError(
            f"port {port} is not free on {HOST}",
            remedy="Leave out --port for one that is, or name another.",
        )

    async def close(self) -> None:
        """Listen no more, and end what is open."""
        self._server.stop()
        await self._server.close_all_connections()
