"""Other people's sites are asked whether an address still answers: politely, once a week."""

import re
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from itertools import groupby, takewhile
from pathlib import Path
from urllib.parse import unquote, urldefrag, urlsplit

import msgspec
import requests
from lxml import etree, html
from requests.adapters import HTTPAdapter
from urllib3.exceptions import HTTPError, NameResolutionError, NewConnectionError
from urllib3.exceptions import TimeoutError as NoAnswerError
from urllib3.util.retry import Retry

from toolchain import __version__
from toolchain.base.files import write_atomically
from toolchain.check.external.answer import Answer

AGENT = f"toolchain/{__version__} (checks the links of a book)"
HOSTS = 8
"""Asked at a time; each has one connection."""
GOOD_FOR = 7 * 24 * 3600.0
"""Seconds after which a good answer is asked for again. A bad one is never kept: it is what somebody is mending."""
PERMANENT = frozenset({HTTPStatus.MOVED_PERMANENTLY, HTTPStatus.PERMANENT_REDIRECT})
BUSY = (429, 500, 502, 503, 504)
RETRIES, BACK_OFF, LONGEST_WAIT = 2, 0.5, 30
"""Of a request that failed for now: how often, seconds before the second, and at most if the site says how long."""
REDIRECTS = 10
MOST_BYTES = 5_000_000
"""Of a page whose places are looked for."""
MADE_BY_SCRIPTS = re.compile(r"[!/:]|L\d+(-L?\d+)?$")
"""Fragments that no id in the page answers to: of applications, of text, of lines of code."""


def ask(
    urls: Iterable[str], cache: Path, timeout: float, step: Callable[[int, int], None]
) -> dict[str, Answer]:
    """Return what each address of the web answers; `step` hears how many of how many are known."""
    wanted = sorted(set(urls))
    now = time.time()
    kept = {url: each for url, each in _read(cache).items() if now - each.asked < GOOD_FOR}
    answers = {url: kept[url] for url in wanted if url in kept}
    by_host = groupby(sorted((each for each in wanted if each not in kept), key=_host), key=_host)
    jobs = [sorted(each) for _, each in by_host]
    lock = threading.Lock()

    def work(of_host: list[str]) -> None:
        with _Session(timeout) as session:
            for whole, same in groupby(of_host, key=lambda url: urldefrag(url).url):
                found = dict(_ask(session, whole, list(same), timeout))
                with lock:
                    answers.update(found)
                    step(len(answers), len(wanted))

    if jobs:
        with ThreadPoolExecutor(max_workers=min(HOSTS, len(jobs))) as pool:
            list(pool.map(work, jobs))
        good = {url: each for url, each in answers.items() if not each.problem}
        write_atomically(cache, msgspec.json.format(msgspec.json.encode(kept | good, order="sorted")))
    return answers


def _read(cache: Path) -> dict[str, Answer]:
    try:
        return msgspec.json.decode(cache.read_bytes(), type=dict[str, Answer])
    except (OSError, msgspec.DecodeError):
        return {}


def _host(url: str) -> str:
    return urlsplit(url).netloc.lower()


class _Session(requests.Session):
    """Asks only the web, whatever it is redirected to, and says who it is."""

    def __init__(self, timeout: float) -> None:
        super().__init__()
        self.timeout = timeout
        self.auth = _nobody
        self.max_redirects = REDIRECTS
        self.headers["User-Agent"] = AGENT
        retry = Retry(
            total=RETRIES,
            status_forcelist=BUSY,
            allowed_methods={"HEAD", "GET"},
            backoff_factor=BACK_OFF,
            raise_on_status=False,
            redirect=False,
            retry_after_max=LONGEST_WAIT,
        )
        for scheme in ("http://", "https://"):
            self.mount(scheme, HTTPAdapter(max_retries=retry, pool_maxsize=1))

    def rebuild_auth(self, prepared_request: requests.PreparedRequest, response: requests.Response) -> None:
        """Do not look into the person's .netrc for the password of where we are sent."""


def _nobody(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Send no password: without this, requests would look for one in the person's .netrc."""
    return request


def _ask(session: _Session, url: str, wanted: list[str], timeout: float) -> Iterator[tuple[str, Answer]]:
    """Ask for a page and look for the places in it; yield each address with its answer."""
    places = {each: urldefrag(each).fragment for each in wanted}
    sought = any(each and not MADE_BY_SCRIPTS.match(each) for each in places.values())
    try:
        found, ids = _fetch(session, url, sought=sought)
    except requests.RequestException as error:
        yield from ((each, Answer(problem=_why(error, timeout), asked=time.time())) for each in wanted)
        return
    for address, place in places.items():
        lost = ids is not None and place and not MADE_BY_SCRIPTS.match(place) and not _has(ids, place)
        problem = "no such place in that page" if lost and not found.problem else found.problem
        yield address, msgspec.structs.replace(found, problem=problem)


def _has(ids: frozenset[str], place: str) -> bool:
    names = {place, unquote(place)}
    # GitHub gives headings of Markdown ids of its own and finds them by a script.
    return bool(ids & (names | {f"user-content-{each}" for each in names})) or unquote(place).lower() == "top"


def _fetch(session: _Session, url: str, *, sought: bool) -> tuple[Answer, frozenset[str] | None]:
    """Return what an address answers, and the ids of its page if they are sought and it is one of HTML."""
    told = {"allow_redirects": True, "timeout": session.timeout, "stream": True}
    if not sought:
        with session.request("HEAD", url, **told) as response:  # type: ignore[arg-type] # these are its options
            if response.ok or response.status_code == HTTPStatus.TOO_MANY_REQUESTS:
                return _answer(response), None
    # Many sites refuse HEAD, each with a code of its own.
    with session.request("GET", url, **told) as response:  # type: ignore[arg-type] # as above
        is_page = sought and response.ok and "html" in response.headers.get("Content-Type", "")
        return _answer(response), _ids(response, session.timeout) if is_page else None


def _answer(response: requests.Response) -> Answer:
    permanent = list(takewhile(lambda each: each.status_code in PERMANENT, response.history))
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
    for chunk in response.iter_content(65536):
        data += chunk
        if len(data) > MOST_BYTES or time.monotonic() - start > timeout:
            return None
    try:
        tree = html.document_fromstring(data)
    except etree.ParserError:
        return frozenset()
    return frozenset(str(each.get(name)) for name in ("id", "name") for each in tree.iter() if each.get(name))


def _why(error: requests.RequestException, timeout: float) -> str:
    """Say in a few words why there was no answer."""
    reason = next((each for each in error.args if isinstance(each, HTTPError)), None)
    reason = getattr(reason, "reason", None) or reason
    said = {
        requests.TooManyRedirects: f"redirects more than {REDIRECTS} times",
        requests.exceptions.InvalidSchema: "redirects to what is no address of the web",
        requests.exceptions.SSLError: "its certificate is not accepted",
        NameResolutionError: "no such host",
        NewConnectionError: "no answer: the connection is refused",
        requests.Timeout: f"no answer within {timeout:g} s",
        NoAnswerError: f"no answer within {timeout:g} s",
    }
    known = (words for kind, words in said.items() if isinstance(error, kind) or isinstance(reason, kind))
    return next(known, f"no answer: {type(reason or error).__name__}")
