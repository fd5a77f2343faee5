"""What the README shows is what works."""

import re
from pathlib import Path

from support.places import REPOSITORY
from support.running import report_of, run_toolchain

README = (REPOSITORY / "README.md").read_text(encoding="utf-8")


def block(beginning: str) -> str:
    """Return the fenced block of the README whose text begins so."""
    for fence, text in re.findall(r"^(`{3,})\w*\n(.*?)^\1$", README, re.MULTILINE | re.DOTALL):
        assert fence
        if text.startswith(beginning):
            return str(text)
    raise AssertionError(beginning)


def test_the_example_is_a_book_that_builds(tmp_path: Path, minimal: Path) -> None:
    python = run_toolchain("kernel", "--json", project=minimal).json["python"]
    (tmp_path / "_config").mkdir()
    (tmp_path / "book").mkdir()
    toml = block("[book]").replace("python3.11", python)
    (tmp_path / "_config/book.toml").write_text(toml, encoding="utf-8")
    (tmp_path / "book/index.md").write_text(block("# A Small Book"), encoding="utf-8")
    (tmp_path / "book/throws.md").write_text(block("---\nfile_format"), encoding="utf-8")

    build = run_toolchain("build", "html", "notebooks", project=tmp_path)

    assert build.code == 0, build.stdout + build.stderr
    assert report_of(tmp_path)["notebooks"][0]["status"] == "executed"
    assert "Figure 1.1" in (tmp_path / "_build/html/throws.html").read_text(encoding="utf-8")


def test_its_links_and_pictures_are_there() -> None:
    addresses = re.findall(r'\]\(([^)#:]+)[)#]|src="([^"]+)"', README)

    assert len(addresses) >= 6
    assert [path for pair in addresses for path in pair if path and not (REPOSITORY / path).exists()] == []


def test_its_commands_are_those_of_ci() -> None:
    script = (REPOSITORY / ".ci/run").read_text(encoding="utf-8")

    assert "python3.11 -m venv .venv && .venv/bin/pip install 'nox[uv]' && .venv/bin/nox -s build" in README
    assert ".venv/bin/nox -s tests" in README
    for command in (
        "python3.11 -m venv .venv",
        "'nox[uv]'",
        ".venv/bin/nox -s build",
        ".venv/bin/nox -s tests",
    ):
        assert command in script
