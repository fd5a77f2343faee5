"""What Dask logs: not for those who build a book or offer a machine; what they have to know is said in our words."""

import logging
import re
from collections.abc import Callable, Iterable

PROBLEMS = {
    r"TLS handshake failed with remote '\w+://(?P<peer>\[.+\]|.+):\d+': .*(?:WRONG_VERSION|HTTP_REQUEST|NOT_SSL)": (
        "refused {peer}: it does not speak TLS; with certificates the address begins with tls://"
    ),
    r"TLS handshake failed with remote '\w+://(?P<peer>\[.+\]|.+):\d+': .*(?:CERTIFICATE|UNKNOWN_CA)": (
        "refused {peer}: it and this machine do not have the same certificates, or their time is over"
    ),
    r"tried to connect with a duplicate name: (?P<peer>.+)": (
        "refused {peer}: there is a worker of this name; name another one with --name"
    ),
}
"""What a scheduler logs of those that it does not let in, and how we say it."""

OTHERS = ("tornado.application", "asyncio")
"""Packages that log for it."""


def hush() -> None:
    """Have Dask log nothing in this process; for somebody who asked for all logs, leave it."""
    if logging.getLogger().isEnabledFor(logging.DEBUG):
        return
    for name in (*_loggers(), *OTHERS):
        logging.getLogger(name).setLevel(logging.CRITICAL)


def listen(say: Callable[[str], object]) -> None:
    """Say what is known of Dask's warnings, each thing once, and nothing else of its log."""
    if logging.getLogger().isEnabledFor(logging.DEBUG):
        return
    handler = _Told(say)
    for name in _loggers():
        logger = logging.getLogger(name)
        logger.setLevel(logging.WARNING)
        logger.handlers = [handler]
        logger.propagate = False
    for name in OTHERS:
        logging.getLogger(name).setLevel(logging.CRITICAL)


def _loggers() -> Iterable[str]:
    """Name Dask's loggers: several have levels and handlers of their own."""
    return [name for name in logging.root.manager.loggerDict if name.split(".")[0] == "distributed"]


class _Told(logging.Handler):
    """Says what a warning means, once."""

    def __init__(self, say: Callable[[str], object]) -> None:
        super().__init__(logging.WARNING)
        self._say = say
        self._said: set[str] = set()

    def emit(self, record: logging.LogRecord) -> None:
        """Take what is logged."""
        for pattern, sentence in PROBLEMS.items():
            found = re.search(pattern, record.getMessage())
            line = sentence.format(**found.groupdict()) if found else ""
            if line and line not in self._said:
                self._said.add(line)
                self._say(line)
