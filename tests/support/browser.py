"""A page as a browser has it, without a network, after its scripts have run."""

import subprocess
import tempfile
from pathlib import Path

from lxml import html

CHROMIUM = (
    "chromium",
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--allow-file-access-from-files",
    "--virtual-time-budget=10000",
    # Whatever is not in the site's folder cannot be reached.
    "--host-resolver-rules=MAP * ~NOTFOUND",
)


def dump(page: Path, width: int) -> html.HtmlElement:
    """Return the page's document after its scripts have run."""
    with tempfile.TemporaryDirectory() as profile:
        result = subprocess.run(
            [
                *CHROMIUM,
                f"--user-data-dir={profile}",
                f"--window-size={width},900",
                "--dump-dom",
                page.as_uri(),
            ],
            capture_output=True,
            text=True,
            check=True,
            timeout=120,
        )
    return html.document_fromstring(result.stdout)
