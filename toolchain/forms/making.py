"""Makes the forms of a build: Sphinx writes what all of them need, then each is finished."""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
from msgspec import Struct

from toolchain.base.errors import BuilderError
from toolchain.base.files import remove
from toolchain.forms.form import Form, FormInputs, Making
from toolchain.forms.sphinx_process import start
from toolchain.forms.sphinx_runs import SphinxRuns
from toolchain.model import Artifact, Button, Crash, Facts, Finding
from toolchain.model.sphinx import SphinxInput
from toolchain.processes import looked_up
from toolchain.sources import prerequisites


class MadeForms(Struct, frozen=True):
    """What has become of the forms of a build."""

    artefacts: tuple[Artifact, ...]
    """In the order of the forms."""
    crashes: tuple[Crash, ...]
    """The forms that were not made."""
    warnings: tuple[Finding, ...]
    """What Sphinx has found."""
    dependencies: frozenset[str]
    """Files that pages were made with, relative to the project."""
    facts: Facts
    """What the sources say, as Sphinx has read them."""
    notes: tuple[str, ...]
    """What a person should know, and is no finding."""


def make(forms: Iterable[Form[Any]], inputs: FormInputs) -> MadeForms:
    """Make forms; a builder that crashes spoils its own form only.

    Raises ConfigError if Sphinx cannot use conf.py.
    """
    forms = tuple(forms)
    in_order = sorted(forms, key=lambda form: form.order)
    settings = inputs.settings
    sphinx_input = _sphinx_input(forms, inputs)
    work = settings.build / looked_up.WORK
    if not looked_up.stand(work):
        remove(work / "tools")  # what was made with other programs is made anew
    begin = start(settings, inputs.epoch, inputs.tools)
    runs = SphinxRuns(settings, sphinx_input, begin, inputs.reporter, process=inputs.sphinx)
    making = Making(**_fields(inputs), runs=runs)
    for form in in_order:
        form.prepare(making)
    runs.run({form.builder: settings.build / form.folder for form in in_order}, inputs.meanwhile)
    inputs.meanwhile.end()
    artefacts: dict[str, list[Artifact]] = {form.name: [] for form in forms}
    crashes = []
    for form in in_order:
        try:
            artefacts[form.name] = form.make(making)
        except BuilderError as error:
            crashes.append(Crash(form.name, f"{error.message}\n{error.remedy}"))
        making = msgspec.structs.replace(making, downloads={**making.downloads, **form.downloads(settings)})
    return MadeForms(
        artefacts=tuple(artefact for form in forms for artefact in artefacts[form.name]),
        crashes=tuple(crashes),
        warnings=runs.warnings,
        dependencies=runs.dependencies,
        facts=runs.facts,
        notes=tuple(note for form in forms for note in form.notes(settings)),
    )


def _sphinx_input(forms: tuple[Form[Any], ...], inputs: FormInputs) -> SphinxInput:
    return SphinxInput(
        project=str(inputs.settings.project),
        sources=inputs.settings.layout.sources,
        commit=inputs.commit,
        epoch=inputs.epoch,
        view=str(inputs.settings.jupyter_cache),
        results=dict(inputs.page_results),
        library=inputs.library,
        prerequisites=dict(prerequisites.of_book(inputs.book)),
        changed={
            page.name: inputs.history.changed[page.path]
            for page in inputs.book.documents
            if page.path in inputs.history.changed
        },
        contributors=inputs.history.contributors,
        buttons=_buttons(forms, inputs),
        downloads={words: path for form in forms for words, path in form.offers(inputs.settings).items()},
    )


def _buttons(forms: tuple[Form[Any], ...], inputs: FormInputs) -> dict[str, tuple[Button, ...]]:
    """Return what the site offers at the head of each page, of the forms that are made, by the page's name."""
    buttons: dict[str, tuple[Button, ...]] = {}
    for form in forms:
        for page, offered in form.buttons(inputs.book, inputs.settings).items():
            buttons[page] = (*buttons.get(page, ()), *offered)
    return buttons


def _fields(inputs: FormInputs) -> Mapping[str, Any]:
    return {name: getattr(inputs, name) for name in inputs.__struct_fields__}
