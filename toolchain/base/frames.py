"""What is known of a frame in a page that nobody has given a title."""

from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit


def titled_by(address: str) -> str:
    """Return the title that a frame has by its address alone: the host that it shows, or the file; empty if neither is named."""
    try:
        parts = urlsplit(address.strip())
    except ValueError:
        return ""
    if parts.scheme in ("", "http", "https"):
        return parts.netloc.rpartition("@")[2] or PurePosixPath(unquote(parts.path)).name
    return ""
