"""Notebooks that declare GPUs: what becomes of them where there is none, and where there are simulated ones."""

import os
import shutil
import zipfile
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import nbformat
import pytest
from lxml import html
from support.gpus import lacking
from support.running import report_of, run_toolchain

from toolchain.environment import kernel
from toolchain.execute import local
from toolchain.execute.attempts import RunPolicy
from toolchain.execute.job import job_of
from toolchain.execute.kernel_start import gpu_variables, injected
from toolchain.messages import progress
from toolchain.model import DeviceClass, Executed, Gpu, Outcome, Planned, Reason, Record
from toolchain.plan import keys
from toolchain.processes import hardware
from toolchain.project import settings
from toolchain.sources import reading
from toolchain.store.store import Store

PAGE = """\
---
file_format: mystnb
execution: {{gpus: {gpus}{options}}}
kernelspec:
  name: python3
---

# {name}

```{{code-cell}} ipython3
import os, time
print(time.time(), "on", os.environ["CUDA_VISIBLE_DEVICES"] or "the CPU")
time.sleep(1.5)
print(time.time())
```
"""
WITHOUT = pytest.mark.skipif(bool(hardware.gpus()), reason="this machine has a GPU")


@pytest.fixture
def project(copy: Callable[[str], Path]) -> Path:
    """Give a project with a GPU's lock, which pins the CPU's packages: no test here computes on a GPU by them."""
    project = copy("raising-cell")
    folder = project.parents[1] / "kernel"
    shutil.copyfile(folder / "cpu.lock", folder / "gpu.lock")
    return project


def write(project: Path, name: str = "section", gpus: int = 1, options: str = "") -> None:
    (project / f"book/{name}.md").write_text(
        PAGE.format(gpus=gpus, options=options, name=name.title()), encoding="utf-8"
    )


@WITHOUT
def test_without_result_and_gpu_the_page_shows_the_code_and_says_so(project: Path) -> None:
    write(project)

    for _ in range(2):
        build = run_toolchain("build", "html", project=project)
        assert build.code == 1, build.stdout + build.stderr
        (finding,) = report_of(project)["findings"]
        assert finding["id"] == "missing-result"
        assert finding["path"] == "book/section.md"
        assert finding["message"] == "no result for 1 GPU, and no GPU here"
    (notebook,) = report_of(project)["notebooks"]
    assert notebook["status"] == "missing"
    assert "device" not in notebook
    page = html.parse(project / "_build/html/section.html").getroot()
    assert "time.sleep(1.5)" in page.text_content()
    (note,) = page.xpath("//div[contains(@class, 'admonition note')]")
    assert "without its outputs: no result for 1 GPU, and no GPU here" in note.text_content()
    assert not page.xpath("//*[contains(@class, 'cell_output') or contains(@class, 'provenance')]")

    assert run_toolchain("execute", project=project).code == 1
    for _ in range(2):
        accepted = run_toolchain("build", "html", "--allow-missing", project=project)
        assert accepted.code == 0, accepted.stdout + accepted.stderr
        assert "1 missing" in accepted.stdout


@WITHOUT
def test_outputs_that_an_ipynb_has_itself_are_not_shown_for_a_result(project: Path) -> None:
    metadata = {"kernelspec": {"name": "python3", "display_name": "Python 3"}, "execution": {"gpus": 1}}
    output = nbformat.v4.new_output("stream", name="stdout", text="of some other day")
    cells = [nbformat.v4.new_markdown_cell("# Section"), nbformat.v4.new_code_cell("1", outputs=[output])]
    notebook = nbformat.v4.new_notebook(cells=cells, metadata=metadata)
    (project / "book/section.md").unlink(missing_ok=True)
    nbformat.write(notebook, project / "book/section.ipynb")

    build = run_toolchain("build", "html", "--allow-missing", project=project)

    assert build.code == 0, build.stdout + build.stderr
    page = html.parse(project / "_build/html/section.html").getroot()
    assert "shown without its outputs" in page.text_content()
    assert "of some other day" not in page.text_content()


@WITHOUT
def test_a_figure_that_is_not_computed_keeps_its_number_and_what_refers_to_it(
    copy: Callable[[str], Path],
) -> None:
    project = copy("minimal")
    folder = project.parents[1] / "kernel"
    shutil.copyfile(folder / "cpu.lock", folder / "gpu.lock")
    page = project / "book/chapter_waves/index.md"
    declared = page.read_text(encoding="utf-8").replace("---\n", "---\nexecution: {gpus: 1}\n", 1)
    page.write_text(declared, encoding="utf-8")

    accepted = run_toolchain("build", "html", "notebooks", "--allow-missing", project=project)

    assert accepted.code == 0, accepted.stdout + accepted.stderr
    site = html.parse(project / "_build/html/chapter_waves/index.html").getroot()
    (figure,) = site.xpath("//figure[@id='fig-wave']")
    words = " ".join(figure.text_content().partition("#")[0].split())
    assert words == "This has not been computed yet. Figure 1.1 A wave."
    assert [
        link.text_content() for link in site.xpath("//a[@href='#fig-wave' and @class!='headerlink']")
    ] == ["Figure 1.1"]
    (downloaded,) = (project / "_build/notebooks").glob("chapter_waves.zip")
    with zipfile.ZipFile(downloaded) as archive:
        (name,) = (member for member in archive.namelist() if member.endswith(".ipynb"))
        cells = nbformat.reads(archive.read(name).decode(), as_version=4).cells
    assert [cell.outputs for cell in cells if cell.cell_type == "code"] == [[], []]


@WITHOUT
def test_the_cpu_stands_in_until_a_result_of_a_gpu_is_there(project: Path) -> None:
    write(project, options=", cpu_fallback: true")

    assert planned(project) == (True, "no result for 1 GPU; runs on the CPU")
    assert run_toolchain("build", "html", project=project).code == 0
    (notebook,) = report_of(project)["notebooks"]
    assert (notebook["status"], notebook["device"]) == ("executed", "cpu")
    assert "on the CPU" in shown(project)
    assert planned(project) == (False, "no result for 1 GPU; the result of the CPU is used")
    assert run_toolchain("build", "html", project=project).stderr == "nothing changed since the last build\n"

    bring_result_of_another_machine(project)

    assert planned(project) == (False, "nothing changed")
    assert run_toolchain("build", "html", project=project).code == 0
    assert "computed elsewhere" in shown(project)


def planned(project: Path) -> tuple[bool, str]:
    (notebook,) = run_toolchain("plan", "--json", project=project).json
    return notebook["run"], notebook["reason"]


def shown(project: Path) -> str:
    page = html.parse(project / "_build/html/section.html").getroot()
    return "".join(output.text_content() for output in page.xpath("//div[contains(@class, 'cell_output')]"))


def bring_result_of_another_machine(project: Path) -> None:
    """Put a result for one GPU into the store, as copying the store of a GPU host would."""
    project_settings = settings.load(project)
    (document,) = reading.read(project_settings).notebooks
    notebook = nbformat.reads(document.notebook, as_version=4)
    notebook.cells[-1].outputs = [nbformat.v4.new_output("stream", name="stdout", text="computed elsewhere")]
    notebook.metadata["language_info"] = {"name": "python"}
    notebook.metadata["toolchain"] = {"device": "not really a GPU"}
    store = Store(project_settings.store)
    parts = keys.components(
        document,
        kernel.identity(project_settings, DeviceClass.GPU),
        injected(project_settings.toml.execution.env),
        gpus=1,
    )
    record = Record(
        blob=store.put(nbformat.writes(notebook).encode()),
        inputs=(),
        seconds=1.0,
        device="not really a GPU",
        toolchain="",
        commit="",
        start="",
        versions={},
    )
    store.record(keys.key(parts), record)


def test_a_gpu_without_a_lock_is_refused(project: Path) -> None:
    (project.parents[1] / "kernel/gpu.lock").unlink()
    write(project)

    plan = run_toolchain("plan", project=project)

    assert plan.code == 2
    assert "gpu.lock: no such file, and a notebook declares that it needs a GPU" in plan.stderr


@pytest.mark.parametrize(("ids", "overlapping"), [(("0",), False), (("0", "3"), True)])
def test_a_gpu_is_leased_to_one_notebook_at_a_time(
    ids: tuple[str, ...], *, overlapping: bool, project: Path
) -> None:
    for name in ("one", "two", "three"):
        write(project, name)
    (project / "book/section.md").unlink()
    simulated = tuple(Gpu(id=gpu_id, name="simulated") for gpu_id in ids)

    outcomes = run_on(project, simulated)

    assert {outcome.device for outcome in outcomes} == {"simulated"}
    times, used = [], set()
    for outcome in outcomes:
        (output,) = nbformat.reads(outcome.notebook, as_version=4).cells[-1].outputs
        begun, end = output.text.splitlines()
        times.append((float(begun.split()[0]), float(end)))
        used.add(begun.partition(" on ")[2])
    assert used == set(ids)
    times.sort()
    overlaps = [earlier[1] > later[0] for earlier, later in pairwise(times)]
    assert any(overlaps) == overlapping


def run_on(project: Path, gpus: tuple[Gpu, ...]) -> list[Executed]:
    """Run a project's notebooks as if the machine had these GPUs; nothing of it is stored."""
    project_settings = settings.load(project)
    outcomes: list[Outcome] = []
    jobs = [
        job_of(
            Planned(document=document, key="", reason=Reason.NEW, gpus=document.declared.gpus),
            project_settings.toml.execution,
        )
        for document in reading.read(project_settings).notebooks
    ]
    host = local.Host(
        project=project,
        pythons={DeviceClass.GPU: kernel.environment(project_settings, DeviceClass.GPU).python},
        jobs=3,
        gpus=gpus,
    )
    local.run_all(jobs, host, RunPolicy(retries=0, reporter=progress.Plain(print), keep=outcomes.append))
    executed = [outcome for outcome in outcomes if isinstance(outcome, Executed)]
    assert len(executed) == len(outcomes), outcomes
    return executed


@pytest.mark.parametrize(
    ("answer", "visible", "reason"),
    [
        ("", None, "nvidia-smi says 'nothing'"),
        (
            "echo 'Failed to initialize NVML: Insufficient Permissions'; exit 4",
            None,
            "nvidia-smi says 'Failed to initialize NVML: Insufficient Permissions'",
        ),
        ("test $1 != -L || echo 'No devices found.'; exit 6", None, "nvidia-smi says 'No devices found.'"),
        (
            "test $1 = -L && echo '  MIG 1g.5gb Device 0: (UUID: MIG-1)' || echo '0, GPU-1, A100, 8.0'",
            "MIG-1",
            "nvidia-smi lists 'MIG 1g.5gb Device 0: (UUID: MIG-1)', and CUDA_VISIBLE_DEVICES is 'MIG-1'",
        ),
    ],
    ids=["no answer", "not permitted", "no devices", "a part of a GPU"],
)
def test_that_nothing_can_be_proven_on_a_gpu_has_its_reason(
    answer: str, visible: str | None, reason: str, *, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    driver = tmp_path / "nvidia-smi"
    driver.write_text(f"#!/bin/sh\n{answer}\n", encoding="utf-8")
    driver.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    if visible:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)

    assert hardware.gpus() == ()
    assert lacking() == reason


def test_a_kernel_counts_gpus_as_the_driver_does_that_named_them() -> None:
    variables = gpu_variables((Gpu(id="1", name="simulated"),), Path("bin/python"))

    assert variables == {"CUDA_DEVICE_ORDER": "PCI_BUS_ID", "CUDA_VISIBLE_DEVICES": "1"}


def test_declarations_that_make_no_sense_are_refused(project: Path) -> None:
    write(project, gpus=-1)

    plan = run_toolchain("plan", project=project)

    assert plan.code == 3
    assert "book/section.md:3: `execution: gpus` is to be a whole number, at least 0" in plan.stderr


def test_the_libraries_of_nvidias_packages_are_found_before_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folders = [tmp_path / f"lib/python3.11/site-packages/nvidia/{name}/lib" for name in ("cublas", "cudnn")]
    for folder in folders:
        folder.mkdir(parents=True)
    monkeypatch.setenv("LD_LIBRARY_PATH", "/own")

    assert gpu_variables((Gpu(id="3", name="Simulated"),), tmp_path / "bin/python") == {
        "CUDA_DEVICE_ORDER": "PCI_BUS_ID",
        "CUDA_VISIBLE_DEVICES": "3",
        "LD_LIBRARY_PATH": os.pathsep.join([*map(str, folders), "/own"]),
    }
    assert "LD_LIBRARY_PATH" not in gpu_variables((), tmp_path / "bin/python")
