"""Files that code names and a notebook here would not see: it sees its chapter's, those in `book/data`, and what it declares."""

import ast
import posixpath
import re
from collections.abc import Iterator

from toolchain.importing import markdown
from toolchain.importing.draft import Draft, Page
from toolchain.importing.ledger import Place

DECLARED = "files elsewhere that the code names are declared"
DATA = "data"
CELL = re.compile(r"\{code-cell\}|\{\.\w+ \.input")
MAGIC = re.compile(r"^(\s*)([%!].*)$", re.MULTILINE)


def declare(draft: Draft) -> None:
    """Declare what the code of each page names."""
    folders = {posixpath.dirname(path) for path in draft.found}
    folders |= {above for folder in folders for above in _above(folder)}
    for path, page in draft.pages.items():
        named = sorted(_named(path, page, draft, folders)) if page.runs else []
        if not named:
            continue
        if page.notebook is not None:
            if "execution" not in page.notebook.metadata:
                page.set("execution", {DATA: named}, DECLARED)
            continue
        if "execution" in page.front.values:
            draft.ledger.lose(
                Place(path, line=1), f"the code names {', '.join(named)}", "Add that to `execution: data:`."
            )
        else:
            page.front.add(f"execution:\n  data: [{', '.join(map(_quoted, named))}]\n", DECLARED)


def _named(path: str, page: Page, draft: Draft, folders: set[str]) -> Iterator[str]:
    folder = posixpath.dirname(path)
    seen = (f"{draft.base}{DATA}/", *([f"{folder}/"] if folder else []))
    for text in dict.fromkeys(text for code in _codes(page) for text in _texts(code)):
        place = posixpath.normpath(posixpath.join(folder, text)) if text.strip() else ""
        is_file = place in draft.found and place not in draft.pages
        is_folder = place in folders and not f"{folder}/".startswith(f"{place}/")
        if (is_file or is_folder) and not f"{place}/".startswith(seen):
            yield draft.place(place)


def _codes(page: Page) -> Iterator[str]:
    if page.notebook is not None:
        yield from (text.source for text in page.code)
        return
    for block in markdown.blocks(page.texts[0], markdown.parser()):
        if block.token.type == "fence" and CELL.match(block.token.info.strip()):
            yield block.token.content


def _texts(code: str) -> Iterator[str]:
    """Yield the texts in some code, and the files of modules that it imports; nothing if it is no Python that can be read."""
    try:
        tree = ast.parse(MAGIC.sub(r"\1pass #\2", code))
    except (SyntaxError, ValueError, RecursionError):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and "\n" not in node.value:
            yield node.value
        elif isinstance(node, ast.Import):
            yield from (f"{alias.name.partition('.')[0]}.py" for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield f"{node.module.partition('.')[0]}.py"


def _above(folder: str) -> Iterator[str]:
    while folder:
        yield folder
        folder = posixpath.dirname(folder)


def _quoted(text: str) -> str:
    return text if re.fullmatch(r"[\w./-]+", text) else "'" + text.replace("'", "''") + "'"
