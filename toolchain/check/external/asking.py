"""Other people's sites are asked whether an address still answers: politely, once a week."""

import re
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from http import HTTPStatus
from itertools import groupby, takewhile
from pathlib import Path
from typing import Any, Self
from urllib.parse import unquote, urldefrag, urlsplit

import msgspec
import requests
from lxml import etree, html
from requests.adapters import HTTPAdapter
from urllib3.exceptions import HTTPError, NameResolutionError, NewConnectionError, ProtocolError
from urllib3.exceptions import TimeoutError as NoAnswerError
from urllib3.util.retry import Retry

from toolchain import __version__
from toolchain.base.decoding import read_json
from toolchain.base.files import write_atomically
from toolchain.check.external.answer import Answer

# Sphinx's linkcheck needs an application and keeps its classes to itself. It asks a host from several threads at once
# and a page again for each place in it, waits as long as a site says, reads pages without end, and sends passwords of
# the person's .netrc.
AGENT = f"toolchain/{__version__} (checks the links of a book)"
HOSTS = 8
"""Asked at a time; each has one connection."""
GOOD_FOR = 7 * 24 * 3600.0
"""Seconds after which a good answer is asked for again. A bad one is never kept: it is what somebody is mending."""
PERMANENT = frozenset({HTTPStatus.MOVED_PERMANENTLY, HTTPStatus.PERMANENT_REDIRECT})
BUSY = (429, 500, 502, 503, 504)
RETRIES, BACK_OFF, LONGEST_WAIT = 2, 0.5, 60
"""Of a request that failed for now: how often, seconds before the second, and at most if the site says how long."""
REDIRECTS = 10
MOST_BYTES = 5_000_000
"""Of a page whose places are looked for."""
MADE_BY_SCRIPTS = re.compile(r"[!/:]|L\d+(-L?\d+)?$")
"""Fragments that no id in the page answers to: of applications, of text, of lines of code."""


def ask(
    urls: Iterable[str], cache: Path, timeout: float, step: Callable[[int, int], None]
) -> dict[str, Answer]:
    """Return the answer of each address; `step` is called with the number of answers so far and of all."""
    addresses = sorted(set(urls))
    now = time.time()
    cached = {url: answer for url, answer in _read(cache).items() if now - answer.asked < GOOD_FOR}
    answers = {url: cached[url] for url in addresses if url in cached}
    by_host = groupby(sorted((url for url in addresses if url not in cached), key=_host), key=_host)
    jobs = [sorted(host_urls) for _, host_urls in by_host]
    lock = threading.Lock()

    def work(of_host: list[str]) -> None:
        with _Session(timeout) as session:
            for whole, same in groupby(of_host, key=lambda url: urldefrag(url).url):
                page_answers = dict(_ask(session, whole, list(same), timeout))
                with lock:
                    answers.update(page_answers)
                    step(len(answers), len(addresses))

    if jobs:
        with ThreadPoolExecutor(max_workers=min(HOSTS, len(jobs))) as pool:
            list(pool.map(work, jobs))
        good = {url: answer for url, answer in answers.items() if not answer.problem}
        write_atomically(cache, msgspec.json.format(msgspec.json.encode(cached | good, order="sorted")))
    return answers


def _read(cache: Path) -> dict[str, Answer]:
    return read_json(cache, dict[str, Answer]) or {}


def _host(url: str) -> str:
    return urlsplit(url).netloc.lower()


class _Patience(Retry):
    """Waits as long as a site says; one that says too long is not asked again before its time."""

    def increment(self, *arguments: Any, **options: Any) -> Self:
        """Count a try; there is no further one if the site wants none for long."""
        response = options.get("response")
        wait = (response is not None and self.get_retry_after(response)) or 0
        left = self.new(total=0) if wait > LONGEST_WAIT else self
        return Retry.increment(left, *arguments, **options)


class _Session(requests.Session):
    """Asks only the web, whatever it is redirected to, and says who it is."""

    def __init__(self, timeout: float) -> None:
        super().__init__()
        self.timeout = timeout
        self.auth = _no_password
        self.max_redirects = REDIRECTS
        self.headers["User-Agent"] = AGENT
        retry = _Patience(
            total=RETRIES,
            status_forcelist=BUSY,
            allowed_methods={"HEAD", "GET"},
            backoff_factor=BACK_OFF,
            raise_on_status=False,
            redirect=False,
        )
        for scheme in ("http://", "https://"):
            self.mount(scheme, HTTPAdapter(max_retries=retry, pool_maxsize=1))

    def rebuild_auth(self, prepared_request: requests.PreparedRequest, response: requests.Response) -> None:
        """Do not look into the person's .netrc for the password of where we are sent."""


def _no_password(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Send no password: without this, requests would look for one in the person's .netrc."""
    return request


def _ask(session: _Session, url: str, addresses: list[str], timeout: float) -> Iterator[tuple[str, Answer]]:
    """Request a page once for all addresses of places in it; yield each address with its answer."""
    places = {address: urldefrag(address).fragment for address in addresses}
    sought = any(place and not MADE_BY_SCRIPTS.match(place) for place in places.values())
    try:
        answer, ids = _fetch(session, url, sought=sought)
    except requests.RequestException as error:
        yield from (
            (address, Answer(problem=_describe_failure(error, timeout), asked=time.time()))
            for address in addresses
        )
        return
    for address, place in places.items():
        lost = ids is not None and place and not MADE_BY_SCRIPTS.match(place) and not _has_place(ids, place)
        problem = "no such place in that page" if lost and not answer.problem else answer.problem
        yield address, msgspec.structs.replace(answer, problem=problem)


def _has_place(ids: frozenset[str], place: str) -> bool:
    names = {place, unquote(place)}
    # GitHub gives headings of Markdown ids of its own and finds them by a script.
    return bool(ids & (names | {f"user-content-{name}" for name in names})) or unquote(place).lower() == "top"


def _fetch(session: _Session, url: str, *, sought: bool) -> tuple[Answer, frozenset[str] | None]:
    """Return the answer of an address, and the ids of its page; None unless `sought` and it is HTML.

    Raises requests.RequestException if there is no answer.
    """
    options = {"allow_redirects": True, "timeout": session.timeout, "stream": True}
    if not sought:
        try:
            with session.request("HEAD", url, **options) as response:  # type: ignore[arg-type] # these are its options
                if response.ok or response.status_code == HTTPStatus.TOO_MANY_REQUESTS:
                    return _answer(response), None
        except requests.ConnectionError as error:
            if not isinstance(_reason(error), ProtocolError):
                raise
    # Many sites refuse HEAD, each with a code of its own; some hang up.
    with session.request("GET", url, **options) as response:  # type: ignore[arg-type] # as above
        is_page = sought and response.ok and "html" in response.headers.get("Content-Type", "")
        return _answer(response), _ids(response, session.timeout) if is_page else None


def _answer(response: requests.Response) -> Answer:
    permanent = list(takewhile(lambda redirect: redirect.status_code in PERMANENT, response.history))
    hops = [*response.history, response]
    code = response.status_code
    return Answer(
        problem="" if response.ok else f"answers {code} {response.reason or ''}".strip(),
        moved=hops[len(permanent)].url if permanent else "",
        refused=code in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.TOO_MANY_REQUESTS),
        asked=time.time(),
    )


def _ids(response: requests.Response, timeout: float) -> frozenset[str] | None:
    """Return the ids of a page; None if it is too long, or takes too long."""
    data, start = b"", time.monotonic()
    try:
        # Each piece as it comes: to wait for a full one, a site could make take hours.
        for piece in iter(partial(response.raw.read1, 65536, decode_content=True), b""):
            data += piece
            if len(data) > MOST_BYTES or time.monotonic() - start > timeout:
                return None
    except HTTPError as error:
        raise requests.ConnectionError(error) from error
    try:
        tree = html.document_fromstring(data)
    except etree.ParserError:
        return frozenset()
    return frozenset(
        str(element.get(name)) for name in ("id", "name") for element in tree.iter() if element.get(name)
    )


def _reason(error: requests.RequestException) -> BaseException | None:
    """Return the error of urllib3 that ended the last try; None if it was none of urllib3's."""
    reason = next((cause for cause in error.args if isinstance(cause, HTTPError)), None)
    return getattr(reason, "reason", None) or reason


def _describe_failure(error: requests.RequestException, timeout: float) -> str:
    """Return a few words that say why there was no answer."""
    reason = _reason(error)
    explanations = {
        requests.TooManyRedirects: f"redirects more than {REDIRECTS} times",
        requests.exceptions.InvalidSchema: "redirects to what is no address of the web",
        requests.exceptions.SSLError: "its certificate is not accepted",
        NameResolutionError: "no such host",
        NewConnectionError: "no answer: the connection is refused",
        requests.Timeout: f"no answer within {timeout:g} s",
        NoAnswerError: f"no answer within {timeout:g} s",
    }
    applicable = (
        words for kind, words in explanations.items() if isinstance(error, kind) or isinstance(reason, kind)
    )
    return next(applicable, f"no answer: {type(reason or error).__name__}")
