"""The program as a person meets it."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from support.places import REPOSITORY
from support.processes import below, is_alive
from support.running import Run, run_toolchain, wait_for

import toolchain
from toolchain.commands.cli import COMMANDS, cli
from toolchain.environment import doctor


def test_version() -> None:
    result = subprocess.run(
        [sys.executable, "-m", "toolchain", "--version"], capture_output=True, text=True, check=True
    )

    assert result.stdout == f"toolchain, version {toolchain.__version__}\n"


def test_wrong_option_and_unknown_form_are_usage_errors(minimal: Path) -> None:
    assert run_toolchain("build", "--no-such-option", project=minimal).code == 2
    build = run_toolchain("build", "htm", project=minimal)
    assert build.code == 2
    assert "html" in build.stderr


def test_missing_programs_are_named_with_the_command_before_anything_runs(
    copy: Callable[[str], Path], tmp_path: Path
) -> None:
    project = copy("minimal")
    (tmp_path / "bin").mkdir()
    for name in ("git", "apt-get"):
        (tmp_path / "bin" / name).symlink_to("/usr/bin/true")
    bare = {"PATH": str(tmp_path / "bin")}

    build = run_toolchain("build", project=project, env=bare)

    assert build.code == 2
    assert "for pdf this machine lacks xelatex, xindy, rsvg-convert" in build.stderr
    assert "apt-get install --yes --no-install-recommends" in build.stderr
    assert "texlive-xetex" in build.stderr
    assert "toolchain build html notebooks" in build.stderr
    assert not (project / "_build/store").exists()
    diagnosis = run_toolchain("doctor", project=project, env=bare)
    assert diagnosis.code == 2
    assert "xelatex" in diagnosis.stdout


def test_missing_library_of_the_kernel_is_named_before_a_notebook_runs(copy: Callable[[str], Path]) -> None:
    project = copy("minimal")
    toml = project / "_config/book.toml"
    libraries = '\n[kernel.libraries]\n"libnowhere.so.9" = "libnowhere9"\n'
    toml.write_text(toml.read_text(encoding="utf-8") + libraries, encoding="utf-8")

    build = run_toolchain("build", "html", project=project)

    assert build.code == 2
    assert "to run notebooks this machine lacks libnowhere.so.9" in build.stderr
    assert "libnowhere9" in build.stderr
    assert run_toolchain("doctor", "html", project=project).code == 2


def test_doctor_is_content_with_a_machine_that_has_everything(minimal: Path) -> None:
    diagnosis = run_toolchain("doctor", project=minimal)

    assert diagnosis.code == 0
    assert "nothing" in diagnosis.stdout.splitlines()[-1]


def test_servers_are_asked_for_only_by_tests_that_start_them_and_where_nobody_else_would(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    servers = {"openssh-server", "slurm-wlm"}
    for root, systemd, expected in ((True, False, servers), (True, True, set()), (False, False, set())):
        monkeypatch.setattr(doctor, "_is_root", lambda root=root: root)
        monkeypatch.setattr(doctor, "SYSTEMD", tmp_path / ("" if systemd else "none"))

        packages = {requirement.package for requirement in doctor.all_of(doctor.missing(doctor.to_test()))}

        assert packages & servers == expected
        assert "poppler-utils" in packages


def test_check_runs_again_on_what_was_built(built: Path) -> None:
    assert run_toolchain("check", project=built).code == 0
    page = built / "_build/html/chapter_waves/index.html"
    page.write_text(page.read_text(encoding="utf-8").replace('href="../index.html"', 'href="../gone.html"'))

    check = run_toolchain("check", "--json", project=built)

    assert check.code == 1
    (finding,) = check.json
    assert finding["id"] == "HTML001"
    assert finding["path"] == "_build/html/chapter_waves/index.html"
    assert "../gone.html" in finding["message"]
    assert run_toolchain("check", "PDF001", project=built).code == 0
    assert run_toolchain("check", "PDF999", project=built).code == 2
    explained = run_toolchain("check", "--explain", "HTML001", project=built)
    assert explained.code == 0
    assert explained.stdout.startswith("HTML001: ")


def test_check_of_nothing_is_refused(copy: Callable[[str], Path]) -> None:
    check = run_toolchain("check", project=copy("minimal"))

    assert check.code == 2
    assert "toolchain build" in check.stderr


def test_plan_runs_and_writes_nothing(copy: Callable[[str], Path]) -> None:
    project = copy("minimal")

    plan = run_toolchain("plan", project=project)

    assert plan.code == 0
    assert plan.stdout.split() == [
        "run",
        "chapter_waves/index",
        "new",
        "1",
        "notebook",
        "to",
        "run,",
        "0",
        "to",
        "reuse",
    ]
    assert not (project / "_build").exists()


def test_interrupt_ends_the_kernels_and_keeps_what_had_finished(copy: Callable[[str], Path]) -> None:
    project = copy("endless-cell")
    toml = project / "_config/book.toml"
    toml.write_text(toml.read_text(encoding="utf-8").replace("cell_timeout = 2", "cell_timeout = 600"))
    page = (project / "book/section.md").read_text(encoding="utf-8")
    (project / "book/quick.md").write_text(page.replace("time.sleep(600)", "time.sleep(0)"), encoding="utf-8")
    build = subprocess.Popen(
        [sys.executable, "-m", "toolchain", "execute", "--project", str(project)],
        stderr=subprocess.PIPE,
        text=True,
    )
    wait_for(build, "done    quick", "run     section")
    kernels = below(build.pid, lambda process: "ipykernel" in str(process.cmdline()))
    assert len(kernels) == 2  # and its guard

    started = time.monotonic()
    os.kill(build.pid, signal.SIGINT)
    stderr = build.communicate(timeout=60)[1]

    assert build.returncode == 130
    assert "interrupted" in stderr
    assert "Traceback" not in stderr
    assert not any(is_alive(kernel) for kernel in kernels)
    print(f"ended after {time.monotonic() - started:.1f} s")  # noqa: T201 - a measure, not a condition
    plan = {
        notebook["name"]: notebook["run"]
        for notebook in run_toolchain("plan", "--json", project=project).json
    }
    assert plan == {"quick": False, "section": True}


def test_second_build_waits_and_says_for_whom(copy: Callable[[str], Path]) -> None:
    project = copy("endless-cell")
    page = project / "book/section.md"
    page.write_text(
        page.read_text(encoding="utf-8").replace("time.sleep(600)", "time.sleep(8)"), encoding="utf-8"
    )
    toml = project / "_config/book.toml"
    toml.write_text(toml.read_text(encoding="utf-8").replace("cell_timeout = 2", "cell_timeout = 60"))
    command = [sys.executable, "-m", "toolchain", "execute", "--project", str(project)]
    first = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    wait_for(first, "run     section")

    second = run_toolchain("execute", "--json", project=project)

    first.communicate(timeout=60)
    assert first.returncode == 0
    assert f"waiting for another build in this folder (process {first.pid})" in second.stderr
    assert second.json["notebooks"][0]["status"] == "reused"


def test_a_crash_of_latex_spoils_its_own_form_only(built: Path) -> None:
    (built / "_config/conf.py").write_text(
        "from toolchain.sphinxext import configuration\n"
        "globals().update(configuration(__file__))\n"
        'latex_elements["preamble"] += r"\\undefinedcommand"\n',
        encoding="utf-8",
    )

    build = run_toolchain("build", "html", "pdf", project=built)

    assert build.code == 5
    assert "_config/conf.py:3: LaTeX does not know \\undefinedcommand\n" in build.stdout
    assert len(build.stdout.splitlines()) < 25
    assert (built / "_build/html/index.html").exists()
    assert (built / "_build/sphinx/two-pages-screen.log").exists()
    (built / "_config/conf.py").unlink()
    assert run_toolchain("build", "html", "pdf", project=built).code == 0


def options_of(command: click.Command, name: str = "") -> Iterator[tuple[str, str]]:
    """Yield every command with each of its options, as a person writes them."""
    for parameter in command.params:
        for option in parameter.opts if isinstance(parameter, click.Option) else ():
            if option.startswith("--"):
                yield name, option
    if isinstance(command, click.Group):
        context = click.Context(command)
        for below in command.list_commands(context):
            inner = command.get_command(context, below)
            assert inner
            yield f"{name} {below}".strip(), ""
            yield from options_of(inner, f"{name} {below}".strip())


def test_the_list_of_commands_says_of_each_what_it_says_itself() -> None:
    context = click.Context(cli)
    of_commands = {name: cli.get_command(context, name) for name in cli.list_commands(context)}
    long = 10**6
    assert {name: command.get_short_help_str(long) for name, command in of_commands.items() if command} == {
        name: click.Command(name, help=entry.help).get_short_help_str(long)
        for name, entry in COMMANDS.items()
    }
    shown = CliRunner().invoke(cli, ["--help"]).stdout
    assert [line.split()[0] for line in shown.partition("Commands:\n")[2].splitlines()] == sorted(COMMANDS)


def test_every_command_and_option_is_in_the_reference() -> None:
    text = (REPOSITORY / "book/chapter_appendix/toolchain.md").read_text(encoding="utf-8")
    sections = dict(re.findall(r"(?ms)^### toolchain (\w+)$(.*?)(?=^##)", text))
    missing = []
    for command, option in options_of(cli):
        section = sections.get(command.partition(" ")[0], "")
        everywhere = option in ("--project", "--help") or not command
        if not everywhere and not re.search(rf"[` ]{option or 'toolchain ' + command}\b", section):
            missing.append(f"{command} {option}".strip())
    assert missing == []


def test_a_build_goes_on_when_nobody_reads_what_it_says(copy: Callable[[str], Path]) -> None:
    project = copy("minimal")
    arguments = [sys.executable, "-m", "toolchain", "build", "html", "--project", str(project)]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
        assert running.stdout
        assert running.stderr
        running.stdout.close()
        running.stderr.readline()
        running.stderr.close()

        assert running.wait() == 0

    assert (project / "_build/html/index.html").is_file()


def test_a_log_is_kept_of_a_defect(copy: Callable[[str], Path], tmp_path: Path) -> None:
    # As a defect of ours would, an installation that is broken raises what nobody expects.
    (tmp_path / "yaml.py").write_text("raise RuntimeError('broken')", encoding="utf-8")

    run = run_toolchain(
        "plan", project=copy("minimal"), env={"PYTHONPATH": str(tmp_path), "TMPDIR": str(tmp_path)}
    )

    (log,) = tmp_path.glob("toolchain-defect-*.log")
    assert (run.code, run.stdout) == (70, "")
    assert run.stderr == f"error: a defect of the toolchain; the details are in {log}\n"
    text = log.read_text(encoding="utf-8")
    assert text.startswith(f"toolchain {toolchain.__version__}, Python {sys.version}\n")
    assert "'plan', '--project'" in text
    assert text.endswith("RuntimeError: broken\n")


def test_what_the_system_refuses_is_said_with_the_place(copy: Callable[[str], Path]) -> None:
    project = copy("minimal")
    (project / "_build").touch()

    run = run_toolchain("clean", project=project)

    assert run.code == 2
    assert run.stderr == f"error: {project / '_build'}: File exists\nMove away what stands in its place.\n"


def test_the_log_of_the_libraries_is_shown_on_demand(copy: Callable[[str], Path]) -> None:
    project = copy("minimal")
    (project / "_build").mkdir()
    (project / "_build/report.json").touch()

    quiet = run_toolchain("clean", project=project)
    verbose = run_toolchain("-v", "clean", project=project)

    assert quiet == Run(0, "removed everything in _build\n", "")
    assert (verbose.code, verbose.stdout) == (0, quiet.stdout)
    assert "DEBUG:filelock:Attempting to acquire lock" in verbose.stderr


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("caf\udce9", "the path is not UTF-8"),
        ("/".join(["x" * 100] * 8), "bytes, and 440 are the most that SQLite can have"),
        ("y" * 800, "bytes, and 440 are the most"),
    ],
)
def test_a_folder_that_nothing_can_be_built_in_is_named(name: str, message: str, tmp_path: Path) -> None:
    run = run_toolchain("build", "html", project=tmp_path / name)

    assert run.code == 2
    first = run.stderr.splitlines()[0]
    assert first.startswith(f"error: {tmp_path}/")
    assert message in first
    assert "Traceback" not in run.stderr


def test_a_file_whose_name_is_no_text_is_named(copy: Callable[[str], Path]) -> None:
    project = copy("minimal")
    (project / "book/p\udce9.md").write_text("# Page\n", encoding="utf-8")

    run = run_toolchain("build", "html", project=project)

    assert (run.code, run.stdout) == (3, "")
    assert run.stderr == "error: book/p\\xe9.md: its name is not UTF-8\nRename it.\n"


@pytest.mark.parametrize(
    ("redirection", "code", "stdout", "stderr"),
    [
        (">&-", 0, "", ""),
        ("2>&-", 0, "removed everything in _build\n", ""),
        (">/dev/full", 2, "", "error: standard output: No space left on device\n"),
    ],
)
def test_a_stream_that_takes_nothing_is_no_defect(
    redirection: str, code: int, stdout: str, stderr: str, copy: Callable[[str], Path]
) -> None:
    command = f'exec "$@" {redirection}'
    arguments = [sys.executable, "-m", "toolchain", "clean", "--project", str(copy("minimal"))]

    run = subprocess.run(["sh", "-c", command, "sh", *arguments], capture_output=True, text=True, check=False)

    assert (run.returncode, run.stdout, run.stderr) == (code, stdout, stderr)


def test_a_library_that_is_interrupted_as_it_is_imported_is_no_defect() -> None:
    code = (
        "import click, sys\n"
        "from toolchain.commands import cli\n"
        "def fails(**_options):\n"
        "    try:\n"
        "        raise KeyboardInterrupt\n"
        "    except KeyboardInterrupt as error:\n"
        "        raise ImportError('it cannot be imported') from error\n"
        "cli.cli.main = fails\n"
        "cli.main()\n"
    )

    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    assert run.returncode in {130, -signal.SIGINT}
    assert "interrupted" in run.stderr
    assert "defect" not in run.stderr
