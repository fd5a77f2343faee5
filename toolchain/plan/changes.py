"""What has changed since a result was computed, in words: its input files, or the parts of its key."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from toolchain.model import ABSENT, FileRecord
from toolchain.sources.notebook_files import MODULES, Question


def of_inputs(inputs: Iterable[FileRecord], state: Callable[[str], str]) -> str:
    """Say in words which inputs of a result are not what they were; empty if all are."""
    words: dict[str, None] = {}
    for file in inputs:
        now = state(file.path)
        if now == file.sha256:
            continue
        words[_change(file, now)] = None  # of one file several things may have been asked
    return ", ".join(words)


def _change(file: FileRecord, now: str) -> str:
    """Say what has become of an input, of which `now` is there."""
    question = file.path.partition("//")[2]
    folder = f"{file.place}/" if file.place else "the project"
    if question == Question.SIZES:
        return f"files added to, removed from or changed in {folder}"
    if question == Question.KINDS or file.path.endswith(("/", f"/{MODULES}")):
        return f"files added to or removed from {folder if question else file.path}"
    if file.sha256 == ABSENT:
        return f"{file.place} added"
    return f"{file.place} {'removed' if now == ABSENT else 'changed'}"


def of_key(before: Mapping[str, Any], now: Mapping[str, Any], source: str) -> str:
    """Say in words how the parts of a key differ from those of an earlier result; empty if nothing can be said.

    `source` is what says which packages there are: a lock's name.
    """
    words = []
    old, new = before.get("cells", []), now["cells"]
    if old != new:
        words += _changed_cells(old, new)
    if before.get("expressions", []) != now.get("expressions", []):
        words.append("expressions changed")
    if before.get("gpus", 0) != now["gpus"]:
        words.append(f"{gpus_in_words(before.get('gpus', 0))} → {gpus_in_words(now['gpus'])}")
    words += _changed_versions(before.get("lock", []), now["lock"], source)
    if before.get("python") != now["python"]:
        words.append(f"Python {before.get('python')} → {now['python']}")
    if before.get("kernel") != now["kernel"]:
        words.append(f"kernel {before.get('kernel', ['unknown'])[0]} → {now['kernel'][0]}")
    for part, name in (
        ("folder", "the notebook's folder"),
        ("kernelspec", "kernel.json"),
        ("allow_errors", "execution_allow_errors"),
        ("data", "execution.data"),
    ):
        if before.get(part) != now.get(part):
            words.append(f"{name} changed")
    words += _changed_library(before.get("library", {}), now["library"])
    words += _changed_variables(before.get("env", {}), now["env"])
    words += _changed_variables(before.get("injected", {}), now["injected"])
    return ", ".join(words)


def _changed_cells(old: list[Any], new: list[Any]) -> list[str]:
    if len(old) != len(new):
        return [f"{len(old)} → {len(new)} code cells"]
    numbers = [str(number) for number, pair in enumerate(zip(old, new, strict=True), 1) if pair[0] != pair[1]]
    return [f"{'cell' if len(numbers) == 1 else 'cells'} {', '.join(numbers)} changed"]


def _changed_versions(old: list[str], new: list[str], source: str) -> list[str]:
    before, now = (dict(pin.split("==", 1) for pin in pins) for pins in (old, new))
    return [
        f"{name} {before.get(name, 'not there')} → {now.get(name, 'removed')} in {source}"
        for name in _differing(before, now)
    ]


def _changed_library(old: Mapping[str, str], new: Mapping[str, str]) -> list[str]:
    changed = [name for name in _differing(old, new) if name in old and name in new]
    if changed or old.keys() == new.keys():
        return [f"{name} changed" for name in changed]
    used = [f"{name} is used" for name in sorted(new.keys() - old.keys())]
    return used + [f"{name} is not used any more" for name in sorted(old.keys() - new.keys())]


def _changed_variables(old: Mapping[str, str], new: Mapping[str, str]) -> list[str]:
    return [
        f"the toolchain's {name} changed"
        if "/" in name  # a start-up file
        else f"variable {name}: {old.get(name, 'not there')} → {new.get(name, 'removed')}"
        for name in _differing(old, new)
    ]


def _differing(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    return [name for name in sorted(old.keys() | new.keys()) if old.get(name) != new.get(name)]


def gpus_in_words(number: int) -> str:
    """Say how many GPUs: `no GPU`, `1 GPU`, `2 GPUs`."""
    return f"{number or 'no'} GPU" if number <= 1 else f"{number} GPUs"
