"""What a cell could not import: a package to install, a module of the project's own, or a name that a package does not have."""

import posixpath
import re
import sys

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from toolchain.base.decoding import read_loosely
from toolchain.execute.remedies import declared
from toolchain.execute.remedies.case import Case
from toolchain.execute.remedies.import_names import DISTRIBUTIONS
from toolchain.project.book_toml import BOOK_TOML

MISSING = re.compile(r"No module named '?(?P<name>[\w.]+)'?")
LACKING = re.compile(
    r"(?:cannot import name '(?P<name>[^']+)' from |has no attribute '(?P<attribute>[^']+)')"
    r"(?:partially initialized module )?(?:'(?P<module>[\w.]+)')?(?: \((?P<file>[^)]*)\))?"
)
OF_A_MODULE = re.compile(r"module '(?P<module>[\w.]+)' has no attribute")
INSTALLER = re.compile(
    r"(?:\bpip3?|conda)\s+install\s+(?:-{1,2}[\w-]+\s+)*[`'\"]*(?P<name>[A-Za-z0-9][\w.-]*(?:\[[\w,-]+\])?)"
)
OPTIONAL = re.compile(r"optional dependenc\w+ [`'\"](?P<name>[A-Za-z0-9][\w.-]*)")
GONE = frozenset(
    (
        "asynchat",
        "asyncore",
        "audioop",
        "cgi",
        "cgitb",
        "crypt",
        "distutils",
        "imghdr",
        "imp",
        "lib2to3",
        "nntplib",
        "pipes",
        "smtpd",
        "sndhdr",
        "telnetlib",
        "uu",
    )
)
"""Modules that some version of Python had, and newer ones do not."""
BY_DISTRIBUTION = {canonicalize_name(name): module for module, name in reversed(DISTRIBUTIONS.items())}
LOCK = "`toolchain kernel --lock`"


def remedy(case: Case) -> str:
    """Return what to do about an import that failed; empty if that is not the matter."""
    if case.exception in ("ModuleNotFoundError", "ImportError"):
        if missing := MISSING.search(case.failure.message):
            return _of_module(missing["name"], case)
        if "attempted relative import" in case.failure.message:
            return "A notebook is in no package: import the module by its name alone, without the dot."
    if hidden := _hidden(case):
        return hidden
    if asked := OPTIONAL.search(case.said) or INSTALLER.search(case.said):
        return _of_package(asked["name"], case)
    lacking = LACKING.search(case.failure.message) if case.exception == "ImportError" else None
    return _of_name(lacking["name"], lacking["module"], case) if lacking and lacking["name"] else ""


def _of_module(module: str, case: Case) -> str:
    top = module.partition(".")[0]
    library = case.settings.toml.library
    if library and top == library.name:
        return _of_library(library.name)
    own = _own_module(module, case)
    return own or _of_python(top, case) or _of_other_name(module, case) or _of_distribution(module, case)


def _of_python(top: str, case: Case) -> str:
    if top not in sys.stdlib_module_names and top not in GONE:
        return ""
    where, python = (
        "python" if case.has_lock else "interpreter",
        case.identity.python if case.identity else "",
    )
    return (
        f"`{top}` is a part of Python itself that the notebooks' Python {python} does not have: do without it, or "
        f"name another Python, `{where}` in [kernel] of {BOOK_TOML}."
    )


def _of_other_name(module: str, case: Case) -> str:
    """Say that a package is installed, and what is wrong with the name."""
    top = module.partition(".")[0]
    distribution = canonicalize_name(DISTRIBUTIONS.get(top, top))
    if distribution not in case.versions or module in DISTRIBUTIONS:
        return ""
    if "." in module:
        return _of_name(module, top, case)
    right = BY_DISTRIBUTION.get(distribution)
    return f"{distribution} is installed, and is imported as `{right}`." if right and right != top else ""


def _of_distribution(module: str, case: Case) -> str:
    """Say how the package that a module is of comes into the notebooks' environment."""
    known = module if module in DISTRIBUTIONS else module.partition(".")[0]
    return _of_package(DISTRIBUTIONS.get(known, known), case, module=known)


def _of_package(package: str, case: Case, *, module: str = "") -> str:
    """Say how a package comes into the notebooks' environment."""
    name = canonicalize_name(package.partition("[")[0])
    wanted = BY_DISTRIBUTION.get(canonicalize_name(package))
    package = DISTRIBUTIONS[wanted] if wanted else DISTRIBUTIONS.get(package, package)
    missing = f"The notebooks' environment has no {package.partition('[')[0]}"
    if module and (canonicalize_name(module) != name or "." in module):
        missing += f", which has `{module}`"
    if name in case.versions and "[" not in package:
        pinned = f"{name} {case.versions[name]} is installed, but that does not do"
        missing = pinned + "; if it asks for another version"
    if not case.has_lock:
        python = case.identity.source if case.identity else "python"
        pip = (
            f"{python} -m pip install"
            if "pip" in case.versions or not case.identity
            else f"uv pip install --python {python}"
        )
        return f"{missing}: {pip} {package}"
    packages = case.list_of_packages
    shown = case.shown(packages)
    if not packages.is_file():
        return f"{missing}: list what the notebooks import in {shown}, `{package}` among it, then {LOCK}."
    if name in _listed(read_loosely(packages)) and name not in case.versions:
        return f"{missing}, though {shown} lists it: {LOCK} puts it into the lock."
    return f"{missing}: write a line `{package}` in {shown}, then {LOCK}."


def _of_name(name: str, module: str, case: Case) -> str:
    """Say of which version of a package it is that it does not have a name."""
    top = module.partition(".")[0]
    distribution = canonicalize_name(DISTRIBUTIONS.get(top, top))
    library = case.settings.toml.library
    if library and top == library.name:
        return _of_library(library.name, name)
    version = case.versions.get(distribution)
    if version is None:
        return ""
    other = (
        f"ask for another version in {case.shown(case.list_of_packages)}, then {LOCK}"
        if case.has_lock
        else "install another version"
    )
    return f"{distribution} {version} is installed, and has no `{name}`: correct the name, or {other}."


def _of_library(library: str, name: str = "") -> str:
    what = f"`{name}` of" if name else "something in"
    return (
        f"`{library}` is the book's own library, and a page can import what pages before it save: "
        f"for {what} it, give the cell that defines it the tag `save`, in a page that stands earlier."
    )


def _own_module(module: str, case: Case) -> str:
    """Say how a module of the project's own is imported; empty if it has none of that name."""
    name = module.replace(".", "/")
    paths = sorted(
        path for path in case.files if f"/{path}".endswith((f"/{name}.py", f"/{name}/__init__.py"))
    )
    if not paths:
        return ""
    path = min(paths, key=lambda path: len(posixpath.relpath(path, case.folder).split("/")))
    is_package = path.endswith(f"{name}/__init__.py")
    what = posixpath.dirname(path) if is_package else path
    home = posixpath.relpath(f"/{what.removesuffix('.py').removesuffix(name)}", f"/{case.folder}")
    steps = [] if path in case.visible else [f"write {declared.data(case, what)}"]
    if home != ".":
        steps.append(f'begin with `import sys; sys.path.append("{home}")`')
    if not steps:
        return ""
    return f"`{module}` is {what} of the project, which a notebook does not find by itself: {', and '.join(steps)}."


def _hidden(case: Case) -> str:
    """Name a file beside the page that is imported in place of a package of the same name."""
    modules = {match["module"] for match in LACKING.finditer(case.failure.message) if match["module"]}
    modules |= {match["module"] for match in OF_A_MODULE.finditer(case.failure.message)}
    for module in sorted(modules):
        top = module.partition(".")[0]
        installed = canonicalize_name(DISTRIBUTIONS.get(top, top)) in case.versions
        path = f"{case.folder}/{top}.py"
        if path in case.visible and (installed or top in sys.stdlib_module_names):
            return f"{path} is imported in place of the package `{top}`: give the file another name."
    return ""


def _listed(text: str) -> set[str]:
    """Return the names of the packages that a list asks for."""
    names: set[str] = set()
    for line in text.splitlines():
        try:
            names.add(canonicalize_name(Requirement(line.partition("#")[0].strip()).name))
        except InvalidRequirement:
            continue
    return names
