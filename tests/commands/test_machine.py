"""`toolchain doctor` and `toolchain kernel` as a person meets them; nothing is really installed."""

import os
import pty
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from support.running import Run, run_toolchain

from toolchain.environment import doctor
from toolchain.environment.requirements import BUBBLEWRAP, Requirement
from toolchain.processes import closed_room
from toolchain.project import settings

LIBRARY = "libtoolchain-test.so.9"
APT_GET = """\
#!/bin/sh
echo "$@" >> {log}
case "$*" in
    *--dry-run*) printf 'Inst one (1.0)\\nInst two (1.0)\\nConf one (1.0)\\n';;
    update*) [ -z "$NO_NETWORK" ] || {{ echo 'E: no network' >&2; exit 100; }};;
    *) cp {source} {target};;
esac
"""
AS_ROOT = pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="apt-get is for root")


@pytest.fixture
def lacking(copy: Callable[[str], Path], tmp_path: Path) -> Path:
    """Give a project whose notebooks need a library that only our `apt-get` brings."""
    project = copy("no-kernel")
    text = (project / "_config/book.toml").read_text(encoding="utf-8")
    libraries = f'\n[kernel.libraries]\n"{LIBRARY}" = "libtoolchain9"\n'
    (project / "_config/book.toml").write_text(text + libraries, encoding="utf-8")
    for name in ("bin", "lib"):
        (tmp_path / name).mkdir()
    some_library = next(Path("/usr/lib").glob("*/libz.so.1"))
    text = APT_GET.format(log=tmp_path / "log", source=some_library, target=tmp_path / "lib" / LIBRARY)
    (tmp_path / "bin/apt-get").write_text(text, encoding="utf-8")
    (tmp_path / "bin/apt-get").chmod(0o755)
    return project


def env_of(folder: Path, **variables: str) -> dict[str, str]:
    return {
        "PATH": f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}",
        "LD_LIBRARY_PATH": str(folder / "lib"),
        "PYTHONPATH": str(folder / "lib"),  # so that it is a Python of its own, which reads LD_LIBRARY_PATH
        **variables,
    }


def on_terminal(*arguments: str, project: Path, env: dict[str, str], answer: str = "") -> Run:
    """Run the toolchain on a terminal where somebody types an answer."""
    controller, terminal = pty.openpty()
    os.write(controller, answer.encode())
    process = subprocess.run(
        [sys.executable, "-m", "toolchain", *arguments, "--project", str(project)],
        stdin=terminal,
        capture_output=True,
        text=True,
        env={**os.environ, **env},
        check=False,
    )
    os.close(terminal)
    os.close(controller)
    return Run(process.returncode, process.stdout, process.stderr)


def asked(folder: Path) -> list[str]:
    log = folder / "log"
    return log.read_text(encoding="utf-8").splitlines() if log.exists() else []


INSTALL = "install --yes --no-install-recommends"


@AS_ROOT
def test_what_is_missing_is_installed(lacking: Path, tmp_path: Path) -> None:
    env = env_of(tmp_path)

    before = run_toolchain("-q", "doctor", "notebooks", project=lacking, env=env)
    doctored = run_toolchain("doctor", "notebooks", "--install", project=lacking, env=env)

    command = f"apt-get update && apt-get {INSTALL} libtoolchain9"
    assert before.stdout == f"missing     {LIBRARY}\ninstall     {command}\n"
    assert before.code == 2
    assert asked(tmp_path) == ["update --quiet=2", f"{INSTALL} --quiet=2 libtoolchain9"]
    assert doctored.stderr == "installing libtoolchain9 ...\n"
    assert doctored.stdout.splitlines()[-1] == "missing     nothing"
    assert doctored.code == 0
    assert run_toolchain("-q", "doctor", "notebooks", project=lacking, env=env) == Run(0, "", "")
    build = run_toolchain("build", "notebooks", "--install", project=lacking, env=env)
    assert build.code == 3  # of its page; and nothing had to be installed
    assert "installing" not in build.stderr


@AS_ROOT
def test_a_build_installs_first_and_says_what_apt_get_says(lacking: Path, tmp_path: Path) -> None:
    env = env_of(tmp_path, NO_NETWORK="1")

    build = run_toolchain("build", "notebooks", "--install", project=lacking, env=env)

    assert build.code == 2
    assert build.stderr == (
        "installing libtoolchain9 ...\nerror: apt-get update failed:\nE: no network\n"
        f"apt-get update && apt-get {INSTALL} libtoolchain9\n"
    )
    assert asked(tmp_path) == ["update --quiet=2"]
    assert not (lacking / "_build/report.json").exists()


@AS_ROOT
@pytest.mark.parametrize("answer", ["n", "y"])
def test_on_a_terminal_somebody_is_asked(answer: str, lacking: Path, tmp_path: Path) -> None:
    run = on_terminal(
        "-q", "doctor", "notebooks", "--install", project=lacking, env=env_of(tmp_path), answer=f"{answer}\n"
    )

    command = f"apt-get update && apt-get {INSTALL} libtoolchain9"
    question = f"missing: {LIBRARY}\n{command}\nInstall them now (2 packages, up to 1 GB of disk)? [y/N]: "
    assert run.stdout == question
    dry_run = f"{INSTALL} --dry-run --no-download libtoolchain9"
    if answer == "n":
        assert run.code == 2
        assert run.stderr == f"error: this machine lacks {LIBRARY}\n{command}\n"
        assert asked(tmp_path) == [dry_run]
    else:
        assert (run.code, run.stderr) == (0, "installing libtoolchain9 ...\n")
        assert asked(tmp_path) == [dry_run, "update --quiet=2", f"{INSTALL} --quiet=2 libtoolchain9"]


def test_where_nothing_can_be_installed_nothing_is_begun(lacking: Path, tmp_path: Path) -> None:
    (tmp_path / "bin/apt-get").unlink()
    bare = {"PATH": str(tmp_path / "bin")}

    run = run_toolchain("doctor", "notebooks", "--install", "--yes", project=lacking, env=bare)

    assert run.code == 2
    remedy = "Install with this system's package manager what Debian calls: libtoolchain9"
    assert run.stderr == f"error: this machine lacks {LIBRARY}\n{remedy}\n"


@pytest.mark.parametrize(
    ("machine", "command"),
    [
        ("apt-get root", f"apt-get update && apt-get {INSTALL} one two"),
        ("apt-get", f"sudo apt-get update && sudo apt-get {INSTALL} one two"),
        ("", "Install with this system's package manager what Debian calls: one two"),
        (
            "darwin",
            "brew install --cask mactex-no-gui && brew install librsvg poppler && brew install --cask font-dejavu",
        ),
    ],
)
def test_the_command_that_installs_is_that_of_the_system(
    machine: str, command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if "apt-get" in machine:
        (tmp_path / "apt-get").symlink_to("/usr/bin/true")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(os, "geteuid", lambda: 0 if "root" in machine else 1000)
    monkeypatch.setattr(sys, "platform", machine if machine == "darwin" else "linux")
    requirements = (Requirement("b", "two"), Requirement("a", "one"), Requirement("c", "one"))

    assert doctor.command(requirements) == command


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere there are no rooms")
def test_doctor_says_what_keeps_tex_in_and_what_would_do_better(
    copy: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    said, book = [], settings.load(copy("minimal"))
    for kind in closed_room.KINDS:
        for found in ("/usr/bin/bwrap", None):
            monkeypatch.setattr(closed_room, "strongest", lambda _machine, _program, kind=kind: kind)
            monkeypatch.setattr(shutil, "which", lambda name, found=found: found if name == "bwrap" else None)
            said.append(dict(doctor.diagnose(book))["closed room"])

    stronger = "bubblewrap would keep them in better"
    missing = "Install with this system's package manager what Debian calls: bubblewrap"
    landlock = "Landlock: TeX's programs have no other files, no network"
    rules = "TeX's own rules: TeX's programs have no commands to run, and TeX itself opens no other files"
    refused = f"{stronger}, but this system does not let it work"
    assert said == [
        *["bubblewrap: TeX's programs have no other files, no network, no other processes"] * 2,
        f"{landlock}. {refused}",
        f"{landlock}. {stronger}: {missing}",
        f"{rules}. {refused}",
        f"{rules}. {stronger}: {missing}",
    ]


@AS_ROOT
def test_what_is_only_better_to_have_stops_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    purposes = {"pdf": (BUBBLEWRAP,)}

    assert doctor.missing(purposes) == {}
    assert doctor.recommended(purposes) == (BUBBLEWRAP,)


def test_doctor_says_why_a_gpu_is_not_used_and_where_notebooks_would_run(
    copy: Callable[[str], Path], tmp_path: Path
) -> None:
    project = copy("no-lock")
    toml = project / "_config/book.toml"
    text = toml.read_text(encoding="utf-8")
    driver = tmp_path / "bin/nvidia-smi"
    driver.parent.mkdir()
    driver.write_text("#!/bin/sh\necho '0, GPU-0, Simulated, 9.0'\n", encoding="utf-8")
    driver.chmod(0o755)
    env = {"PATH": f"{driver.parent}{os.pathsep}{os.environ['PATH']}"}
    said = {}
    for kernel in (
        'compute_capabilities = ["8.0", "8.6"]',
        f'interpreter = "{sys.executable}"',
        'interpreter = "no-such-python"',
    ):
        toml.write_text(f"{text}\n[kernel]\n{kernel}\n", encoding="utf-8")
        run = run_toolchain("doctor", "notebooks", project=project, env=env)
        assert run.code == 0
        rows = dict(line.split(maxsplit=1) for line in run.stdout.splitlines())
        said[kernel.split()[-1]] = (rows["kernel"], rows["GPU"])

    lock = project / "_config/kernel/cpu.lock"
    why = "it has compute capability 9.0, the packages of gpu.lock have code for 8.0, 8.6"
    assert list(said.values()) == [
        (
            f"{lock}: no such file, and _config/book.toml names no interpreter",
            f"0: Simulated (not used: {why})",
        ),
        (sys.executable, "0: Simulated"),
        ("_config/book.toml: [kernel] interpreter: 'no-such-python' is not on this machine", "0: Simulated"),
    ]


def test_an_interpreter_that_is_used_as_it_is_is_not_removed(copy: Callable[[str], Path]) -> None:
    project = copy("no-lock")
    with (project / "_config/book.toml").open("a", encoding="utf-8") as toml:
        toml.write(f'\n[kernel]\ninterpreter = "{sys.executable}"\n')

    remade = run_toolchain("kernel", "--remake", project=project)

    assert remade.code == 0, remade.stderr
    where, what = remade.stdout.splitlines()
    assert where == f"ready: {sys.executable}"
    assert re.fullmatch(r"Python 3\.\d+, \d+ packages, used as it is: there is no lock", what)


def wheel(folder: Path, name: str, version: str, requires: str = "") -> None:
    """Write a package that has nothing in it."""
    stem = f"{name}-{version}"
    required = f"Requires-Dist: {requires}\n" if requires else ""
    files = {
        "METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{required}",
        "WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        "RECORD": "".join(f"{stem}.dist-info/{file},,\n" for file in ("METADATA", "WHEEL", "RECORD")),
    }
    folder.mkdir(exist_ok=True)
    with zipfile.ZipFile(folder / f"{stem}-py3-none-any.whl", "w") as archive:
        for file, content in files.items():
            archive.writestr(f"{stem}.dist-info/{file}", content)


def test_locks_are_solved_and_environments_made_from_them(
    copy: Callable[[str], Path], tmp_path: Path
) -> None:
    project = copy("no-lock")
    kernel = project / "_config/kernel"
    env = {
        "UV_DEFAULT_INDEX": f"file://{tmp_path}/nothing",
        "UV_FIND_LINKS": str(tmp_path / "wheels"),
        "UV_CACHE_DIR": str(tmp_path / "uv"),
        "XDG_CACHE_HOME": str(tmp_path / "cache"),
        "UV_OFFLINE": "1",
    }
    wheel(tmp_path / "wheels", "alpha", "1.0", requires="beta")
    wheel(tmp_path / "wheels", "beta", "2.0")
    wheel(tmp_path / "wheels", "gamma", "3.0", requires="beta")

    nothing = run_toolchain("kernel", "--lock", project=project, env=env)
    assert nothing.code == 2
    assert nothing.stderr == f"error: {kernel}: has no cpu.in\nList in it what the notebooks import.\n"

    kernel.mkdir()
    (kernel / "cpu.in").write_text("alpha\n", encoding="utf-8")
    (kernel / "gpu.in").write_text("gamma\n", encoding="utf-8")
    solved = run_toolchain("kernel", "--lock", project=project, env=env)
    assert solved.code == 0, solved.stderr
    made = [kernel / name for name in ("cpu.lock", "gpu.lock", "environment.yml")]
    assert solved.stdout.splitlines() == [f"solved {path}" for path in made]
    cpu, gpu, conda = (path.read_text(encoding="utf-8") for path in made)
    assert re.findall(r"^\S+==\S+", cpu, re.MULTILINE) == ["alpha==1.0", "beta==2.0"]
    assert re.findall(r"^\S+==\S+", gpu, re.MULTILINE) == ["beta==2.0", "gamma==3.0"]
    assert cpu.count("--hash=sha256:") == 2
    assert yaml.safe_load(conda) == {
        "name": "tiny",
        "channels": ["conda-forge"],
        "dependencies": ["python=3.11", "pip", {"pip": ["alpha==1.0", "beta==2.0"]}],
    }

    first = run_toolchain("kernel", project=project, env=env)
    assert first.code == 0, first.stderr
    where, what = first.stdout.splitlines()
    assert where.startswith("made: ")
    assert what == "Python 3.11, 2 packages, as its lock says"
    # Hashes are no part of what is installed; a lock may have none.
    (kernel / "cpu.lock").write_text("alpha==1.0\nbeta==2.0\n", encoding="utf-8")
    assert run_toolchain("kernel", project=project, env=env).stdout.startswith("ready: ")
    again = run_toolchain("kernel", "--remake", project=project, env=env)
    assert (again.code, again.stdout) == (0, first.stdout), again.stderr

    # What there is no more is named by uv.
    (kernel / "cpu.lock").write_text("alpha==9.0\n", encoding="utf-8")
    gone = run_toolchain("kernel", project=project, env=env)
    assert gone.code == 2
    assert gone.stderr.startswith("error: cpu.lock: cannot be installed on ")
    assert "alpha==9.0" in gone.stderr
    assert gone.stderr.endswith("`toolchain doctor` looks further.\n")
    (kernel / "cpu.in").write_text("alpha>1\n", encoding="utf-8")
    unsolved = run_toolchain("kernel", "--lock", project=project, env=env)
    assert unsolved.code == 2
    assert unsolved.stderr.startswith("error: cpu.in: cannot be solved\n")
    assert "alpha" in unsolved.stderr
