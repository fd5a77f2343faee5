"""Values of `_config.yml` as book.toml has them."""

import re
import unicodedata
from pathlib import PurePosixPath
from typing import Any

ENDLESS = 10 * 365 * 86400.0
"""Seconds that stand for no limit."""
PAPERS = {
    "a4": (210.0, 297.0),
    "a5": (148.0, 210.0),
    "b5": (176.0, 250.0),
    "letter": (215.9, 279.4),
    "legal": (215.9, 355.6),
    "executive": (184.15, 266.7),
}
"""What LaTeX calls papers, without `paper`: their widths and heights in millimetres."""


def as_ours(place: str, value: Any) -> Any:
    """Return a value as the key of book.toml has it; None if that is as if nothing were said."""
    if place == "book.authors":
        texts = value if isinstance(value, list) else [value]
        return tuple(str(text) for text in texts if text not in ("", None))
    if place == "pdf.authors":
        return tuple(name for part in re.split(r"\\\\|\\and\b", str(value)) if (name := part.strip()))
    if place == "pdf.paper":
        return PAPERS.get(str(value).lower().removesuffix("paper"))
    if place == "execution.cell_timeout":
        return float(value) if value and value > 0 else ENDLESS
    if place == "execution.not_run":
        return (value,) if isinstance(value, str) else tuple(value)
    return value if isinstance(value, bool) else str(value)


def slug(named: str, title: str) -> str:
    """Return what the artefacts are called: as the PDF is to be, or else as the title is in plain letters."""
    text = PurePosixPath(named).stem or title
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:60].strip("-") or "book"
