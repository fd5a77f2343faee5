"""The one place that makes a build's exit code."""

from toolchain.base.errors import ExitCode, severest
from toolchain.model import Crash, Finding, NotebookReport, Severity, Status


def exit_code_of(
    notebooks: tuple[NotebookReport, ...], findings: tuple[Finding, ...], crashes: tuple[Crash, ...] = ()
) -> ExitCode:
    """Return what a build ends with that has come to its end: the severest of what it has met."""
    met = {
        ExitCode.NOTEBOOK: any(notebook.status == Status.FAILED for notebook in notebooks),
        ExitCode.BUILDER: bool(crashes),
        ExitCode.FINDINGS: any(finding.severity == Severity.ERROR for finding in findings),
    }
    return severest([code for code, happened in met.items() if happened])
