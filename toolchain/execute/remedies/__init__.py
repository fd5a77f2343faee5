"""What a person can do about a notebook that failed, in a line to write or a command to give: looked up once all have run.

What a cell raised says what was wrong where it was raised. What mends it stands elsewhere, in the notebooks' environment, in
the front matter, among the project's files, and is not named there.
"""

import msgspec

from toolchain.execute.remedies import declared, files, modules, surroundings
from toolchain.execute.remedies.case import Case
from toolchain.model import CellFailure, Failed, FailureKind, Plan
from toolchain.project.settings import Settings, in_its_words

RULES = {
    FailureKind.CELL_ERROR: (modules.remedy, surroundings.remedy, files.remedy),
    FailureKind.DEAD_KERNEL: (surroundings.of_a_dead_kernel,),
}
"""By what ended the run: whatever first has something to say is right."""
UNLISTED = "No toctree lists the page: if it is none of the book's, move it out of book/."
"""Of a notebook that somebody has put beside the pages, with its data for instance."""


def explained(outcome: Failed, plan: Plan, settings: Settings) -> CellFailure:
    """Return a notebook's failure with its remedy, as far as one is known, and with its line in the page."""
    failure = outcome.failure
    case = Case(outcome, plan, settings)
    if failure.kind == FailureKind.UNKNOWN_KERNEL:
        failure = msgspec.structs.replace(failure, line=declared.line_of("kernelspec", case))
    said = (rule(case) for rule in RULES.get(failure.kind, ()))
    remedy = failure.remedy or next(filter(None, said), "")
    if not case.document.listed and "orphan" not in case.document.metadata:
        remedy = f"{remedy}\n  {UNLISTED}".strip()
    return msgspec.structs.replace(failure, remedy=in_its_words(remedy, settings))
