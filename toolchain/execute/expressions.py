"""Evaluate the expressions of a notebook's text: the kernel is asked for their values between two cells.

It is the question that Jupyter has for that, `user_expressions`: it counts as no cell, and no history keeps it.
"""

from typing import Any

import msgspec
from msgspec import Struct
from nbclient.exceptions import CellTimeoutError

from toolchain.execute.kernel_client import Client, size_of
from toolchain.model import Expression, FailureKind, Value

KEY = "value"


class ExpressionError(Exception):
    """An expression has no value."""

    def __init__(self, kind: FailureKind, message: str, traceback: str = "") -> None:
        """`message` is a line such as `NameError: name 'x' is not defined`."""
        super().__init__(message)
        self.kind = kind
        self.message = message
        self.traceback = traceback


class _Answer(Struct, frozen=True):
    """What a kernel says of an expression."""

    status: str
    data: dict[str, Any] = {}
    metadata: dict[str, Any] = {}
    ename: str = ""
    evalue: str = ""
    traceback: list[str] = []


async def value(expression: Expression, client: Client, seconds: float) -> Value:
    """Return the value of an expression in the kernel as it is now.

    Raises ExpressionError if it has none, or one that is too large; CellTimeoutError if it takes longer than `seconds`;
    DeadKernelError if the kernel dies of it.
    """
    question = client.kc.execute(
        "",
        silent=True,
        store_history=False,
        allow_stdin=False,
        user_expressions={KEY: expression.source},
        reply=True,
        timeout=seconds,
    )
    try:
        reply = await client.answer(question)
    except TimeoutError as error:
        raise CellTimeoutError(str(error)) from error
    answers = reply["content"].get("user_expressions") or {}
    try:
        answer = msgspec.convert(answers.get(KEY), _Answer)
    except (msgspec.ValidationError, AttributeError):
        raise ExpressionError(
            FailureKind.EXPRESSION_ERROR, "this kernel evaluates no expressions: let a cell print the value"
        ) from None
    if answer.status != "ok":
        lines = "\n".join(answer.traceback)
        said = f"{answer.ename}: {answer.evalue}".partition("\n")[0]
        raise ExpressionError(FailureKind.EXPRESSION_ERROR, said, lines)
    if size_of({"data": answer.data}) > client.output_limit:
        raise ExpressionError(FailureKind.OUTPUT_LIMIT, "its value is larger than a cell's outputs may be")
    return Value(source=expression.source, after=expression.after, data=answer.data, metadata=answer.metadata)
