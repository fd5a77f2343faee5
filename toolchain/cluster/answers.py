"""What a worker sends back: data that may be anything, until it is the answer to what that worker was given.

A worker may be of another's making, or not what it was any more, and whatever comes into the store stays there. So an
answer counts for one attempt only, has the code that was sent, and is no larger than the book's limits let it become.
"""

import math
from collections.abc import Mapping

import msgspec

from toolchain.base.decoding import decode_msgpack
from toolchain.base.terminal import plain
from toolchain.base.units import human_size, size
from toolchain.cluster.protocol import Answer, Done, Greeting, Said, Unfit
from toolchain.execute.job import Job
from toolchain.model import Executed, Failed
from toolchain.outputs.executed import code_of, expressions_of

BESIDES = 64 << 20
"""Bytes that an answer may have besides the notebook and its outputs: the names of files, mostly."""
ESCAPED = 6
"""A character of an output is so many in JSON at most."""
LONGEST = 4000
"""Characters of a sentence that a worker says about itself."""


class RefusedError(Exception):
    """What a worker sends is not the answer to what it was given; the message goes on after the worker's name."""


def answer(content: object, parcel: str, job: Job, files: Mapping[str, str]) -> Answer:
    """Return a worker's answer to a `parcel` of that id with a notebook's run and the digests of its files.

    Raises RefusedError if it is none.
    """
    if not isinstance(content, bytes):
        raise _refused(job, "something that is no answer")
    most = largest(job)
    if len(content) > most:
        raise _refused(job, f"{human_size(len(content))}, where {human_size(most)} are the most that can be,")
    decoded = decode_msgpack(content, Answer)  # type: ignore[arg-type] # a union is no type to mypy
    if decoded is None:
        raise _refused(job, "something that is no answer")
    if isinstance(decoded, Unfit):
        return Unfit(reason=_sentence(decoded.reason), remedy=_sentence(decoded.remedy))
    if isinstance(decoded, Done):
        if decoded.id != parcel or decoded.outcome.planned.key != job.planned.key:
            raise _refused(job, "the answer to something else")
        _require_matching(decoded.outcome, job, files)
    return decoded


def largest(job: Job) -> int:
    """Return the bytes that an answer can have at most: each cell may write what the book allows."""
    document = job.planned.document
    outputs = (len(document.cells) + len(document.evaluated) + 1) * size(job.output_limit)
    return BESIDES + ESCAPED * (outputs + len(document.notebook))


def greeting(content: object) -> Greeting | None:
    """Return how a worker has introduced itself; None if that is no greeting."""
    decoded = decode_msgpack(content, Greeting) if isinstance(content, bytes) else None
    if decoded is None:
        return None
    gpus = tuple(
        msgspec.structs.replace(gpu, id=_sentence(gpu.id), name=_sentence(gpu.name))
        for gpu in decoded.offer.gpus
    )
    offer = msgspec.structs.replace(decoded.offer, host=_sentence(decoded.offer.host), gpus=gpus)
    return msgspec.structs.replace(decoded, offer=offer)


def said(message: object) -> Said | None:
    """Return what a worker says while it runs something; None if it is nothing that we know."""
    try:
        return msgspec.convert(message, Said)
    except (msgspec.ValidationError, RecursionError):
        return None


def _require_matching(outcome: Executed | Failed, job: Job, files: Mapping[str, str]) -> None:
    """Raise RefusedError unless an outcome is one of this run: its code, its files, the kind of its device."""
    notebook = outcome.notebook if isinstance(outcome, Executed) else outcome.partial
    if code_of(notebook) != code_of(job.planned.document.notebook):
        raise _refused(job, "a notebook with other code")
    asked = [[expression.after, expression.source] for expression in job.planned.document.evaluated]
    told = expressions_of(notebook)
    # A run that failed has those up to its failure.
    if told is None or told != (asked if isinstance(outcome, Executed) else asked[: len(told)]):
        raise _refused(job, "the values of other expressions")
    if not (math.isfinite(outcome.seconds) and outcome.seconds >= 0):
        raise _refused(job, "a run that took no time that there is")
    if any(files.get(record.path, record.sha256) != record.sha256 for record in outcome.inputs):
        raise _refused(job, "a result of other files")
    if isinstance(outcome, Failed):
        if not 0 <= outcome.failure.cell <= len(job.planned.document.cells):
            raise _refused(job, "the failure of a cell that it does not have")
        return
    if (outcome.device == "cpu") == bool(job.planned.gpus) or not outcome.device.isprintable():
        raise _refused(job, f"a result of another device: {_sentence(outcome.device)}")


def _refused(job: Job, what: str) -> RefusedError:
    return RefusedError(f"sends {what} for {job.name}")


def _sentence(text: str) -> str:
    """Return what a worker says about itself, ready for a terminal."""
    return plain(text[:LONGEST])
