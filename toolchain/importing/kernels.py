"""The kernels that pages name: an environment made from a lock has one for Python, whatever it was called elsewhere."""

from typing import Any

from toolchain.importing.draft import Draft, Page

PYTHON = "python3"
NAMED = "a page with code cells names the kernel of the book's environment"
MYSTNB = "mystnb"
ONLY_OURS = "how notebooks are run is the book's to say"
KEPT = {"execution_mode": ("off", False), "execution_allow_errors": (True, False)}
"""Keys of MyST-NB's about execution that pages may have, with their values."""


def settle(draft: Draft) -> None:
    """Have each page with code cells name a kernel that the project has, and nothing that only the book may say."""
    for page in draft.pages.values():
        said = page.metadata.get(MYSTNB)
        if isinstance(said, dict) and (refused := [key for key in said if _is_refused(key, said[key])]):
            page.set(MYSTNB, {key: value for key, value in said.items() if key not in refused}, ONLY_OURS)
        if page.runs:
            _settle(page, has_environment=bool(draft.requirements or draft.wanted))


def _settle(page: Page, *, has_environment: bool) -> None:
    spec = page.metadata.get("kernelspec") or {}
    if page.notebook is None and (not spec or not isinstance(spec, dict)):
        return
    info = page.metadata.get("language_info") or {}
    name, language = spec.get("name", ""), spec.get("language") or info.get("name") or ""
    is_python = str(language).lower() == "python" or not (name or language)
    if is_python and name != PYTHON and (has_environment or not name):
        page.set("kernelspec", {**spec, "display_name": "Python 3", "name": PYTHON}, NAMED)


def _is_refused(key: Any, value: Any) -> bool:
    return str(key).startswith("execution_") and value not in KEPT.get(key, ())
