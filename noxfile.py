"""What a contributor runs: `nox -s build` makes the book, `nox -s tests` proves it."""

import tomllib
from collections.abc import Sequence
from pathlib import Path

import nox

nox.needs_version = ">=2024.10"
nox.options.default_venv_backend = "uv|virtualenv"
nox.options.reuse_venv = "yes"
nox.options.sessions = ["build"]

FORMS = ("html", "pdf", "notebooks")
CONSTRAINTS = ("--constraint", ".ci/constraints.txt")


def extras(options: Sequence[str]) -> str:
    """Return which extras of the toolchain a build needs, such as `[cluster,s3]`, as the book and its options say."""
    told = tomllib.loads(Path("_config/book.toml").read_text(encoding="utf-8"))
    store = told.get("store", {})
    places = [store.get("remote", ""), store.get("push", "") if "--push" in options else ""]
    needed = {
        each for each in ("gs", "s3", "sftp") if any(place.startswith(f"{each}://") for place in places)
    }
    if "cluster" in told.get("execution", {}) or any(each.startswith("--scheduler") for each in options):
        needed.add("cluster")
    return f"[{','.join(sorted(needed))}]" if needed else ""


@nox.session
def build(session: nox.Session) -> None:
    """Make the site, the PDF and the notebooks; what stands after -- goes to `toolchain build`."""
    session.install("--editable", f".{extras(session.posargs)}", *CONSTRAINTS)
    forms = [each for each in session.posargs if each in FORMS]
    session.run("toolchain", "--quiet", "doctor", "--install", *forms)
    session.run("toolchain", "build", *session.posargs)


@nox.session
def tests(session: nox.Session) -> None:
    """Run every test of the toolchain and of the book; what stands after -- goes to pytest."""
    session.install("--editable", ".[tests]", *CONSTRAINTS)
    session.run("toolchain", "--quiet", "doctor", "--install", "--tests")
    session.run("pytest", "--numprocesses", "auto", "--maxprocesses", "4", *session.posargs)


@nox.session
def bundles(session: nox.Session) -> None:
    """Make the book, and run every archive of notebooks elsewhere, each in an environment of its own."""
    session.install("--editable", ".[tests]", *CONSTRAINTS)
    session.run("toolchain", "--quiet", "doctor", "--install", "html", "notebooks")
    session.run("toolchain", "build", "notebooks")
    session.run("pytest", "tests/bundles", "-m", "bundles", *session.posargs)


@nox.session
def lint(session: nox.Session) -> None:
    """Check style, types, the one direction of imports, and the workflows as far as a schema can."""
    session.install("--editable", ".[lint,tests]", *CONSTRAINTS)
    session.run("ruff", "check")
    session.run("ruff", "format", "--check")
    session.run("mypy")
    session.run("lint-imports", "--no-logo")
    workflows = [str(path) for path in sorted(Path(".github/workflows").glob("*.yml"))]
    session.run("check-jsonschema", "--builtin-schema", "vendor.github-workflows", *workflows)


@nox.session
def bench(session: nox.Session) -> None:
    """Print ratios, measured side by side in this run."""
    session.install("--editable", ".[tests]", *CONSTRAINTS)
    session.run("toolchain", "--quiet", "doctor", "--install")
    session.run("pytest", "tests/benchmarks", "-m", "bench", "-s", *session.posargs)
