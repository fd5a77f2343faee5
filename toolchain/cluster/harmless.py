"""What Dask unpickles in a build's own process: data, and nothing that runs.

Dask's messages may hold pickles, and a pickle is a program. A scheduler and its workers run code for whoever has the
certificates, and there is no other way: that is what they are for. But a build runs nothing for them. So while it is
connected, whatever a pickle wants to make besides a few errors and what data consists of becomes an error itself.
"""

import builtins
import io
import pickle
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

from toolchain.cluster.inputs import DamagedError
from toolchain.cluster.protocol import StoppedError


class StrangerError(Exception):
    """Stands for an object that was not made; its class has the name of that of the object."""

    def __init__(self, *arguments: object, **_others: object) -> None:
        """Take whatever the object would have been made with."""
        super().__init__(*arguments)

    def __setstate__(self, state: object) -> None:
        """Take no state."""


def loads(data: Any, /, *, buffers: Any = None, **_others: Any) -> Any:
    """Return what a pickle says, made of data and errors only; an error if it is damaged."""
    try:
        return _Reader(io.BytesIO(data), buffers=buffers).load()
    except Exception as error:  # noqa: BLE001 - a pickle can have anything raised
        return StrangerError(f"what was sent cannot be read: {type(error).__name__}: {error}")


@contextmanager
def reading() -> Iterator[None]:
    """Have Dask read pickles so, in all of this process, until the end of the context."""
    import distributed.client  # noqa: PLC0415 - slow to import
    import distributed.protocol.pickle  # noqa: PLC0415 - as above

    reader = ModuleType(pickle.__name__)
    reader.__dict__.update(vars(pickle) | {"loads": loads})
    modules: tuple[Any, ...] = (distributed.client, distributed.protocol.pickle)
    for module in modules:
        module.pickle = reader
    try:
        yield
    finally:
        for module in modules:
            module.pickle = pickle


class _Reader(pickle.Unpickler):
    """Makes of a pickle what is on our list."""

    def find_class(self, module: str, name: str, /) -> Any:
        """Return what a name in a pickle stands for."""
        if module == "builtins":
            found = getattr(builtins, name, None)
            if isinstance(found, type) and (found in DATA or issubclass(found, Exception)):
                return found
        known = _known().get((module, name))
        return known or type(name.rpartition(".")[2], (StrangerError,), {})


DATA = (bytes, bytearray, complex, frozenset, set)
"""What data consists of, besides what a pickle makes without a name."""


def _known() -> dict[tuple[str, str], Any]:
    """Return the errors that we tell from others; and what they come in, with Dask: tblib's functions, as we do it."""
    from distributed.comm.core import CommClosedError  # noqa: PLC0415 - slow to import
    from distributed.scheduler import KilledWorker  # noqa: PLC0415 - as above

    errors = (CommClosedError, DamagedError, KilledWorker, StoppedError)
    return {(error.__module__, error.__name__): error for error in errors} | {
        ("tblib.pickling_support", "unpickle_traceback"): _no_traceback,
        ("tblib.pickling_support", "unpickle_exception"): _error,
        ("tblib.pickling_support", "unpickle_exception_with_attrs"): _error_with_attributes,
    }


def _no_traceback(*_arguments: object) -> None:
    """Stand for a traceback of elsewhere: there is nothing to look at here."""


def _error(kind: type[Exception], arguments: tuple[object, ...], *_others: object) -> Exception:
    """Return an error that is made with arguments."""
    return kind(*arguments)


def _error_with_attributes(
    kind: type[Exception], attributes: dict[str, object], *_others: object
) -> Exception:
    """Return an error that is made as it was, with what it says."""
    made = kind.__new__(kind)
    for name in ATTRIBUTES & attributes.keys():
        setattr(made, name, attributes[name])
    return made


ATTRIBUTES = frozenset({"args", "errno", "filename", "strerror"})
"""What errors say."""
