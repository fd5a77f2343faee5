"""Pages lead to other documentation as its inventories are now, and not as they were when the pages were made."""

import threading
import zlib
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from lxml import html
from support.running import run_toolchain

pytestmark = pytest.mark.slow

HEADER = b"# Sphinx inventory version 2\n# Project: P\n# Version: 1\n# The remainder of this file is compressed using zlib.\n"
CONFIG = """\
sphinx:
  extra_extensions: [sphinx.ext.intersphinx]
  config:
    intersphinx_mapping:
      near: ["https://near.invalid/", "near.inv"]
      far: ["http://127.0.0.1:%d/", null]
"""
TEXT = "# Math\n\nRead {py:func}`near.it`, [the same](inv:near#near.it) and {py:func}`far.it`.\n"
NEAR, FAR = "https://near.invalid/x.html#near.it", "http://127.0.0.1:%d/x.html#far.it"


def inventory(name: str) -> bytes:
    return HEADER + zlib.compress(f"{name} py:function 1 x.html#$ -\n".encode())


def links(book: Path) -> list[str]:
    page = html.parse(book / "_build/html/intro.html")
    return [str(link.get("href")) for link in page.iterfind(".//article//a[@class='reference external']")]


def test_an_inventory_that_comes_or_changes_makes_links_without_an_edit(tmp_path: Path) -> None:
    book, far = tmp_path / "book", tmp_path / "far"
    book.mkdir()
    far.mkdir()
    handler = partial(SimpleHTTPRequestHandler, directory=str(far))
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    (book / "_config.yml").write_text(CONFIG % server.server_port)
    (book / "_toc.yml").write_text("format: jb-book\nroot: intro\n")
    (book / "intro.md").write_text(TEXT)
    (book / "near.inv").write_bytes(inventory("near.other"))

    def built() -> tuple[set[str], list[str]]:
        findings = run_toolchain("build", "html", "--json", project=book).json["findings"]
        return {finding["id"] for finding in findings}, links(book)

    try:
        assert built() == ({"SRC002", "SRC043"}, [])

        (far / "objects.inv").write_bytes(inventory("far.it"))
        assert built() == ({"SRC002"}, [FAR % server.server_port])

        (book / "near.inv").write_bytes(inventory("near.it"))
        assert built() == (set(), [NEAR, NEAR, FAR % server.server_port])
    finally:
        server.shutdown()
        server.server_close()
