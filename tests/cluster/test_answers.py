"""What workers send back: it becomes a result of what they were given, or is refused with their name, and runs nothing."""

import json
import math
import pickle
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import nbformat
import pytest
from distributed.core import error_message
from support import simulated_machines as machines
from support.projects import write_notebooks
from support.running import run_toolchain

from toolchain.base.files import sha256_bytes
from toolchain.cluster import answers, harmless
from toolchain.cluster.inputs import DamagedError
from toolchain.cluster.protocol import Description, Done, Lacking, Said, StoppedError, Unfit, encode_outcome
from toolchain.execute.job import Job, job_of
from toolchain.model import (
    CellFailure,
    CodeCell,
    Document,
    Executed,
    Expression,
    Failed,
    FailureKind,
    FileRecord,
    Planned,
    Reason,
)
from toolchain.project.sections import ExecutionSection

GPUS = [("Simulated A", "8.0", 16384)] * 4
HOSTILE = """\
import os
from pathlib import Path
from toolchain.cluster import worker_tasks

honest = worker_tasks.run

class Runs:
    def __reduce__(self):
        return os.system, ("cat /proc/$PPID/cmdline >> {ran}",)

class Fails(Exception):
    def __reduce__(self):
        return os.system, ("cat /proc/$PPID/cmdline >> {ran}",)

def run(encoded):
    number = len(Path({folder!r}).read_text())
    with open({folder!r}, "a") as count:
        count.write("x")
    if number == 0:
        return Runs()
    if number == 1:
        raise Fails
    answer = honest(encoded)
    return answer.replace(b"print(1 + 1)", b"print(1 * 2)") if number == 2 else answer

def dask_setup(worker):
    worker_tasks.run = run
"""
FILES = {"book/data/a.txt": sha256_bytes(b"a")}


def test_an_answer_that_is_none_is_refused_with_the_workers_name_and_runs_nothing(tmp_path: Path) -> None:
    ran, count, preload = tmp_path / "ran", tmp_path / "count", tmp_path / "hostile.py"
    count.touch()
    preload.write_text(HOSTILE.format(ran=ran, folder=str(count)), encoding="utf-8")
    project = write_notebooks(tmp_path / "book", "", {"one": ("execution: {gpus: 1}\n", "print(1 + 1)")})
    driver = machines.simulated_driver(tmp_path / "bin", GPUS)
    env = {**driver, "DASK_DISTRIBUTED__WORKER__PRELOAD": str(preload)}
    arguments = ("--slots", "0", "--name", "there")
    with (
        machines.scheduler() as (_, address),
        machines.program("worker", address, *arguments, env=env) as workers,
    ):
        workers.wait_for("connected to")
        build = run_toolchain("execute", "--scheduler", address, "--json", project=project)

    assert build.code == 0, build.stderr
    problems = [
        line.partition(" is not used: ")[2] for line in build.stderr.splitlines() if "problem" in line
    ]
    assert [re.sub(r"gpu\d", "gpuN", problem) for problem in problems] == [
        "its worker there-gpuN sends something that is no answer for one",
        "Exception: Fails()",
        "its worker there-gpuN sends a notebook with other code for one",
    ]
    # Dask has a worker itself read what it raises; the build reads no such thing.
    assert b"toolchain.cluster.member" in ran.read_bytes()
    assert b"execute" not in ran.read_bytes()
    (notebook,) = build.json["notebooks"]
    blob = project / "_build/store/blobs" / notebook["blob"][:2] / notebook["blob"]
    assert nbformat.reads(blob.read_text(), as_version=4).cells[-1].outputs[0].text == "2\n"


NOTEBOOK = nbformat.v4.new_notebook(
    cells=[nbformat.v4.new_markdown_cell("# One", id="a"), nbformat.v4.new_code_cell("print(1 + 1)", id="b")]
)
DOCUMENT = Document(
    name="one",
    path="book/one.md",
    title="One",
    cells=(CodeCell(number=1, source="print(1 + 1)", tags=(), line=9),),
    kernel_name="python3",
    notebook=nbformat.writes(NOTEBOOK),
)


@pytest.fixture
def job() -> Job:
    """Give the run of a notebook."""
    planned = Planned(document=DOCUMENT, key="0" * 64, reason=Reason.NEW)
    return job_of(planned, ExecutionSection(output_limit="1 kB"))


def executed(job: Job, **changed: Any) -> Executed:
    return msgspec.structs.replace(
        Executed(
            planned=job.planned,
            notebook=job.planned.document.notebook,
            inputs=tuple(FileRecord(path=path, sha256=digest) for path, digest in FILES.items()),
            seconds=1.0,
            device="cpu",
            start="2026-01-01T00:00:00+00:00",
            versions={},
        ),
        **changed,
    )


def failed(job: Job, **changed: Any) -> Failed:
    failure = CellFailure(kind=FailureKind.CELL_ERROR, cell=1, line=1, message="", traceback="")
    failure = msgspec.structs.replace(failure, **changed)
    return Failed(planned=job.planned, failure=failure, partial=job.planned.document.notebook, seconds=1.0)


def test_the_answer_to_what_a_worker_was_given_is_taken(job: Job) -> None:
    for outcome in (executed(job), failed(job)):
        taken = answers.answer(encode_outcome("mine", outcome), "mine", job, FILES)
        assert isinstance(taken, Done)
        assert type(taken.outcome) is type(outcome)
    lacking = Lacking(("a",))
    assert answers.answer(msgspec.msgpack.encode(lacking), "mine", job, FILES) == lacking
    unfit = answers.answer(msgspec.msgpack.encode(Unfit("a\x1b[2Jb", "c\x07")), "mine", job, FILES)
    assert unfit == Unfit("ab", "c")


def with_values(job: Job, *values: tuple[int, str], sound: bool = True) -> str:
    notebook = json.loads(job.planned.document.notebook)
    data = {"text/plain": "1"} if sound else "1"
    notebook["metadata"]["expressions"] = [
        {"after": after, "source": source, "data": data} for after, source in values
    ]
    return json.dumps(notebook)


def test_the_values_of_the_pages_own_expressions_are_taken(job: Job) -> None:
    page = msgspec.structs.replace(DOCUMENT, expressions=(Expression("x", 0, 3), Expression("y", 1, 12)))
    asking = msgspec.structs.replace(job, planned=msgspec.structs.replace(job.planned, document=page))
    whole = executed(asking, notebook=with_values(asking, (0, "x"), (1, "y")))
    part = msgspec.structs.replace(failed(asking), partial=with_values(asking, (0, "x")))

    right: list[Executed | Failed] = [whole, part, failed(asking)]
    for outcome in right:
        taken = answers.answer(encode_outcome("mine", outcome), "mine", asking, FILES)
        assert isinstance(taken, Done)
    assert answers.largest(asking) > answers.largest(job)
    wrong: list[Executed | Failed] = [
        executed(asking),
        executed(asking, notebook=with_values(asking, (0, "x"))),
        executed(asking, notebook=with_values(asking, (1, "y"), (0, "x"))),
        executed(asking, notebook=with_values(asking, (0, "x"), (1, "y"), sound=False)),
        msgspec.structs.replace(part, partial=with_values(asking, (1, "y"))),
    ]
    for outcome in wrong:
        with pytest.raises(answers.RefusedError, match="sends the values of other expressions for one"):
            answers.answer(encode_outcome("mine", outcome), "mine", asking, FILES)


def other_code(job: Job) -> str:
    notebook = json.loads(job.planned.document.notebook)
    notebook["cells"][-1]["source"] = "print(3)"
    return json.dumps(notebook)


REFUSED: list[tuple[str, Callable[[Job], object]]] = [
    ("something that is no answer", lambda _job: None),
    ("something that is no answer", lambda _job: "text"),
    ("something that is no answer", lambda _job: b""),
    ("something that is no answer", lambda _job: b"\x81\xa4type\xa1\xff"),
    ("something that is no answer", lambda _job: b"\x91" * 100_000),
    ("something that is no answer", lambda job: encode_outcome("mine", executed(job, seconds="long"))),
    ("the answer to something else", lambda job: encode_outcome("another", executed(job))),
    (
        "the answer to something else",
        lambda job: encode_outcome(
            "mine", executed(job, planned=msgspec.structs.replace(job.planned, key="1" * 64))
        ),
    ),
    (
        "a notebook with other code",
        lambda job: encode_outcome("mine", executed(job, notebook=other_code(job))),
    ),
    ("a notebook with other code", lambda job: encode_outcome("mine", executed(job, notebook="[" * 100_000))),
    (
        "the values of other expressions",
        lambda job: encode_outcome("mine", executed(job, notebook=with_values(job, (0, "x")))),
    ),
    (
        "a notebook with other code",
        lambda job: encode_outcome("mine", executed(job, notebook='{"cells": 1}')),
    ),
    (
        "a result of another device: A",
        lambda job: encode_outcome("mine", executed(job, device="A\x1b]0;x\x07")),
    ),
    ("a run that took no time", lambda job: encode_outcome("mine", executed(job, seconds=math.nan))),
    ("a run that took no time", lambda job: encode_outcome("mine", executed(job, seconds=-1.0))),
    (
        "a result of other files",
        lambda job: encode_outcome(
            "mine", executed(job, inputs=(FileRecord(path="book/data/a.txt", sha256="b" * 64),))
        ),
    ),
    ("the failure of a cell that it does not have", lambda job: encode_outcome("mine", failed(job, cell=7))),
    (
        "a result of other files",
        lambda job: encode_outcome(
            "mine",
            msgspec.structs.replace(
                failed(job), inputs=(FileRecord(path=next(iter(FILES)), sha256="other"),)
            ),
        ),
    ),
    (" MB, where 67.1 MB are the most", lambda job: bytes(answers.largest(job) + 1)),
]


@pytest.mark.parametrize("number", range(len(REFUSED)))
def test_whatever_else_a_worker_sends_is_refused(number: int, job: Job) -> None:
    message, made = REFUSED[number]

    with pytest.raises(answers.RefusedError) as raised:
        answers.answer(made(job), "mine", job, FILES)

    assert message in str(raised.value)
    assert str(raised.value).isprintable()
    assert str(raised.value).endswith("for one")


def test_what_schedulers_and_workers_say_is_read_by_its_types() -> None:
    assert answers.said({"id": "a", "cell": 2, "more": 1}) == Said(id="a", cell=2)
    silence: list[object] = [
        {"id": 1},
        {"id": "a", "cell": "2"},
        {"cell": 1},
        None,
        [],
        {"id": "a", "kept": 7},
    ]
    assert [answers.said(message) for message in silence] == [None] * len(silence)
    part = msgspec.msgpack.encode({"code": "a", "offer": {"host": "a"}})
    assert [answers.greeting(content) for content in (None, b"", b"\xc1", "text", part)] == [None] * 5
    for resources in ({"GPU": math.nan}, {"GPU": -1.0}, {"GPU": "1"}):
        with pytest.raises(msgspec.ValidationError):
            msgspec.convert({"name": "a", "nthreads": 1, "resources": resources}, Description)


class Runs:
    """An object that another process makes by a command."""

    def __reduce__(self) -> tuple[Any, ...]:
        return (Path.touch, (Path("/nowhere/ran"),))


def test_a_pickle_is_data_and_errors() -> None:
    data = {"a": [1, 2.5, None, "x", b"y"], "b": {1, 2}, "c": (frozenset([3]), 1j)}
    assert harmless.loads(pickle.dumps(data)) == data
    assert harmless.loads(pickle.dumps(bytes)) is bytes
    error = harmless.loads(pickle.dumps(OSError(28, "full", "/disk")))
    assert (type(error), error.errno, error.filename) == (OSError, 28, "/disk")
    assert type(harmless.loads(pickle.dumps(DamagedError(["a"])))) is DamagedError
    for program in (Runs(), eval, [print], range(3), type):
        made = harmless.loads(pickle.dumps(program))
        made = made[0] if isinstance(made, list) else made
        assert isinstance(made, harmless.StrangerError) or issubclass(made, harmless.StrangerError)
    for damaged in (b"", b"\x80", b"\x80\x05\x95", b"(" * 100_000, pickle.dumps(data)[:-9]):
        assert isinstance(harmless.loads(damaged), harmless.StrangerError)


def test_errors_are_told_from_one_another_as_dask_sends_them() -> None:
    for error in (DamagedError(["a"]), StoppedError("no"), KeyError("a"), OSError(28, "full", "/disk")):
        try:
            raise error
        except type(error) as raised:
            sent = error_message(raised)
        read = harmless.loads(sent["exception"].data)
        assert (type(read), str(read)) == (type(error), str(error))
        assert sent["traceback"] is not None
        assert harmless.loads(sent["traceback"].data) is None
    assert read.errno == 28


def test_pickles_are_programs_again_when_nobody_is_connected() -> None:
    import distributed.protocol.pickle as dasks  # noqa: PLC0415 - what is looked at

    with harmless.reading():
        assert isinstance(dasks.loads(pickle.dumps(range(3))), harmless.StrangerError)
    assert dasks.loads(pickle.dumps(range(3))) == range(3)
