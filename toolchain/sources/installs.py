"""Code that installs packages: whatever comes then is computed with what no lock says."""

import ast
import re
import shlex
from collections.abc import Iterator
from itertools import pairwise
from pathlib import PurePosixPath

from toolchain.model import CodeCell, Document
from toolchain.project.settings import Settings

MAGIC = re.compile(
    r"^(?P<indent>[ \t]*)(?P<assigned>[\w\[\]., \t]+=[ \t]*)?(?P<sign>!!?|%%?)[ \t]*(?P<line>.*)$", re.DOTALL
)
"""A line of IPython's that is no Python: `!` hands it to a shell, `%` to a command of IPython's."""
AUTOMAGIC = re.compile(r"[ \t]*(?:pip|conda|mamba|uv)[ \t]+\w")
"""IPython needs no `%` where a line would be no Python."""
SHELLS = frozenset({"bash", "sh", "zsh", "script", "system", "sx", "cmd", "!"})
"""Cell magics whose cell is for a shell."""
SHELL_MAGICS = frozenset({"system", "sx"})
CONTINUED = re.compile(r"\\\n")
COMMENT = re.compile(r"(?:^|\s)#.*")
BETWEEN = frozenset("();<>|&")
"""Of these a shell makes words that part commands."""
BEFORE = frozenset(
    {"sudo", "env", "exec", "command", "time", "nice", "nohup", "then", "do", "else", "if", "{", "!"}
)
"""Words before a command that leave it the command."""
ASSIGNED = re.compile(r"\w+=.*")
INSTALLERS = {
    "pip": {"install", "uninstall"},
    "conda": {"install", "create", "update", "uninstall", "remove"},
    "uv": {"install", "uninstall", "sync", "add"},
    "apt": {"install"},
}
"""What of a program's subcommands changes what is installed."""
PROGRAM = re.compile(
    r"(?:(?P<pip>pip(?:[\d.]+)?)|(?P<conda>conda|mamba|micromamba)|(?P<uv>uv)|(?P<apt>apt|apt-get|brew|dnf|yum))(?:\.exe)?"
)
PYTHON = re.compile(r"(?:python[\d.]*|\{.*\}|\$.*)(?:\.exe)?")
CALLS = frozenset(
    {"Popen", "call", "check_call", "check_output", "getoutput", "getstatusoutput", "main", "popen", "run"}
    | {"run_cell_magic", "run_line_magic", "system"}
)
"""Functions of Python, pip and IPython that run commands."""
UNKNOWN = "{}"
"""Stands for a word that only the run knows, such as `sys.executable`."""
ELSEWHERE = {
    "r": re.compile(
        r"\b(?:install\.packages|install_(?:github|cran|version|local|url|git)|BiocManager::install|pak::pkg_install)\s*\("
    ),
    "julia": re.compile(r"\bPkg\.(?:add|develop|update)\s*\(|^\s*\]\s*add\b|\bpkg\"\s*add\b"),
}
"""How other languages install packages."""
SHELL_LANGUAGES = frozenset({"bash", "sh", "zsh", "shell"})


def in_cell(cell: CodeCell, language: str) -> Iterator[tuple[int, str]]:
    """Yield the lines of a cell that install packages, counted from 1, each with its text."""
    lines = cell.source.split("\n")
    name = language.lower()
    if name in SHELL_LANGUAGES:
        numbers = _in_shell(cell.source, 1)
    elif elsewhere := ELSEWHERE.get(name):
        numbers = (n for n, line in enumerate(lines, 1) if elsewhere.search(COMMENT.sub("", line)))
    else:
        numbers = _in_ipython(cell.source)
    for number in sorted(set(numbers)):
        yield number, lines[number - 1].strip()


def instead(document: Document, settings: Settings) -> str:
    """Return where packages are asked for, of which a cell of a notebook installs some."""
    skip = "If it is for readers elsewhere, give the cell the tag `skip-execution`."
    if settings.toml.kernel.interpreter:
        return (
            f"Install it where {settings.toml.kernel.interpreter} has its packages, before building. {skip}"
        )
    if settings.layout.requirements:
        name = next((path.name for path in settings.requirements), settings.layout.requirements[0])
        return f"Write it in {name} instead. {skip}"
    return f"Write it in {document.declared.devices[0]}.in, then `toolchain kernel --lock`. {skip}"


def _in_ipython(source: str) -> Iterator[int]:
    """Yield the lines of a cell of IPython's that install packages."""
    head, _, rest = source.partition("\n")
    first = head.lstrip().removeprefix("%%")
    if head.lstrip().startswith("%%"):
        words = first.split()
        if words and words[0] in SHELLS:
            yield from _in_shell(rest, 2)
            return
        source = f"\n{rest}"  # %%time and their like: Python
    if _parsed(source):  # what looks like a magic stands in a text
        yield from _in_python(source)
        return
    python = []
    for number, line in _logical_lines(source):
        magic = MAGIC.match(line)
        if magic is None and not AUTOMAGIC.match(line):
            python.append(line)
            continue
        command = _command(magic["sign"], magic["line"]) if magic else line
        if _installs(command):
            yield number
        python.append((magic["indent"] if magic else "") + "pass" + "\n" * line.count("\n"))
    yield from _in_python("\n".join(python))


def _command(sign: str, line: str) -> str:
    """Return what a shell gets of a line that begins with a sign."""
    name, _, rest = line.partition(" ")
    return rest if sign.startswith("%") and name in SHELL_MAGICS else line


def _logical_lines(source: str) -> Iterator[tuple[int, str]]:
    """Yield the lines of a cell with their numbers; a command goes on after a backslash."""
    held, begun = "", 1
    for number, line in enumerate(source.split("\n"), 1):
        begun = begun if held else number
        held = f"{held}\n{line}" if held else line
        if not (held.endswith("\\") and (MAGIC.match(held.split("\n")[0]) or AUTOMAGIC.match(held))):
            yield begun, held
            held = ""
    if held:
        yield begun, held


def _parsed(source: str) -> ast.Module | None:
    try:
        return ast.parse(source)
    except (SyntaxError, ValueError, RecursionError):
        return None


def _in_python(source: str) -> Iterator[int]:
    for node in ast.walk(_parsed(source) or ast.Module([], [])):  # what is wrong in it is told when it runs
        if isinstance(node, ast.Call) and _name(node.func).rpartition(".")[2] in CALLS:
            words = [word for argument in node.args for word in _words(argument)]
            of_pip = ["pip"] if _name(node.func).startswith("pip.") else []
            if _is_installer([*of_pip, *words]) or _installs(" ".join(words)):
                yield node.lineno


def _name(function: ast.expr) -> str:
    match function:
        case ast.Attribute(value=value, attr=attribute):
            return f"{_name(value)}.{attribute}"
        case ast.Name(id=name):
            return name
    return ""


def _words(argument: ast.expr) -> list[str]:
    """Return what an argument hands to a command, word by word if it is a list."""
    match argument:
        case ast.List(elts=elements) | ast.Tuple(elts=elements):
            return [word for element in elements for word in _words(element)]
        case ast.Constant(value=str(text)):
            return [text]
        case ast.JoinedStr(values=values):
            return [
                "".join(str(part.value) if isinstance(part, ast.Constant) else UNKNOWN for part in values)
            ]
        case ast.Call(func=ast.Attribute(value=text, attr="split")):
            return " ".join(_words(text)).split()
        case ast.BinOp(left=left, right=right):
            return [*_words(left), *_words(right)]
    return [UNKNOWN]


def _in_shell(source: str, first: int) -> Iterator[int]:
    """Yield the lines of a script that install packages, of which the first has this number."""
    number = first
    for line in re.split(r"(?<!\\)\n", source):
        if _installs(line):
            yield number
        number += line.count("\n") + 1


def _installs(line: str) -> bool:
    """Say whether a line for a shell installs packages."""
    line = COMMENT.sub("", CONTINUED.sub(" ", line))
    lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
    lexer.whitespace_split, lexer.commenters = True, ""
    try:
        words = list(lexer)
    except ValueError:  # a quotation mark that is not closed
        words = line.split()
    command: list[str] = []
    for word in (*words, ";"):
        if word and not BETWEEN.issuperset(word):
            command.append(word)
        elif _is_installer(command) or _runs_installer(command):
            return True
        else:
            command = []
    return False


def _runs_installer(command: list[str]) -> bool:
    """Say whether a command is a shell that is given one to run, as in `bash -c "pip install x"`."""
    return any(word in {"-c", "-lc"} and _installs(text) for word, text in pairwise(command))


def _is_installer(command: list[str]) -> bool:
    """Say whether a command, word by word, changes what is installed."""
    words = [word for word in command if word]
    while words and (
        PurePosixPath(words[0]).name in BEFORE or ASSIGNED.fullmatch(words[0]) or words[0].startswith("-")
    ):
        words = words[1:]
    if not words:
        return False
    if PYTHON.fullmatch(PurePosixPath(words[0]).name):
        module = words[2:] if words[1:2] == ["-m"] else _after_module(words)
        words = module
    program = PROGRAM.fullmatch(PurePosixPath(words[0]).name) if words else None
    return program is not None and bool(INSTALLERS[str(program.lastgroup)].intersection(words[1:]))


def _after_module(words: list[str]) -> list[str]:
    """Return what Python runs with `-m`, which may stand after other options of Python's."""
    at = next((place for place, word in enumerate(words) if word == "-m"), len(words))
    options = words[1:at]
    return words[at + 1 :] if all(option.startswith("-") for option in options) else []
