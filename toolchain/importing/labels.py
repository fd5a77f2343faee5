"""The labels of a book, with what each names; one that stands twice is told."""

from toolchain.importing.ledger import Ledger, Place
from toolchain.importing.text import Text


class Labels(dict[str, str]):
    """What each label names, or the role by which it is referred to."""

    def __init__(self, ledger: Ledger) -> None:
        """Begin with none."""
        super().__init__()
        self._ledger = ledger
        self._places: dict[str, Place] = {}

    def add(self, label: str, value: str, text: Text, offset: int) -> None:
        """Take a label, if there is one; of several places that have it the first counts."""
        if not label:
            return
        if label in self:
            text.lose(
                offset,
                f"the label {label} is in {self._places[label]} as well",
                "Give one of them another name.",
            )
            return
        self[label] = value
        self._places[label] = text.place(offset)
