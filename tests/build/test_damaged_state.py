"""What a build remembers may be damaged in any way: it is made again, and nothing else comes of it."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from support.built_sites import files_of
from support.running import run_toolchain


def no_utf8(content: bytes) -> bytes:
    """Put a byte that is no UTF-8 into the first string."""
    return content.replace(b'"', b'"\xff', 1)


def nested(content: bytes) -> bytes:
    """Put nesting without end before the last brace."""
    return content.rstrip()[:-1] + b', "more": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"


def cut_off(content: bytes) -> bytes:
    return content[: len(content) // 2]


def tables_in(folder: Path) -> list[Path]:
    """Return the files of JSON with keys and values that are no part of a form."""
    return [
        path
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.suffix in ("", ".json") and path.read_bytes().startswith(b"{")
    ]


@pytest.mark.parametrize("damage", [no_utf8, nested, cut_off])
def test_a_damaged_memory_is_made_again(damage: Callable[[bytes], bytes], built: Path) -> None:
    assert run_toolchain("build", "html", project=built).code == 0
    site, build = files_of(built), built / "_build"
    records = tables_in(build / "store/keys")
    state = [path for path in tables_in(build) if "store" not in path.parts and "html" not in path.parts]
    assert records
    assert {"report.json", "parsed.json", "stat-cache.json", "html.json"} <= {path.name for path in state}
    for path in state:
        path.write_bytes(damage(path.read_bytes()))

    again = run_toolchain("build", "html", project=built)

    assert again.code == 0, again.stdout + again.stderr
    assert "0 executed, 1 reused" in again.stdout
    assert files_of(built) == site

    for path in records:
        path.write_bytes(damage(path.read_bytes()))

    again = run_toolchain("build", "html", project=built)

    assert again.code == 0, again.stdout + again.stderr
    assert "1 executed, 0 reused" in again.stdout
    assert run_toolchain("store", "verify", project=built).code == 0


def spoil_info(build: Path) -> None:
    (build / "html/.buildinfo").write_bytes(b"")


def spoil_trees(build: Path) -> None:
    for path in (build / "doctrees").rglob("*.doctree"):
        path.write_bytes(path.read_bytes()[:-9])


def spoil_environment(build: Path) -> None:
    shutil.rmtree(build / "doctrees")
    (build / "doctrees").write_bytes(b"")


def spoil_pictures(build: Path) -> None:
    for path in (build / "jupyter_execute").glob("*.*"):
        path.write_bytes(b"no picture")


def test_what_sphinx_keeps_is_made_again(built: Path) -> None:
    assert run_toolchain("build", "html", project=built).code == 0
    site, page = files_of(built), built / "book/index.md"
    for spoil in (spoil_info, spoil_trees, spoil_environment, spoil_pictures):
        spoil(built / "_build")
        (built / "_build/report.json").unlink()
        page.write_text(f"{page.read_text(encoding='utf-8')}\n", encoding="utf-8")

        again = run_toolchain("build", "html", project=built)

        assert again.code == 0, f"{spoil.__name__}: {again.stdout}{again.stderr}"
        assert files_of(built) == site, spoil.__name__
