"""What executed notebooks say of their own making: as they may come from anywhere, only what a page can show counts."""

from datetime import UTC, datetime

from msgspec import Struct

from toolchain.base.decoding import decode_json
from toolchain.model import Provenance


class _Metadata(Struct, frozen=True):
    toolchain: Provenance = Provenance()


class _Notebook(Struct, frozen=True):
    metadata: _Metadata = _Metadata()


def provenance(notebook: bytes) -> Provenance:
    """Return what an executed notebook says of its own making; nothing if it says nothing, or what no page can show."""
    origin = claimed(notebook)
    return origin if is_sound(origin) else Provenance()


def claimed(notebook: bytes) -> Provenance:
    """Return what an executed notebook says of its own making, whatever that is; nothing if it says nothing."""
    made = decode_json(notebook, _Notebook)
    return made.metadata.toolchain if made else Provenance()


def is_sound(origin: Provenance) -> bool:
    """Say whether pages can show where a result comes from: in texts without control characters, with a date that is one."""
    texts = (origin.device, origin.toolchain, origin.commit, *origin.versions, *origin.versions.values())
    return all(text.isprintable() for text in texts) and (not origin.start or is_date(origin.start))


def is_date(start: str) -> bool:
    """Say whether a text is a date and a time."""
    try:
        datetime.fromisoformat(start).astimezone(UTC)
    except (ValueError, OverflowError):
        return False
    return True
