"""The process that runs Sphinx is the same for everybody: of the toolchain that started it, and of one language."""

import subprocess
from collections.abc import Callable
from pathlib import Path

from support.projects import copy_project
from support.running import ANOTHER_SEED, report_of, run_toolchain

# With a seed of its own the toolchain is started as people start it, and starts a Python of its own for Sphinx.


def test_files_of_the_project_are_no_modules_of_the_process(copy: Callable[[str], Path]) -> None:
    project = copy("minimal")
    (project / "toolchain").mkdir()
    for name in ("toolchain/__init__.py", "sphinx.py", "random.py"):
        (project / name).write_text('raise ImportError("a file of the project was imported")\n')

    build = run_toolchain("build", "html", project=project, env=ANOTHER_SEED)

    assert build.code == 0, build.stdout + build.stderr
    assert (project / "_build/html/index.html").is_file()


def test_a_locale_that_is_not_installed_does_no_harm(copy: Callable[[str], Path]) -> None:
    project = copy("minimal")
    lacking = {"LANG": "en_XX.UTF-8", "LC_ALL": "", "LC_TIME": "tlh_QX.UTF-8"}

    build = run_toolchain("build", "html", "pdf", project=project, env={**ANOTHER_SEED, **lacking})

    assert build.code == 0, build.stdout + build.stderr
    log = (project / "_build/sphinx/two-pages-screen.latexmk.log").read_text(encoding="utf-8")
    assert "locale" not in log  # Perl's complaint


def test_findings_are_the_same_whatever_language_a_person_speaks(tmp_path: Path) -> None:
    locales = tmp_path / "locales"
    locales.mkdir()
    subprocess.run(["localedef", "-i", "fr_FR", "-f", "UTF-8", locales / "fr_FR.UTF-8"], check=True)
    french = {"LOCPATH": str(locales), "LC_ALL": "fr_FR.UTF-8", "LANGUAGE": "fr"}
    findings = []
    for folder, language in ((tmp_path / "english", {}), (tmp_path / "french", french)):
        project = copy_project("toctree-of-nothing", folder)
        run = run_toolchain("build", "html", project=project, env={**ANOTHER_SEED, **language})
        assert run.code == 1, run.stdout + run.stderr
        findings.append(report_of(project)["findings"])

    assert findings[0] == findings[1] != []


def test_what_later_versions_of_myst_nb_hand_to_their_client_is_taken(copy: Callable[[str], Path]) -> None:
    project = copy("minimal")
    # MyST-NB's development version calls create_client with one more keyword.
    (project / "_config/conf.py").write_text(
        "from myst_nb import sphinx_\n"
        "from toolchain.sphinxext import configuration\n"
        "globals().update(configuration(__file__))\n"
        "def setup(app):\n"
        "    create_client = sphinx_.create_client\n"
        "    def as_later_versions_do(*arguments, **options):\n"
        "        return create_client(*arguments, **options, kernel_manager_class=None)\n"
        "    sphinx_.create_client = as_later_versions_do\n",
        encoding="utf-8",
    )

    build = run_toolchain("build", "html", project=project)

    assert build.code == 0, build.stdout + build.stderr
    assert 'class="cell_output' in (project / "_build/html/chapter_waves/index.html").read_text(
        encoding="utf-8"
    )
