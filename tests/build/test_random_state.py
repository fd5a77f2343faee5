"""Whatever is read back may be anything: it is read as what it is, made again, or refused in a sentence; and nothing hangs."""

import os
import shutil
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from types import FrameType

import pytest
from support.damage import ODD_FILES, another_value, damaged

from toolchain.base.decoding import read_json, read_whole
from toolchain.base.digests import FileDigests
from toolchain.base.errors import ToolchainError
from toolchain.build.unchanged import Snapshot as LookedAt
from toolchain.build.unchanged import last_report
from toolchain.check.external import asking
from toolchain.check.html import pages
from toolchain.environment import locks
from toolchain.execute import cells
from toolchain.execute.trace import Trace
from toolchain.forms import chosen
from toolchain.forms.html.reading.kept_pages import KeptPages
from toolchain.forms.html.reading.site import Site, SitePage, read_site
from toolchain.forms.notebooks.reading import archives
from toolchain.forms.pdf.reading.printed import Printed
from toolchain.messages import progress, report
from toolchain.model.sphinx import decode_event, decode_facts, read_output
from toolchain.plan import planning
from toolchain.project import settings
from toolchain.sharing import names, trust
from toolchain.sharing.trust import RefusedError, Signer
from toolchain.sources import reading
from toolchain.sphinxext.kept import Kept
from toolchain.store import jupyter_cache
from toolchain.store.store import Store

SECONDS = 20
"""That reading one file may take, on a machine that has much else to do."""
INPUTS = 10
"""Damaged files that each seed draws for each reader."""
SMALL_LOCK = "numpy==1.23.5 \\\n    --hash=sha256:00\nmatplotlib==3.5.0 ; python_version < '3.12'\n"
FAILURES = (
    f'{{"a": {{"key": "{"0" * 64}", "code": "{"1" * 64}", "inputs": [{{"path": "a", "sha256": "absent"}}], "failure": '
    '{"kind": "cell error", "cell": 1, "line": 9, "message": "m", "traceback": "t"}, "beyond": 2, "seconds": 1.5}}'
)
BOOK = '[book]\ntitle = "A"\nslug = "a"\nauthors = ["B"]\n[pdf]\npaper = [100, 200]\n[pdf.editions.draft]\n'


class Reader:
    """One kind of file that is read back."""

    def __init__(self, read: Callable[[Path, Path], object], where: str = "", content: str = "") -> None:
        """`read` is given the project and the file; `where` it is in the built project, or else what is in it."""
        self.read = read
        self.where = where
        self.content = content

    def file(self, project: Path) -> Path:
        """Return where its file is in a project, which then has one."""
        if self.where:
            return next(path for path in sorted(project.glob(self.where)) if path.is_file())
        file = project / "_build/file.json"
        file.write_text(self.content, encoding="utf-8")
        return file


def plan(project: Path, _file: Path) -> object:
    return planning.plan(settings.load(project), progress.Plain(lambda _line: None))


def unchanged(project: Path, _file: Path) -> object:
    loaded = settings.load(project)
    return last_report(loaded, LookedAt(loaded, chosen(loaded)))


def admitted(_project: Path, file: Path) -> None:
    """A record, as it comes from elsewhere with the notebook beside it."""
    content = file.read_bytes() if file.is_file() and file.stat().st_size < names.RECORD_LIMIT else b""
    result = trust.admitted(f"keys/{file.parent.parent.name}/{file.parent.name}/{file.name}", content)
    trust.require_matching(content, result)


def blob(project: Path, file: Path) -> None:
    """A notebook of the store, as it would be if its name said that it is whole."""
    store = Store(project / "_build/store", mend=True)
    assert store.read(file.name) is None or file.is_file()


def trace(project: Path, file: Path) -> None:
    (project / "trace-root").mkdir(exist_ok=True)
    root, watched = project / "trace-root", Trace(file.parent, project / "trace-root", (), python=True)
    (root / "book").mkdir(exist_ok=True)
    watched._log = file  # noqa: SLF001 - cells write there
    watched.inputs(root / "book")
    watched.made(root / "book")


def lines(read: Callable[[str], object]) -> Callable[[Path, Path], object]:
    """Read a text that comes from a process, and not from a file."""
    return lambda _project, file: (
        [read(line) for line in file.read_text(encoding="utf-8", errors="replace").splitlines()]
        if file.is_file() and file.stat().st_size < SECONDS * 1_000_000
        else None
    )


def opened_site(project: Path) -> Site:
    kept = KeptPages(project / "_build/site-pages", FileDigests(project / "_build/stat-cache.json"), SitePage)
    return read_site(project / "_build/html", "html", kept)


READERS = {
    "report": Reader(lambda _, file: report.read(file), "_build/report.json"),
    "report of last time": Reader(unchanged, "_build/report.json"),
    "runs": Reader(lambda _, file: report.read_runs(file), "_build/runs.json"),
    "runs in a plan": Reader(plan, "_build/runs.json"),
    "failures": Reader(lambda _, file: report.read_failures(file), content=FAILURES),
    "pages": Reader(lambda project, _: reading.read(settings.load(project)), "_build/parsed.json"),
    "digests": Reader(lambda _, file: FileDigests(file).save(), "_build/stat-cache.json"),
    "what Sphinx has found": Reader(lambda _, file: read_output(file), "_build/sphinx/html.json"),
    "what Sphinx has read": Reader(lambda _, file: decode_facts(read_whole(file)), "_build/sphinx/facts"),
    "what Sphinx keeps": Reader(
        lambda project, _: Kept(
            project / "_build/sphinx/kept", (project / "_build/doctrees",)
        ).drop_damaged(),
        "_build/sphinx/kept",
    ),
    "events of Sphinx": Reader(
        lines(lambda line: decode_event(line, "m")),
        content='a\x1em{"type":"BuilderStep","what":"reading","done":1,"total":2}\n\x1em{"type":"BuilderEnded"}\n',
    ),
    "view": Reader(
        lambda project, _: jupyter_cache._holds(project / "_build/jupyter-cache", ""),  # noqa: SLF001
        "_build/jupyter-cache/toolchain-view",
    ),
    "record": Reader(
        lambda project, file: Store(project / "_build/store", mend=True).records(file.parent.name),
        "_build/store/keys/*/*/*.json",
    ),
    "record in a plan": Reader(plan, "_build/store/keys/*/*/*.json"),
    "record from elsewhere": Reader(admitted, "_build/store/keys/*/*/*.json"),
    "notebook": Reader(blob, "_build/store/blobs/*/*"),
    "index of elsewhere": Reader(
        lambda _, file: read_json(file, names.Index), content='{"objects": {"keys/aa/a/b.json": 12}}'
    ),
    "answers of sites": Reader(
        lambda _, file: asking._read(file),  # noqa: SLF001
        content='{"https://example.org/": {"problem": "gone", "asked": 1.5}}',
    ),
    "search index": Reader(
        lambda _, file: pages._ours(read_whole(file) or b""),  # noqa: SLF001
        "_build/html/_static/search/index.js",
    ),
    "site": Reader(lambda project, _: opened_site(project), "_build/html/index.html"),
    "archive": Reader(lambda _, file: archives.read(file), "_build/notebooks/*.zip"),
    "notebook alone": Reader(
        lambda project, _: archives._alone(project / "_build/notebooks-alone", "chapter_waves/index"),  # noqa: SLF001
        "_build/notebooks-alone/chapter_waves/index.ipynb",
    ),
    "book in print": Reader(
        lambda project, file: Printed(file, file.with_suffix(".aux"), settings.load(project).editions[0]),
        "_build/pdf/*.pdf",
    ),
    "LaTeX's record": Reader(
        lambda project, file: Printed(
            next(project.glob("_build/pdf/*.pdf")), file, settings.load(project).editions[0]
        ),
        "_build/latex/*.aux",
    ),
    "lock": Reader(lambda _, file: list(locks.pinned(file)), content=SMALL_LOCK),
    "book.toml": Reader(lambda project, _: settings.load(project), "_config/book.toml"),
    "page": Reader(plan, "book/chapter_waves/index.md"),
    "key to sign with": Reader(
        lambda _, file: Signer(file), content="-----BEGIN PRIVATE KEY-----\nMC4CAQ==\n"
    ),
    "notes of what was opened": Reader(trace, content="f/a/b\0d/a\0"),
    "answer of a kernel": Reader(lines(cells._told), content='\'{"python": "3.11"}\'\n[1]\n'),  # noqa: SLF001
}


@contextmanager
def limited(what: str) -> Iterator[None]:
    """Fail what does not end in time, or ends in anything but a sentence."""

    def late(_signal: int, _frame: FrameType | None) -> None:
        raise AssertionError(f"{what}: reading it does not end")

    before = signal.signal(signal.SIGALRM, late)
    signal.alarm(SECONDS)
    try:
        yield
    except (ToolchainError, RefusedError) as error:
        assert str(error), what  # noqa: PT017 - it need not be raised
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


@pytest.fixture
def project(minimal: Path, tmp_path: Path) -> Path:
    shutil.copytree(minimal.parent.parent, tmp_path, dirs_exist_ok=True)
    return tmp_path / "projects" / "minimal"


@pytest.mark.fuzz(few=3)
def test_what_is_damaged_is_data_or_refused(seed: int, project: Path) -> None:
    chance = Random(seed)  # noqa: S311 - to be repeated, not to be secret
    for name, reader in READERS.items():
        file = reader.file(project)
        content = file.read_bytes()
        for number in range(INPUTS):
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(chance.choice([damaged, another_value])(content, chance))
            with limited(f"{name}, {number} of seed {seed}"):
                reader.read(project, file)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)


@pytest.mark.parametrize("odd", ODD_FILES)
def test_what_is_no_file_is_not_waited_for(odd: str, project: Path) -> None:
    for name, reader in READERS.items():
        file = reader.file(project)
        content = file.read_bytes()
        if (name, odd) == ("key to sign with", "a pipe"):  # which a shell may give
            continue
        file.unlink()
        ODD_FILES[odd](file)
        with limited(f"{name}: {odd}"):
            reader.read(project, file)
        if file.is_dir() and not file.is_symlink():
            shutil.rmtree(file)
        elif os.path.lexists(file):
            file.unlink()
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
