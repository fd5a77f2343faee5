"""Dask's log: hidden from those who build a book or offer a machine; what they have to know is said in our words."""

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
"""Patterns of what a scheduler logs about peers that it does not let in, with our sentence for each."""

OTHERS = ("tornado.application", "asyncio")
"""Loggers of other packages that log for Dask."""


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
    handler = _WarningTranslator(say)
    for name in _loggers():
        logger = logging.getLogger(name)
        logger.setLevel(logging.WARNING)
        logger.handlers = [handler]
        logger.propagate = False
    for name in OTHERS:
        logging.getLogger(name).setLevel(logging.CRITICAL)


def _loggers() -> Iterable[str]:
    """Return the names of Dask's loggers: several have levels and handlers of their own."""
    return [name for name in logging.root.manager.loggerDict if name.split(".")[0] == "distributed"]


class _WarningTranslator(logging.Handler):
    """Says what a warning means, each sentence once."""

    def __init__(self, say: Callable[[str], object]) -> None:
        super().__init__(logging.WARNING)
        self._say = say
        self._sentences: set[str] = set()

    def emit(self, record: logging.LogRecord) -> None:
        """Say the sentence for a warning, if there is one and it has not been said yet."""
        for pattern, sentence in PROBLEMS.items():
            match = re.search(pattern, record.getMessage())
            line = sentence.format(**match.groupdict()) if match else ""
            if line and line not in self._sentences:
                self._sentences.add(line)
                self._say(line)
