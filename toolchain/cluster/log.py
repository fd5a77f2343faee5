"""Dask's log: hidden from those who build a book or offer a machine; what they have to know is said in our words."""

import logging
import re
from collections.abc import Callable, Iterable

from toolchain.base.terminal import plain

PROBLEMS = {
    r"TLS handshake failed with remote '\w+://(?P<peer>\[.+\]|.+):\d+': .*(?:WRONG_VERSION|HTTP_REQUEST|NOT_SSL)": (
        "refused {peer}: it does not speak TLS, as builds and workers do"
    ),
    r"TLS handshake failed with remote '\w+://(?P<peer>\[.+\]|.+):\d+': .*(?:CERTIFICATE|UNKNOWN_CA)": (
        "refused {peer}: it and this machine do not have the same certificates, or their time is over"
    ),
    r"TLS handshake failed with remote '\w+://(?P<peer>\[.+\]|.+):\d+': .*\[SSL": (
        "refused {peer}: what it sends is no greeting of a build or a worker"
    ),
    r"tried to connect with a duplicate name: (?P<peer>.+)": (
        "refused {peer}: there is a worker of this name; name another one with --name"
    ),
}
"""Patterns of what a scheduler logs about peers that it does not let in, with our sentence for each."""

OTHERS = ("tornado.application", "tornado.general", "asyncio")
"""Loggers of other packages that log for Dask."""
MOST = 50
"""So many sentences about who is refused are said: there are networks in which one machine has any number of addresses."""


def hush() -> None:
    """Have Dask log nothing in this process, unless the person has asked for all logs."""
    if logging.getLogger().isEnabledFor(logging.DEBUG):
        return
    for name in (*_loggers(), *OTHERS):
        logging.getLogger(name).setLevel(logging.CRITICAL)


def listen(say: Callable[[str], object]) -> None:
    """Say Dask's warnings that PROBLEMS has in our words, each sentence once; hide the rest of its log."""
    if logging.getLogger().isEnabledFor(logging.DEBUG):
        return
    handler = logging.Handler(logging.WARNING)
    handler.emit = _Translator(say).take  # type: ignore[method-assign, assignment]
    for name in _loggers():
        logger = logging.getLogger(name)
        logger.setLevel(logging.WARNING)
        logger.handlers = [handler]
        logger.propagate = False
    for name in OTHERS:
        logging.getLogger(name).setLevel(logging.CRITICAL)


def translate(say: Callable[[str], object]) -> None:
    """Say Dask's warnings that PROBLEMS has in our words, each sentence once; the rest of its log stays as it is.

    Whoever is refused may come a thousand times a second, and the log would fill the disk.
    """
    if logging.getLogger().isEnabledFor(logging.DEBUG):
        return
    translator = _Translator(say)
    for name in _loggers():
        for handler in logging.getLogger(name).handlers:
            handler.addFilter(lambda record: not translator.take(record))
    for name in OTHERS:
        logging.getLogger(name).setLevel(logging.CRITICAL)


def _loggers() -> Iterable[str]:
    """Return the names of Dask's loggers: several have levels and handlers of their own."""
    return [name for name in logging.root.manager.loggerDict if name.split(".")[0] == "distributed"]


class _Translator:
    """Says what warnings mean, each sentence once."""

    def __init__(self, say: Callable[[str], object]) -> None:
        self._say = say
        self._sentences: set[str] = set()

    def take(self, record: logging.LogRecord) -> bool:
        """Say the sentence for a warning, if there is one and it has not been said yet; return whether there is one."""
        text = record.getMessage()
        for pattern, sentence in PROBLEMS.items():
            if match := re.search(pattern, text):
                self._say_once(plain(sentence.format(**match.groupdict())))
                return True
        return False

    def _say_once(self, line: str) -> None:
        if line in self._sentences or len(self._sentences) == MOST:
            return
        self._sentences.add(line)
        self._say(
            line if len(self._sentences) < MOST else f"{line}. Who else is refused is not listed any more"
        )
