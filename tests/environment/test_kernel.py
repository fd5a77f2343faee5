"""The notebooks' environment and its locks."""

import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from support.places import REPOSITORY
from support.running import run_toolchain
from support.sharing_places import digests

KERNEL = REPOSITORY / "_config" / "kernel"


def pins(lock: Path) -> dict[str, str]:
    return dict(re.findall(r"^([A-Za-z0-9._-]+)==(\S+)", lock.read_text(encoding="utf-8"), re.MULTILINE))


def test_cpu_gpu_and_conda_name_the_same_versions() -> None:
    cpu, gpu = pins(KERNEL / "cpu.lock"), pins(KERNEL / "gpu.lock")
    conda = yaml.safe_load((KERNEL / "environment.yml").read_text(encoding="utf-8"))

    assert cpu["mxnet"] == gpu["mxnet-cu117"] == "1.9.1"
    assert {name: gpu[name] for name in cpu if name != "mxnet"} == {
        n: v for n, v in cpu.items() if n != "mxnet"
    }
    assert all(re.fullmatch(r"mxnet-cu117|nvidia-\S+-cu11", name) for name in gpu.keys() - cpu.keys())
    assert dict(pin.split("==") for pin in conda["dependencies"][-1]["pip"]) == cpu
    assert conda["dependencies"][0] == "python=3.11"


def test_locks_have_hashes_and_no_addresses() -> None:
    locks = sorted(KERNEL.glob("*.lock"))
    assert [lock.name for lock in locks] == ["cpu.lock", "gpu.lock"]
    for lock in locks:
        text = lock.read_text(encoding="utf-8")
        assert "://" not in text
        assert len(re.findall(r"^\S+==", text, re.MULTILINE)) <= text.count("--hash=sha256:")


def test_environment_that_differs_from_its_lock_runs_nothing(
    copy: Callable[[str], Path], tmp_path: Path
) -> None:
    project = copy("minimal")
    caches = {"XDG_CACHE_HOME": str(tmp_path / "cache")}
    made = run_toolchain("execute", project=project, env=caches)
    assert made.code == 0, made.stderr
    assert "  done    the notebooks' environment was made from cpu.lock\n" in made.stderr
    before = digests(project / "_build/store")
    kernel = run_toolchain("kernel", "--json", project=project, env=caches)
    assert kernel.code == 0, kernel.stderr
    python = Path(kernel.json["python"])
    site = next(python.parent.parent.glob("lib/python3*/site-packages"))
    # Kernels write no bytecode; without any they would compile what they import in every run.
    assert list((site / "ipykernel/__pycache__").glob("*.pyc"))
    (cycler,) = site.glob("cycler-*.dist-info")
    cycler.rename(site / "cycler-99.0.dist-info")
    metadata = site / "cycler-99.0.dist-info" / "METADATA"
    text = metadata.read_text(encoding="utf-8")
    metadata.unlink()  # it is a hard link into uv's cache, which must stay whole
    metadata.write_text(re.sub(r"(?m)^Version: .*$", "Version: 99.0", text), encoding="utf-8")

    build = run_toolchain("build", "html", "--force", project=project, env=caches)

    assert build.code == 2
    assert "differs from its lock" in build.stderr
    assert re.search(r"cycler 99\.0, \d\S* in cpu\.lock", build.stderr)
    assert "toolchain kernel --remake" in build.stderr
    assert digests(project / "_build/store") == before
    assert run_toolchain("kernel", "--remake", project=project, env=caches).code == 0
    assert run_toolchain("execute", "--force", project=project, env=caches).code == 0


def test_project_without_a_lock_uses_the_interpreter_it_names(
    copy: Callable[[str], Path], minimal: Path
) -> None:
    python = run_toolchain("kernel", "--json", project=minimal).json["python"]
    project = copy("no-lock")
    toml = project / "_config" / "book.toml"
    toml.write_text(
        f'{toml.read_text(encoding="utf-8")}\n[kernel]\ninterpreter = "{python}"\n', encoding="utf-8"
    )

    run = run_toolchain("execute", "--json", project=project)

    assert run.code == 0, run.stderr
    explained = run_toolchain("plan", "--explain", "section", "--json", project=project).json
    assert any(pin.startswith("ipykernel==") for pin in explained["components"]["lock"])


def test_an_interpreter_without_ipykernel_is_refused(copy: Callable[[str], Path], tmp_path: Path) -> None:
    subprocess.run(["python3", "-m", "venv", "--without-pip", tmp_path / "bare"], check=True)
    project = copy("no-lock")
    toml = project / "_config" / "book.toml"
    interpreter = tmp_path / "bare" / "bin" / "python"
    toml.write_text(
        f'{toml.read_text(encoding="utf-8")}\n[kernel]\ninterpreter = "{interpreter}"\n', encoding="utf-8"
    )

    run = run_toolchain("execute", project=project)

    assert run.code == 2
    assert "has no ipykernel" in run.stderr


@pytest.mark.parametrize("program", ["/bin/true", "/bin/cat"])
def test_an_interpreter_that_is_no_python_is_named_with_its_key(
    program: str, copy: Callable[[str], Path]
) -> None:
    project = copy("no-lock")
    toml = project / "_config/book.toml"
    toml.write_text(
        f'{toml.read_text(encoding="utf-8")}\n[kernel]\ninterpreter = "{program}"\n', encoding="utf-8"
    )

    plan = run_toolchain("plan", project=project)

    assert plan.code == 2
    assert plan.stderr.startswith(f"error: _config/book.toml: [kernel] interpreter: {program}: ")
