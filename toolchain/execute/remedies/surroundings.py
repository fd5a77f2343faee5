"""What a cell asked of the machine around it and did not get: an answer, a GPU, the network, memory, a program, a library."""

import re
from collections.abc import Callable

from toolchain.environment import kernelspecs
from toolchain.execute.remedies import declared
from toolchain.execute.remedies.case import Case
from toolchain.execute.remedies.import_names import LIBRARIES
from toolchain.project.book_toml import BOOK_TOML
from toolchain.sources import installs

NETWORK = frozenset(
    (
        "URLError",
        "HTTPError",
        "gaierror",
        "ConnectionError",
        "ConnectionRefusedError",
        "ConnectionResetError",
        "ConnectTimeout",
        "ConnectError",
        "MaxRetryError",
        "NewConnectionError",
        "NameResolutionError",
        "RemoteDisconnected",
        "ReadTimeout",
        "SSLError",
        "ProxyError",
        "ContentTooShortError",
        "ClientConnectorError",
        "LocalEntryNotFoundError",
    )
)
"""Exceptions of Python, urllib3, requests, httpx, aiohttp and huggingface_hub."""
UNREACHED = re.compile(
    r"Name or service not known|Temporary failure in name resolution|Network is unreachable|Max retries exceeded"
    r"|nodename nor servname|getaddrinfo failed|Could not resolve host|offline"
)
GPU = re.compile(
    r"CUDA|cuda(?:runtime|driver)|cuDNN|[Nn][Vv][Ii][Dd][Ii][Aa]|GPU (?:is|was) not|no GPU|GPU support|\bROCm\b|libcu\w+\.so"
)
MEMORY = re.compile(r"out of memory|Unable to allocate|Cannot allocate memory", re.IGNORECASE)
LIBRARY = re.compile(r"(?P<name>lib[\w.+-]+\.so[.\d]*): cannot open shared object file")
PROGRAM = re.compile(r"No such file or directory: '(?P<name>[^'/\s]+)'")
KILLED, FAULT = re.compile(r"SIGKILL|SIGTERM"), re.compile(r"SIG(?:SEGV|ABRT|BUS|FPE|ILL|TRAP)")
OWN_FILE = re.compile(r"/project/(?P<path>[^\"'\n]+?\.py)\b")


def remedy(case: Case) -> str:
    """Return what to do where the machine did not give what a cell asked for; empty if that is not the matter."""
    return next(filter(None, (rule(case) for rule in RULES)), "")


def of_a_dead_kernel(case: Case) -> str:
    """Return what to do about a kernel that died."""
    if not case.failure.cell:
        hiding = OWN_FILE.search(case.failure.traceback)
        if hiding and hiding["path"] in case.visible:
            return f"{hiding['path']} is imported in place of a module that the kernel needs: give the file another name."
        if case.document.kernel_name in kernelspecs.of_project(case.settings):
            spec = f"{kernelspecs.FOLDER}/{case.document.kernel_name}/{kernelspecs.FILE}"
            return f"Look how {case.shown(case.settings.kernel_folder / spec)} starts it, and install what is missing."
        anew = (
            "`toolchain kernel --remake` makes the notebooks' environment anew."
            if case.has_lock
            else f"Look what this says: {case.identity.source if case.identity else 'python'} -m ipykernel_launcher --version"
        )
        return f"The kernel printed the lines above. {anew}" if case.failure.traceback else anew
    if KILLED.search(case.failure.message):
        return (
            "Somebody ended it; where the system did for lack of memory, write "
            f"{declared.execution(case, memory='4 GB')}, so that less runs beside it."
        )
    if FAULT.search(case.failure.message):
        return (
            "Something that is not written in Python crashed in this cell: give it less or other data, or its package "
            "another version."
        )
    return "The cell ended Python itself, as os._exit does, or a library did: leave that out."


def _answer(case: Case) -> str:
    if case.exception != "StdinNotImplementedError":
        return ""
    return "Nobody is there to answer: write the answer in place of `input()`, or give the cell the tag `skip-execution`."


def _library(case: Case) -> str:
    match = LIBRARY.search(case.said)
    if match is None or GPU.search(match["name"]):
        return ""
    name = match["name"]
    package = LIBRARIES.get(name)
    if package is None:
        return f"The system lacks {name}: `apt-file search {name}` names Debian's package of it."
    return (
        f'The system lacks {name}: `apt-get install {package}`; a line `"{name}" = "{package}"` in [kernel.libraries] of '
        f"{BOOK_TOML} has `toolchain doctor` say so before anything runs."
    )


def _gpu(case: Case) -> str:
    if not GPU.search(case.said) or MEMORY.search(case.said):
        return ""
    wanted, declared_gpus = case.planned.gpus, case.document.declared.gpus
    if wanted:
        return "`toolchain doctor` says which GPUs are here, and whether the packages of gpu.lock have code for them."
    if declared_gpus:
        return "It ran on the CPU, as `cpu_fallback: true` allows: let the code ask for what there is."
    return f"A notebook has a GPU if it declares one: write {declared.execution(case, gpus=1)}."


def _memory(case: Case) -> str:
    if case.exception != "MemoryError" and not MEMORY.search(case.said):
        return ""
    if GPU.search(case.said) and case.document.declared.gpus:
        line = declared.execution(case, gpu_memory="20 GB")
        return f"Give it less to do at a time, or say what it takes, so that it has a GPU that is large enough: {line}."
    line = declared.execution(case, memory="4 GB")
    return f"Give it less to do at a time, or say what it takes, so that less runs beside it: {line}."


def _network(case: Case) -> str:
    if case.exception not in NETWORK and not UNREACHED.search(case.said):
        return ""
    return (
        "Put what it loads into the project, below book/data, and read it there: then it runs wherever the book is built, "
        "and a change is noticed. A kernel gets http_proxy and https_proxy of whoever builds."
    )


def _program(case: Case) -> str:
    match = PROGRAM.search(case.failure.message)
    if not match or "_execute_child" not in case.failure.traceback:
        return ""
    return f"The program {match['name']!r} is not installed where the notebook ran: install it there, with the system's packages."


def _installs(case: Case) -> str:
    """Say where packages are asked for, where a cell that installs some has failed: conda's magic does in no other Python."""
    cell = case.document.cells[case.failure.cell - 1] if case.failure.cell else None
    found = cell is not None and any(installs.in_cell(cell, case.document.language))
    return f"The cell installs packages. {installs.instead(case.document, case.settings)}" if found else ""


RULES: tuple[Callable[[Case], str], ...] = (_answer, _library, _gpu, _memory, _network, _program, _installs)
