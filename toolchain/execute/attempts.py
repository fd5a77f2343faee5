"""What every executor does about an outcome: try again if the machine may be to blame, keep it, report it."""

from collections.abc import Awaitable, Callable

import msgspec
from msgspec import Struct

from toolchain.execute.capacity import Resources
from toolchain.execute.job import Job
from toolchain.messages.progress import Note, NotebookFinished, Reporter
from toolchain.model import INFRASTRUCTURE, Failed, FailureKind, Outcome

CROWDED = frozenset({FailureKind.OUT_OF_MEMORY, FailureKind.LOST_WORKER})
"""The failures that a neighbour may have brought about."""


class RunPolicy(Struct, frozen=True):
    """What holds for all notebooks of a build."""

    retries: int
    """How often a notebook is tried again."""
    reporter: Reporter
    keep: Callable[[Outcome], None]
    """Receives each outcome as soon as it is there."""


async def settle(job: Job, attempt: Callable[[Resources], Awaitable[Outcome]], rules: RunPolicy) -> None:
    """Run a notebook, again as often as the policy allows while the machine may be to blame, and keep its outcome.

    `attempt` waits for a place for it and runs it once.
    """
    need = job.need
    for count in range(1, rules.retries + 2):
        outcome = await attempt(need)
        if not isinstance(outcome, Failed) or outcome.failure.kind not in INFRASTRUCTURE:
            break
        if count <= rules.retries:
            rules.reporter(Note(text=f"  again   {job.name}: {outcome.failure.said}"))
        if outcome.failure.kind in CROWDED:
            need = msgspec.structs.replace(need, alone=True)
    outcome = msgspec.structs.replace(outcome, attempts=count)
    rules.keep(outcome)
    rules.reporter(NotebookFinished(name=job.name, outcome=outcome))
