"""Lines of a cell's code that are marked: the option `emphasize-lines` of a code block serves code cells as well, in all forms."""

from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform
from sphinx.util import logging, parselinenos

OPTION = "emphasize-lines"
LATER = 210
LOGGER = logging.getLogger(__name__)


class MarkedLines(SphinxTransform):
    """Marks lines of cells."""

    default_priority = LATER

    def apply(self, **_options: Any) -> None:
        """Look at every cell of a page."""
        for cell in self.document.findall(nodes.container):
            metadata: dict[str, Any] = cell.get("cell_metadata") or {}
            said = metadata.get(OPTION)
            if cell.get("nb_element") == "cell_code" and said is not None:
                for block in list(cell.findall(nodes.literal_block))[:1]:
                    self._mark(block, str(said))

    @staticmethod
    def _mark(block: nodes.literal_block, said: str) -> None:
        lines = len(block.astext().splitlines())
        try:
            marked = [number + 1 for number in parselinenos(said, lines)]
        except ValueError:
            marked = []
        if not marked or max(marked) > lines:
            message = f"{OPTION} is {said!r}, and the cell has lines 1 to {lines}: name some of them, such as 1,3-4."
            LOGGER.warning("%s", message, location=block, type="toolchain", subtype="option")
            return
        block["highlight_args"] = {**block.get("highlight_args", {}), "hl_lines": marked}


def setup(app: Sphinx) -> None:
    """Mark them when a page is read."""
    app.add_transform(MarkedLines)
