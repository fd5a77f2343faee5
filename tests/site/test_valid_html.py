"""What the validator of HTML says of every page: no error but those of libraries, which are listed with their reason."""

import os
import subprocess
import tomllib
from collections import defaultdict
from pathlib import Path
from typing import Any

import msgspec
import pytest
from support.site_pages import pages_of

VALIDATOR = os.environ.get("VNU_JAR", "")
FROM_LIBRARIES = tomllib.loads(Path(__file__).with_name("html_of_libraries.toml").read_text(encoding="utf-8"))
"""Who writes it and why it stays, by the message."""

pytestmark = pytest.mark.skipif(
    not Path(VALIDATOR).is_file(), reason="the validator of HTML is not there; `nox -s tests` installs it"
)


def errors(*sites: Path) -> dict[str, list[str]]:
    """Return where the validator finds which error."""
    pages = [str(site / page) for site in sites for page in pages_of(site)]
    # One thread of the virtual machine's compiler: it is over before more of it would pay.
    command = ["java", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xss4m", "-jar", VALIDATOR]
    options = ["--errors-only", "--exit-zero-always", "--stdout", "--format", "json"]
    said = subprocess.run([*command, *options, *pages], capture_output=True, check=True).stdout
    found: dict[str, list[str]] = defaultdict(list)
    messages: list[dict[str, Any]] = msgspec.json.decode(said)["messages"]
    for message in messages:
        found[message["message"]].append(
            f"{message['url']}:{message.get('lastLine', 0)}: {message.get('extract', '')}"
        )
    return found


def test_html_is_valid(site: Path, constructs: Path) -> None:
    found = errors(site, constructs)

    assert {error: places for error, places in found.items() if error not in FROM_LIBRARIES} == {}
    assert set(FROM_LIBRARIES) - set(found) == set(), "these are mended: take them from the list"
