"""The code cells of d2lbook: fences with attributes, tabs for several libraries, definitions that are saved."""

import ast
import io
import re
import tokenize
from itertools import pairwise

from msgspec import Struct

from toolchain.importing.d2l.config import D2lConfig
from toolchain.importing.markdown import Block
from toolchain.importing.text import Text

TAB = re.compile(r"(?:#\s*@tab|%%tab)[ \t]+(?P<tabs>[^\n]*)\n?")
SAVED = re.compile(r"#\s*@save\b.*")
ALL = "all"
PYTHON = "python"
CLASS = re.compile(r"\.([\w+-]+)")
MAGICS = {"bash": "%%bash\n", "sh": "%%sh\n"}
"""Languages that a cell of Python's kernel can be of, with what it then begins with."""
CELL = "a cell is a directive"
TABS = "code for another library is shown in a tab"
SAVE = "what is saved has a tag"
IMPORT = "the package of saved code has one module"
OPENING = "{code-cell} ipython3"
TAGS = ":tags: [save]"


class _Cell(Struct, frozen=True):
    block: Block
    language: str
    tabs: tuple[str, ...]
    code: int
    """Where its code begins in the whole text, without the line that names its tabs."""
    runs: bool


def convert(text: Text, blocks: list[Block], config: D2lConfig) -> bool:
    """Change the cells of a page; say whether there are any that run."""
    cells = [cell for block in blocks if (cell := _cell(text, block, config))]
    runs = [cell for cell in cells if cell.runs]
    for block in blocks:
        if block.token.level and ".input" in block.token.info and block.token.type == "fence":
            text.lose(
                block.start, "a cell within a list, or a quotation, does not run", "Put it at the margin."
            )
            info = block.token.info.strip()
            at = text.source.index(info, block.start)
            text.replace(at, at + len(info), next(iter(CLASS.findall(info))), CELL)
    for cell in cells:
        info = cell.block.token.info.strip()
        at = text.source.index(info, cell.block.start)
        text.replace(at, at + len(info), OPENING if cell.runs else cell.language, CELL)
        first = text.source.index("\n", cell.block.start) + 1
        text.replace(first, cell.code, "", CELL)
        if cell.runs and cell.language == PYTHON:
            _write_code(text, cell, config)
        elif cell.runs:
            text.insert(cell.code, MAGICS[cell.language], CELL)
    _write_tabs(text, cells)
    return bool(runs)


def _cell(text: Text, block: Block, config: D2lConfig) -> _Cell | None:
    info = block.token.info.strip()
    classes = CLASS.findall(info) if info.startswith("{.") else []
    if block.token.type != "fence" or "input" not in classes or block.depth or block.token.level:
        return None
    first = text.source.find("\n", block.start) + 1
    mark = TAB.match(text.source, first, block.end) if first else None
    tabs = tuple(re.split(r"[,\s]+", mark["tabs"].strip())) if mark else ()
    default = config.tabs[0] if config.tabs else ""
    language = classes[0] if classes[0] != "input" else PYTHON
    runs = language in (PYTHON, *MAGICS) and (not tabs or ALL in tabs or default in tabs)
    return _Cell(block, language, tabs, mark.end() if mark else first, runs)


def _write_tabs(text: Text, cells: list[_Cell]) -> None:
    """Put the cells that are only shown into tabs, those side by side into one set."""
    following = False
    for cell, after in pairwise([*cells, None]):
        assert cell is not None  # noqa: S101 - only the last is none, which nothing follows
        if cell.runs or not cell.tabs:
            following = False
            continue
        goes_on = (
            after is not None
            and not after.runs
            and bool(after.tabs)
            and not text.source[cell.block.end : after.block.start].strip()
        )
        opening = "" if following else "::::::{tab-set}\n"
        text.insert(cell.block.start, f"{opening}:::::{{tab-item}} {', '.join(cell.tabs)}\n", TABS)
        text.insert(cell.block.end, "\n:::::" + ("" if goes_on else "\n::::::"), TABS)
        following = goes_on


def _write_code(text: Text, cell: _Cell, config: D2lConfig) -> None:
    end = text.source.rfind("\n", cell.code, cell.block.end) + 1
    code = text.source[cell.code : max(end, cell.code)]
    try:
        comments = [
            token
            for token in tokenize.generate_tokens(io.StringIO(code).readline)
            if token.type == tokenize.COMMENT and SAVED.fullmatch(token.string)
        ]
        body = ast.parse(re.sub(r"^([%!].*)$", r"#\1", code, flags=re.MULTILINE)).body
    except (SyntaxError, ValueError, tokenize.TokenError, RecursionError):
        if SAVED.search(code):
            text.lose(
                cell.code, "this cell saves something, and is no Python that can be read", "Tag it by hand."
            )
        return
    starts = [cell.code, *(cell.code + match.end() for match in re.finditer("\n", code))]
    _write_imports(text, body, starts, config)
    if not comments:
        return
    if not config.library:
        text.lose(
            cell.code, "no file names the package of what is saved", "Name it: `[library] name` in book.toml."
        )
        return
    for comment in comments:
        line, column = comment.start
        before = code.split("\n")[line - 1][:column]
        start = starts[line - 1] + len(before.rstrip())
        stop = starts[line - 1] + column + len(comment.string)
        text.replace(start, stop if before.strip() else stop + 1, "", SAVE)
    _tag(text, cell, body, starts, {comment.start[0] for comment in comments})


def _tag(text: Text, cell: _Cell, body: list[ast.stmt], starts: list[int], marked: set[int]) -> None:
    """Give the tag to a cell whose statements are saved; one of which only some are becomes several."""
    firsts = [
        min([part.lineno, *(one.lineno for one in getattr(part, "decorator_list", ()))]) for part in body
    ]
    alone = {
        line
        for line in marked
        if not any(a <= line <= (b.end_lineno or a) for a, b in zip(firsts, body, strict=True))
    }
    saved = [
        any(first <= line <= (part.end_lineno or first) for line in marked)
        or any(line < first for line in alone)
        for first, part in zip(firsts, body, strict=True)
    ]
    neutral = [isinstance(part, ast.Import | ast.ImportFrom) for part in body]
    if all(is_saved or is_import for is_saved, is_import in zip(saved, neutral, strict=True)):
        text.insert(cell.code, f"{TAGS}\n", SAVE)
        return
    fence = cell.block.token.markup
    state = saved[0]
    if state:
        text.insert(cell.code, f"{TAGS}\n", SAVE)
    for before, first, is_saved in zip(body, firsts[1:], saved[1:], strict=False):
        if is_saved == state:
            continue
        state = is_saved
        tag = f"{TAGS}\n" if is_saved else ""
        stop, start = starts[before.end_lineno or before.lineno], starts[first - 1]
        end = start if not text.source[stop:start].strip() else stop
        text.replace(stop, end, f"{fence}\n\n{fence}{OPENING}\n{tag}", SAVE)
        if _shows(before):
            text.lose(
                starts[before.lineno - 1],
                "the cell is split here, and the value of this line is shown now",
                "Put a semicolon at its end if it is not to be.",
            )


def _shows(statement: ast.stmt) -> bool:
    """Say whether a statement at the end of a cell would show a value."""
    if not isinstance(statement, ast.Expr) or isinstance(statement.value, ast.Constant):
        return False
    call = statement.value
    return not (isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "print")


def _write_imports(text: Text, body: list[ast.stmt], starts: list[int], config: D2lConfig) -> None:
    for part in body:
        if not isinstance(part, ast.ImportFrom) or part.module != config.library or len(part.names) != 1:
            continue
        (alias,) = part.names
        if alias.name in config.modules and part.end_lineno == part.lineno and part.end_col_offset:
            name = alias.asname or alias.name
            became = f"import {config.library}" + (f" as {name}" if name != config.library else "")
            line = text.source[starts[part.lineno - 1] :].split("\n", 1)[0].encode()
            begin = starts[part.lineno - 1] + len(line[: part.col_offset].decode())
            end = starts[part.lineno - 1] + len(line[: part.end_col_offset].decode())
            text.replace(begin, end, became, IMPORT)
