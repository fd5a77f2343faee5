"""What a book is published as: for each form what it needs, how it is made and how it is opened."""

from typing import Any

from toolchain.forms.form import Form
from toolchain.forms.html.form import HTML
from toolchain.forms.notebooks.form import NOTEBOOKS
from toolchain.forms.pdf.form import PDF
from toolchain.project.settings import Settings

__all__ = ["FORMS", "HTML", "NOTEBOOKS", "PDF", "chosen"]

FORMS: dict[str, Form[Any]] = {form.name: form for form in (HTML, PDF, NOTEBOOKS)}
"""By name, in the order in which people are told of them."""


def chosen(settings: Settings) -> tuple[Form[Any], ...]:
    """Return the forms that were asked for, or all."""
    return tuple(form for name, form in FORMS.items() if name in (settings.options.forms or FORMS))
