"""Keys and decisions, without a file or a process."""

from typing import Any

import msgspec
import pytest

from toolchain.model import (
    ABSENT,
    Book,
    CodeCell,
    Declaration,
    DeviceClass,
    Document,
    Expression,
    FileRecord,
    KernelIdentity,
    NotebookReport,
    Planned,
    Reason,
    Record,
    Status,
)
from toolchain.plan import changes, decide, keys

KERNEL = KernelIdentity(python="3.11", distributions=("ipykernel==7", "numpy==1"))
GPU_KERNEL = KernelIdentity(python="3.11", distributions=("ipykernel==7", "numpy-cuda==1"))
PAGE = Document(
    name="a/b",
    path="book/a/b.md",
    title="B",
    cells=(CodeCell(number=1, source="1 + 1", tags=("hide-input",), line=9),),
    kernel_name="python3",
    notebook="{}",
)
NOW = {"book/data/x.csv": "1"}
INPUTS = (FileRecord(path="book/data/x.csv", sha256="1"),)
RECORD = Record(
    blob="b", inputs=INPUTS, seconds=3.0, device="cpu", toolchain="0", commit="", start="", versions={}
)


def key(document: Document = PAGE, kernel: KernelIdentity = KERNEL, **injected: str) -> str:
    return keys.key(keys.components(document, kernel, injected))


def test_people_refer_to_a_page_by_its_number_or_its_title() -> None:
    numbers = {"": "“B”", "3": "Chapter\xa03", "3.2": "Section\xa03.2", "A": "Appendix\xa0A"}

    assert {number: msgspec.structs.replace(PAGE, number=number).reference for number in numbers} == numbers


def test_a_notebook_that_is_not_run_shows_what_fits_it_of_a_gpu_or_else_of_what_it_falls_back_to() -> None:
    page = msgspec.structs.replace(PAGE, off="why", declared=Declaration(gpus=1, cpu_fallback=True))
    kernels = {DeviceClass.CPU: KERNEL, DeviceClass.GPU: GPU_KERNEL}
    of_cpu = keys.key(keys.components(page, KERNEL, {}, gpus=0))
    of_gpu = keys.key(keys.components(page, GPU_KERNEL, {}, gpus=1))

    def decided(*stored: str, **changes: Any) -> Planned:
        inputs = decide.PlanInputs(
            kernels=kernels,
            injected={},
            records=lambda key: (RECORD,) if key in stored else (),
            state=lambda _document, path: NOW[path],
            last={},
            force=frozenset({page.name}),
        )
        return decide.make(Book((page,)), msgspec.structs.replace(inputs, **changes)).notebooks[0]

    assert (decided(of_cpu, of_gpu).key, decided(of_cpu).key) == (of_gpu, of_cpu)
    assert decided(of_cpu).reason == Reason.REUSED
    nothing = decided()
    assert (nothing.reason, nothing.because, nothing.key, nothing.runs) == (Reason.OFF, "why", of_gpu, False)
    unknown = decided(of_cpu, of_gpu, kernels={})
    assert (unknown.reason, unknown.key) == (Reason.OFF, "")
    changed = decided(of_gpu, state=lambda _document, _path: "other")
    assert (changed.reason, changed.record) == (Reason.OFF, None)


def cell(**changes: object) -> Document:
    return msgspec.structs.replace(PAGE, cells=(msgspec.structs.replace(PAGE.cells[0], **changes),))


def test_what_is_for_the_eye_is_not_in_the_key() -> None:
    assert key() == key(cell(tags=("hide-output",))) == key(cell(line=99))
    assert key() == key(
        msgspec.structs.replace(PAGE, title="Other", notebook="{ }", name="a/c", path="book/a/c.md")
    )
    assert key() == key(msgspec.structs.replace(PAGE, declared=Declaration(timeout=5)))


def test_of_expressions_the_key_has_what_is_evaluated_in_its_order_and_pages_without_any_keep_theirs() -> (
    None
):
    written = [
        ("y", 1, 30, ""),
        ("x", 1, 31, ""),
        ("y", 1, 32, ""),
        ("x", 0, 3, ""),
        ("z", 1, 33, "a formula"),
    ]
    page = msgspec.structs.replace(PAGE, expressions=tuple(Expression(*about) for about in written))
    moved = msgspec.structs.replace(
        page, expressions=tuple(Expression(*about[:2], 7, about[3]) for about in written)
    )
    unread = msgspec.structs.replace(PAGE, expressions=(Expression("z", 1, 33, "a formula"),))

    assert keys.components(page, KERNEL, {})["expressions"] == [[0, "x"], [1, "y"], [1, "x"]]
    assert key(moved) == key(page) != key()
    assert key(unread) == key()
    assert "expressions" not in keys.components(PAGE, KERNEL, {})


@pytest.mark.parametrize(
    "other",
    [
        key(cell(source="1 + 2")),
        key(cell(tags=("raises-exception",))),
        key(cell(tags=("skip-execution",))),
        key(msgspec.structs.replace(PAGE, kernel_name="other")),
        key(msgspec.structs.replace(PAGE, declared=Declaration(env={"A": "b"}))),
        key(msgspec.structs.replace(PAGE, allow_errors=True)),
        key(msgspec.structs.replace(PAGE, declared=Declaration(data=("data",)))),
        key(kernel=KernelIdentity(python="3.12", distributions=KERNEL.distributions)),
        key(kernel=KernelIdentity(python="3.11", distributions=("ipykernel==7", "numpy==2"))),
        key(matplotlibrc="x"),
        key(msgspec.structs.replace(PAGE, expressions=(Expression("x", 1, 12),))),
        keys.key(keys.components(PAGE, KERNEL, {}, gpus=1)),
    ],
)
def test_what_can_change_a_result_is_in_the_key(other: str) -> None:
    assert other != key()


def plan_inputs(**changes: Any) -> decide.PlanInputs:
    everything = decide.PlanInputs(
        kernels={DeviceClass.CPU: KERNEL, DeviceClass.GPU: GPU_KERNEL},
        injected={},
        records=lambda _: (),
        state=lambda _, path: NOW.get(path, ABSENT),
        last={},
    )
    return msgspec.structs.replace(everything, **changes)


def decision(
    *records: Record, last_report: NotebookReport | None = None, force: bool = False
) -> tuple[Reason, str, bool]:
    about = plan_inputs(
        records=lambda _: records,
        last={"a/b": last_report} if last_report else {},
        force=frozenset({"a/b"} if force else ()),
    )
    (planned,) = decide.make(Book((PAGE,)), about).notebooks
    return planned.reason, planned.detail, planned.runs


def reported(**changes: object) -> NotebookReport:
    report = NotebookReport(name="a/b", path="", status=Status.EXECUTED, reason="", key=key(), seconds=2.0)
    return msgspec.structs.replace(report, **changes)


def test_reasons() -> None:
    changed = msgspec.structs.replace(RECORD, inputs=(FileRecord(path="book/data/x.csv", sha256="2"),))
    gone = msgspec.structs.replace(RECORD, inputs=(FileRecord(path="book/data/y.csv", sha256="1"),))
    new = msgspec.structs.replace(RECORD, inputs=(FileRecord(path="book/data/x.csv", sha256=ABSENT),))
    listed = msgspec.structs.replace(RECORD, inputs=(FileRecord(path="book/data/", sha256="1"),))
    unread = msgspec.structs.replace(RECORD, inputs=())

    assert decision(RECORD) == (Reason.REUSED, "", False)
    assert decision(changed, RECORD) == (Reason.REUSED, "", False)
    assert decision(RECORD, force=True) == (Reason.FORCED, "", True)
    assert decision() == (Reason.NEW, "", True)
    assert decision(changed) == (Reason.INPUTS, "book/data/x.csv changed", True)
    assert decision(gone) == (Reason.INPUTS, "book/data/y.csv removed", True)
    assert decision(new) == (Reason.INPUTS, "book/data/x.csv added", True)
    assert decision(listed) == (Reason.INPUTS, "files added to or removed from book/data/", True)
    assert decision(unread) == (Reason.REUSED, "", False)
    assert decision(last_report=reported(key="older")) == (Reason.KEY, "", True)
    assert decision(last_report=reported(status=Status.FAILED)) == (Reason.FAILED, "", True)
    assert decision(last_report=reported()) == (Reason.LOST, "", True)


def test_an_earlier_result_that_does_not_say_what_its_key_is_of_gives_no_reason() -> None:
    odd = msgspec.structs.replace(RECORD, components={"lock": ["no version"], "cells": 5, "env": []})
    about = plan_inputs(
        records=lambda key: (odd,) if key == "older" else (), last={"a/b": reported(key="older")}
    )

    (planned,) = decide.make(Book((PAGE,)), about).notebooks

    assert (planned.reason, planned.detail) == (Reason.KEY, "")


def test_longest_expected_runs_first_and_unknown_before_all() -> None:
    pages = [msgspec.structs.replace(PAGE, name=name) for name in ("short", "long", "unknown")]
    last_reports = {name: reported(key="older", seconds=s) for name, s in (("short", 1.0), ("long", 9.0))}

    plan = decide.make(Book(tuple(pages)), plan_inputs(last=last_reports))

    assert [planned.document.name for planned in plan.to_run] == ["unknown", "long", "short"]


def test_changes_in_words() -> None:
    before = keys.components(PAGE, KERNEL, {"start/matplotlibrc": "1"})
    kernel = KernelIdentity(python="3.12", distributions=("ipykernel==8", "pandas==1"))
    page = msgspec.structs.replace(cell(source="2"), declared=Declaration(env={"A": "b"}, data=("d",)))
    after = keys.components(page, kernel, {"start/matplotlibrc": "2"})

    assert changes.of_key(before, before, "cpu.lock") == ""
    assert changes.of_key(before, after, "cpu.lock") == (
        "cell 1 changed, ipykernel 7 → 8 in cpu.lock, numpy 1 → removed in cpu.lock, pandas not there → 1 in cpu.lock, "
        "Python 3.11 → 3.12, execution.data changed, variable A: not there → b, the toolchain's start/matplotlibrc changed"
    )

    with_expressions = msgspec.structs.replace(PAGE, expressions=(Expression("x", 1, 12),))
    evaluated = keys.components(with_expressions, KERNEL, {"start/matplotlibrc": "1"})
    assert changes.of_key(before, evaluated, "cpu.lock") == "expressions changed"
    assert changes.of_key(evaluated, before, "cpu.lock") == "expressions changed"

    with_a_library = keys.components(PAGE, KERNEL, {}, gpus=1, library={"waves.f": "1", "waves.g": "1"})
    with_another = keys.components(PAGE, KERNEL, {}, library={"waves.g": "1", "waves.h": "1"})

    assert changes.of_key(with_a_library, with_another, "cpu.lock") == (
        "1 GPU → no GPU, waves.h is used, waves.f is not used any more"
    )


def on_gpus(
    number: int,
    *,
    results: set[str],
    force: bool = False,
    last_report: NotebookReport | None = None,
    **declared: Any,
) -> Planned:
    """Decide for a notebook that declares a GPU where so many are; `results` says on what it has been computed."""
    page = msgspec.structs.replace(PAGE, declared=Declaration(gpus=1, **declared))
    own_keys = {
        "gpu": keys.key(keys.components(page, GPU_KERNEL, {}, gpus=1)),
        "cpu": keys.key(keys.components(page, KERNEL, {})),
    }
    stored = {own_keys[device] for device in results}
    about = plan_inputs(
        records=lambda key: (RECORD,) if key in stored else (),
        gpus=lambda: number,
        force=frozenset({"a/b"} if force else ()),
        last={"a/b": last_report} if last_report else {},
    )
    (planned,) = decide.make(Book((page,)), about).notebooks
    assert planned.key == own_keys["gpu" if planned.gpus else "cpu"]
    assert planned.declared_key in ("", own_keys["gpu"])
    return planned


def test_a_result_of_a_gpu_is_reused_without_one() -> None:
    for number in (0, 1):
        planned = on_gpus(number, results={"gpu", "cpu"}, cpu_fallback=True)
        assert (planned.gpus, planned.runs, planned.because) == (1, False, "nothing changed")


def test_a_gpu_computes_what_only_the_cpu_has() -> None:
    planned = on_gpus(1, results={"cpu"}, cpu_fallback=True)
    assert (planned.gpus, planned.runs, planned.because) == (1, True, "new")

    last_report = reported(key="cpu", declared_key=planned.key)
    assert on_gpus(1, results={"cpu"}, last_report=last_report).because == "no result for 1 GPU yet"


def test_without_a_gpu_it_runs_on_the_cpu_if_it_may() -> None:
    planned = on_gpus(0, results=set(), cpu_fallback=True)
    assert (planned.gpus, planned.runs, planned.because) == (0, True, "no result for 1 GPU; runs on the CPU")
    planned = on_gpus(0, results={"cpu"}, cpu_fallback=True)
    assert (planned.runs, planned.because) == (False, "no result for 1 GPU; the result of the CPU is used")
    assert planned.declared_key


def test_without_a_gpu_and_a_result_it_is_missing() -> None:
    planned = on_gpus(0, results=set())
    assert (planned.reason, planned.runs) == (Reason.MISSING, False)
    assert planned.because == "no result for 1 GPU, and no GPU here"
    assert on_gpus(0, results=set(), force=True).reason == Reason.MISSING


def test_force_runs_what_can_run_here_and_keeps_what_cannot() -> None:
    assert on_gpus(0, results={"gpu"}, force=True).because == "nothing changed"
    assert on_gpus(1, results={"gpu"}, force=True).reason == Reason.FORCED
    assert on_gpus(0, results={"cpu"}, force=True, cpu_fallback=True).runs
