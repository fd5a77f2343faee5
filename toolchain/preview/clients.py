"""The pages that are open in browsers, and what each is told: its own findings first, and when it is new."""

import asyncio
from collections.abc import Callable
from urllib.parse import unquote

import msgspec

from toolchain.preview.shown import Shown
from toolchain.preview.site import INDEX, Site

END = ""


class Client:
    """A page that is open somewhere."""

    def __init__(self, path: str, version: str) -> None:
        """`version` is the one that is shown there."""
        self.path, self.version = path, version
        self._messages: asyncio.Queue[str] = asyncio.Queue()

    @property
    def page(self) -> str:
        """The page's name."""
        path = self.path + INDEX if self.path.endswith("/") or not self.path else self.path
        return path.removesuffix(".html")

    def tell(self, event: str, data: object) -> None:
        """Have the page told something."""
        self._messages.put_nowait(f"event: {event}\ndata: {msgspec.json.encode(data).decode()}\n\n")

    def end(self) -> None:
        """There is nothing more to tell."""
        self._messages.put_nowait(END)

    async def next(self, seconds: float) -> str | None:
        """Return the next message, or a sign of life after some seconds; None at the end."""
        try:
            return await asyncio.wait_for(self._messages.get(), seconds) or None
        except TimeoutError:
            return ": alive\n\n"


class Clients:
    """All pages that are open."""

    def __init__(self, site: Site, shown: Callable[[str], Shown]) -> None:
        """`shown` says what a page is to show besides itself."""
        self._site = site
        self._shown = shown
        self._open: set[Client] = set()

    def join(self, address: str, version: str) -> Client:
        """Add a page by its address, and tell it how things are; if it is not what is there by now, it is told so."""
        client = Client(unquote(address).lstrip("/"), version)
        self._open.add(client)
        client.tell("state", self._shown(client.page))
        self._look(client, {})
        return client

    def leave(self, client: Client) -> None:
        """Drop a page."""
        self._open.discard(client)

    def tell_state(self) -> None:
        """Tell every page how things are."""
        for client in self._open:
            client.tell("state", self._shown(client.page))

    def look(self) -> None:
        """Tell every page that is new, and only these."""
        versions: dict[str, str] = {}
        for client in self._open:
            self._look(client, versions)

    def end(self) -> None:
        """Tell no page anything any more."""
        for client in self._open:
            client.end()

    def _look(self, client: Client, versions: dict[str, str]) -> None:
        if client.path not in versions:
            versions[client.path] = self._site.version(client.path)
        version = versions[client.path]
        # A page that is gone stays to be read; one that is not there yet has no version, and is loaded when it comes.
        if version and version != client.version:
            client.version = version
            client.tell("page", version)
