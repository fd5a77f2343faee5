"""What a contributor runs: `nox -s build` makes the book, `nox -s tests` proves it."""

import hashlib
import re
import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path

import nox

nox.needs_version = ">=2024.10"
nox.options.default_venv_backend = "uv|virtualenv"
nox.options.reuse_venv = "yes"
nox.options.sessions = ["build"]

CONSTRAINTS = ".ci/constraints.txt"
FONTS = "toolchain/sphinxext/site/install_fonts.py"
"""Runs while the toolchain is installed."""
IN_PARALLEL = ("--numprocesses", "auto", "--maxprocesses", "4")


def install(session: nox.Session, packages: str) -> None:
    """Install the toolchain with its bytecode, whatever the environment says: a build starts dozens of processes.

    uv compiles only when asked; Python compiles what is edited since, unless PYTHONDONTWRITEBYTECODE is set.
    """
    session.env["PYTHONDONTWRITEBYTECODE"] = ""
    environment = Path(session.virtualenv.location)
    note = environment / "toolchain-installed"
    if note.is_file() and note.read_text(encoding="utf-8") == state_of(environment, packages):
        return  # the installer would take longer to see that than an unchanged book is built
    note.unlink(missing_ok=True)
    session.install("--editable", packages, "--constraint", CONSTRAINTS, env={"UV_COMPILE_BYTECODE": "1"})
    if not any(re.fullmatch("--no-install|-[a-zA-Z]*R[a-zA-Z]*", argument) for argument in sys.argv):
        note.write_text(state_of(environment, packages), encoding="utf-8")


def state_of(environment: Path, packages: str) -> str:
    """Return what decides whether installing these packages would change an environment: files, and what is there."""
    files = [
        Path(name)
        for name in ("pyproject.toml", CONSTRAINTS, "toolchain/__init__.py", FONTS)
        if Path(name).is_file()
    ]
    there = sorted(path.name for path in environment.glob("[lL]ib*/**/site-packages/*.dist-info"))
    said = (str(Path.cwd()), packages, *(file.read_text(encoding="utf-8") for file in files), *there)
    return hashlib.sha256("\0".join(said).encode()).hexdigest()


def extras(options: Sequence[str]) -> str:
    """Return which extras of the toolchain a build needs, such as `[cluster,s3]`, as the book and its options say."""
    book_toml = tomllib.loads(Path("_config/book.toml").read_text(encoding="utf-8"))
    store = book_toml.get("store", {})
    addresses = [store.get("remote", ""), store.get("push", "") if "--push" in options else ""]
    schemes = {address.partition("://")[0] for address in addresses}
    names = schemes & {"gs", "s3", "sftp"}
    if "cluster" in book_toml.get("execution", {}) or any(
        option.startswith("--scheduler") for option in options
    ):
        names.add("cluster")
    return f"[{','.join(sorted(names))}]" if names else ""


JUPYTER_BOOK = "jupyter-book==1.0.4.post1"


def install_beside(session: nox.Session, package: str, program: str) -> Path | None:
    """Return a program of a package in an environment of its own, as it needs another Sphinx; None if it cannot be had."""
    peer = Path(session.virtualenv.location).resolve().parent / package
    installed = peer / "bin" / program
    packages = (package, "--constraint", f".ci/{program}.txt")
    compiled = {"UV_COMPILE_BYTECODE": "1"}
    whatever = range(256)
    if not installed.exists() and session.venv_backend == "uv":
        session.run("uv", "venv", "--quiet", "--allow-existing", peer, success_codes=whatever)
        session.run("uv", "pip", "install", "--python", peer, *packages, env=compiled, success_codes=whatever)
    elif not installed.exists():
        session.run("python", "-m", "venv", peer, success_codes=whatever)
        session.run("python", "-m", "pip", "--python", peer, "install", *packages, success_codes=whatever)
    return installed if installed.exists() else None


def with_jupyter_book(session: nox.Session) -> dict[str, str]:
    """Return what tells tests where Jupyter Book 1 is, if it can be had."""
    return {"JUPYTER_BOOK": str(install_beside(session, JUPYTER_BOOK, "jupyter-book") or "")}


VALIDATOR = "vnu-jar@26.9.27"


def with_validator(session: nox.Session) -> dict[str, str]:
    """Return what tells tests where the validator of HTML is, if it can be had; npm is one of the packages for tests."""
    beside = Path(session.virtualenv.location).resolve().parent / VALIDATOR
    jar = beside / "node_modules/vnu-jar/build/dist/vnu.jar"
    if not jar.exists():
        session.run(
            "npm",
            "install",
            "--silent",
            "--ignore-scripts",
            "--prefix",
            beside,
            VALIDATOR,
            success_codes=range(256),
        )
    return {"VNU_JAR": str(jar) if jar.exists() else ""}


@nox.session
def build(session: nox.Session) -> None:
    """Make the site, the PDF and the notebooks; what stands after -- goes to `toolchain build`."""
    install(session, f".{extras(session.posargs)}")
    session.run("toolchain", "build", "--install", *session.posargs)


@nox.session
def serve(session: nox.Session) -> None:
    """Serve the site and make its pages anew as they are saved; what stands after -- goes to `toolchain serve`."""
    install(session, f".{extras(session.posargs)}")
    # Ctrl-C reaches the preview as well, which then ends by itself.
    session.run("toolchain", "serve", *session.posargs, interrupt_timeout=10, terminate_timeout=5)


@nox.session
def tests(session: nox.Session) -> None:
    """Run every test of the toolchain and of the book; what stands after -- goes to pytest."""
    install(session, ".[tests]")
    session.run("toolchain", "--quiet", "doctor", "--install", "--tests")
    peers = with_jupyter_book(session) | with_validator(session)
    session.run("pytest", *IN_PARALLEL, *session.posargs, env=peers)


@nox.session
def coverage(session: nox.Session) -> None:
    """Run every test and print what of the toolchain none of them reaches, in whatever process it would run."""
    install(session, ".[coverage,tests]")
    session.run("toolchain", "--quiet", "doctor", "--install", "--tests")
    session.run("coverage", "erase")
    session.run("coverage", "run", "-m", "pytest", *IN_PARALLEL, *session.posargs)
    session.run("coverage", "combine", "--quiet")
    session.run("coverage", "report")


@nox.session
def fuzz(session: nox.Session) -> None:
    """Draw edits, damages and kills by many seeds: 1000 of each, or `-- --fuzz 5000 -k killed`."""
    install(session, ".[tests]")
    session.run("toolchain", "--quiet", "doctor", "--install", "--tests")
    session.run("pytest", *IN_PARALLEL, "-m", "fuzz", "--fuzz", "1000", *session.posargs)


# What neither starts the toolchain, which the tests do as only Linux can, nor needs programs of the system.
PORTABLE = (
    "tests/base",
    "tests/book/test_download.py",
    "tests/cluster/test_assignment.py",
    "tests/environment/test_locks.py",
    "tests/execute/test_capacity.py",
    "tests/execute/test_streams.py",
    "tests/forms/test_archive.py",
    "tests/forms/test_latex_failure.py",
    "tests/messages",
    "tests/plan/test_planning.py",
    "tests/project",
    "tests/repository/test_nox.py",
    "tests/repository/test_rooms.py",
    "tests/repository/test_workflows.py",
    "tests/sphinxext/test_outputs.py",
)


@nox.session
def portable(session: nox.Session) -> None:
    """Run the tests that need nothing of Linux or of a system's programs; what stands after -- goes to pytest."""
    install(session, ".[tests]")
    session.run("pytest", *PORTABLE, *session.posargs)


@nox.session
def bundles(session: nox.Session) -> None:
    """Make the book, and run every archive of notebooks elsewhere, each in an environment of its own."""
    install(session, ".[tests]")
    session.run("toolchain", "build", "--install", "notebooks")
    session.run("pytest", "tests/bundles", "-m", "bundles", "--timeout", "0", *session.posargs)


@nox.session
def screenshots(session: nox.Session) -> None:
    """Take pictures of the pages at three widths, light and dark, and have axe look at them; `-- 'chapter_*/index.html'` for some."""
    install(session, ".[tests]")
    session.run("toolchain", "--quiet", "doctor", "--install", "--tests")
    session.run("toolchain", "build", "html")
    session.run("python", "-m", "support.screenshots", *session.posargs, env={"PYTHONPATH": "tests"})


@nox.session
def gpu(session: nox.Session) -> None:
    """Prove on a real GPU what is promised about them; it takes NVIDIA's driver and a few minutes."""
    # The pages are all that is made of the notebooks, and they need nothing of the system: `doctor` is not asked.
    install(session, ".[tests]")
    # Names the GPUs, or fails: with every test skipped pytest would end well.
    session.run("python", "tests/support/gpus.py")
    session.run("pytest", "tests/execute/test_real_gpus.py", *session.posargs)


@nox.session
def lint(session: nox.Session) -> None:
    """Check style, types, the one direction of imports, and the workflows as far as a schema can."""
    install(session, ".[lint,tests]")
    session.run("ruff", "check")
    session.run("ruff", "format", "--check")
    session.run("mypy")
    session.run("lint-imports", "--no-logo")
    workflows = [str(path) for path in sorted(Path(".github/workflows").glob("*.yml"))]
    session.run("check-jsonschema", "--builtin-schema", "vendor.github-workflows", *workflows)


@nox.session
def bench(session: nox.Session) -> None:
    """Print ratios, measured side by side in this run; `-- -m bench` measures a book of 1,000 pages as well, `--times 1` all once."""
    install(session, ".[tests]")
    session.run("toolchain", "--quiet", "doctor", "--install")
    session.run(
        "pytest",
        "tests/benchmarks",
        "-m",
        "bench and not slow",
        "-s",
        "--timeout",
        "0",
        *session.posargs,
        env=with_jupyter_book(session),
    )
