"""What Sphinx calls things with numbers where nobody says how: ours has other words, which would be left."""

import gettext
import importlib.util
from pathlib import Path

OPTION = "numfig_format"
WORDS = {"section": "Section %s", "figure": "Fig. %s", "table": "Table %s", "code-block": "Listing %s"}
"""Of Sphinx, by which its translations know them."""


def words(language: str) -> dict[str, str]:
    """Return what Sphinx puts before numbers in a language."""
    spec = importlib.util.find_spec("sphinx")
    folders = (spec.submodule_search_locations if spec else None) or ()
    folder = next((Path(folder, "locale") for folder in folders), None)
    catalogue = gettext.translation("sphinx", folder, [language], fallback=True)
    return {kind: catalogue.gettext(said) for kind, said in WORDS.items()}
