"""A program that an extension draws with counts among what a build depends on: it may come, and go."""

from pathlib import Path

import pytest
from support.running import run_toolchain

pytestmark = pytest.mark.slow

CONFIG = """\
sphinx:
  extra_extensions: [sphinx.ext.graphviz]
  config: {graphviz_dot: draws-for-the-test, graphviz_output_format: svg}
"""
DRAWS = """\
#!/bin/sh
for word; do case $word in *.svg) out=${word#-o};; esac; done
echo '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><desc>drawn</desc></svg>' > "$out"
"""


def test_what_was_drawn_without_a_program_is_drawn_when_it_comes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    book, programs = tmp_path / "book", tmp_path / "bin"
    book.mkdir()
    programs.mkdir()
    (book / "_config.yml").write_text(CONFIG)
    (book / "_toc.yml").write_text("format: jb-book\nroot: intro\n")
    (book / "intro.md").write_text("# Intro\n\n```{graphviz}\ndigraph {}\n```\n")
    monkeypatch.setenv("PATH", str(programs), prepend=":")

    def built() -> tuple[int, bool, str]:
        run = run_toolchain("build", "html", project=book)
        page = (book / "_build/html/intro.html").read_text()
        return run.code, "digraph {}" in page and ".svg" not in page, run.stderr.partition("\n")[0]

    assert built()[:2] == (0, True)
    assert built()[2] == "nothing changed since the last build"

    (programs / "draws-for-the-test").write_text(DRAWS)
    (programs / "draws-for-the-test").chmod(0o755)
    assert built()[:2] == (0, False)
    assert built()[2] == "nothing changed since the last build"

    (programs / "draws-for-the-test").unlink()
    assert built()[:2] == (0, True)
