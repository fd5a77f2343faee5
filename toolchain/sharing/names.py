"""The names of objects in a store elsewhere: those of the local store, and the index.

What is there is listed in `index/aa.json`, for every two digits that keys begin with: a web server cannot list. The index
holds nothing but names and sizes, so it can be made again from what is there. A name that is none of these is never
used: not as a path here, and not to ask for there.
"""

import re

import msgspec
from msgspec import Struct

from toolchain.store.store import BLOBS, KEYS, SIGNATURES

RECORD = re.compile(rf"{KEYS}/([0-9a-f]{{2}})/(?P<key>\1[0-9a-f]{{62}})/(?P<inputs>[0-9a-f]{{64}})\.json")
SIGNATURE = re.compile(
    rf"{SIGNATURES}/([0-9a-f]{{2}})/(?P<key>\1[0-9a-f]{{62}})/(?P<record>[0-9a-f]{{64}})\.(?P<signer>[0-9a-f]{{16}})"
)
BLOB = re.compile(rf"{BLOBS}/([0-9a-f]{{2}})/(?P<blob>\1[0-9a-f]{{62}})")
INDEX = re.compile(r"index/(?P<prefix>[0-9a-f]{2})\.json")
PREFIXES = tuple(f"{number:02x}" for number in range(256))
MARKER = "store.json"
"""Always the same: it shows that there is a store, also where missing objects cannot be told from forbidden ones."""
MARKED = b'{"schema":1,"what":"results of notebooks"}\n'

RECORD_LIMIT = INDEX_LIMIT = 16_000_000
"""Far above any that is real: several are read at a time, and take many times as much once they are understood."""
BLOB_LIMIT = 250_000_000
SMALL = 1000


class Index(Struct, frozen=True):
    """The objects that a store has below some prefix, and the size of each in bytes, by name."""

    objects: dict[str, int]


def index_of(prefix: str) -> str:
    """Return the name of the index of all keys that begin with these two digits."""
    return f"index/{prefix}.json"


def encode(objects: dict[str, int]) -> bytes:
    """Return the content of an index: always the same for the same objects."""
    return msgspec.json.format(msgspec.json.encode(Index(objects), order="sorted"), indent=0) + b"\n"


def indexed(objects: dict[str, int], prefix: str) -> dict[str, int]:
    """Return those objects that the index of a prefix lists: none that is still being written."""
    folders = (f"{KEYS}/{prefix}/", f"{SIGNATURES}/{prefix}/")
    return {
        name: size
        for name, size in objects.items()
        if name.startswith(folders) and (RECORD.fullmatch(name) or SIGNATURE.fullmatch(name))
    }


def prefix_of(name: str) -> str:
    """Return the two digits that an object is filed under."""
    return name.split("/")[1]


def blob_name(blob: str) -> str:
    """Return the name of a notebook, which is given by its digest."""
    return f"{BLOBS}/{blob[:2]}/{blob}"


def record_name(key: str, inputs: str) -> str:
    """Return the name of a record."""
    return f"{KEYS}/{key[:2]}/{key}/{inputs}.json"


def signature_name(key: str, record: str, signer: str) -> str:
    """Return the name of a signature of a record, which is given by its digest."""
    return f"{SIGNATURES}/{key[:2]}/{key}/{record}.{signer}"
