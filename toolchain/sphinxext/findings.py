"""Every warning of Sphinx becomes a finding, which stays as long as what it was found in stays as it is.

Sphinx warns while it reads or writes a page, and it does neither for a page that did not change: the second build of a
defective book would be green. So what was found in a page is kept with it, until it is read or written again. What concerns
several pages, as a duplicate label does, may be mended in another one: these are read again, all of them.
"""

import io
import logging
import os
import re
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from pathlib import Path, PurePath

import msgspec
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.builders import Builder
from sphinx.environment import BuildEnvironment
from sphinx.util.logging import SafeEncodingWriter, WarningStreamHandler, WarningSuppressor, get_node_location

from toolchain.base import refusals
from toolchain.base.files import is_file, sha256_file, write_atomically
from toolchain.base.refusals import BUILD
from toolchain.model import Finding
from toolchain.model.sphinx import SphinxInput, SphinxOutput, current, read_output
from toolchain.sphinxext import at_work, known_extensions, known_names, writing
from toolchain.sphinxext.files import reach_of
from toolchain.sphinxext.foreign import code_references
from toolchain.sphinxext.outdated import dependencies

WORD = re.compile(r"[\w./-]+")
"""Of a message: a path, if it is one."""
GLUE = "mystnb.glue"
"""What MyST-NB says of a value that no cell has glued."""
READ = "toolchain_findings"
"""Attribute of Sphinx's environment: page name to what was found when that page was read."""
ELSEWHERE = "toolchain_concerned"
"""Attribute: page name to the other pages that these findings concern."""


class Recorder(WarningStreamHandler):
    """Takes every warning that Sphinx would print; its class is what Sphinx holds back and replays in order."""

    def __init__(self, app: Sphinx, sphinx_input: SphinxInput) -> None:
        """Record for one run."""
        super().__init__(SafeEncodingWriter(io.StringIO()))
        self.setLevel(logging.WARNING)
        self._app = app
        self._sphinx_input = sphinx_input
        self._findings: list[Finding] = []
        self._of_pages: dict[str, tuple[Finding, ...]] = {}
        self._files: dict[str, tuple[Finding, ...]] = {}
        self._written: set[str] = set()

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a warning, its page, and the page at work when it came.

        Raises OSError if it says that something could not be written: that is no finding, and half a page is none.
        """
        for refused in refusals.refused_in(record.args, Path(self._sphinx_input.project, BUILD)):
            raise refused
        path, line = self._location(getattr(record, "location", None))
        kind = ".".join(filter(None, (getattr(record, "type", None), getattr(record, "subtype", None))))
        # The same message wherever the book is built; some extensions add to it what Sphinx knows already.
        message = (
            record.getMessage()
            .replace(f"{self._sphinx_input.project}/", "")
            .removesuffix(f"[{kind}]")
            .strip()
        )
        env = self._environment()
        if env and (instead := code_references.of_unread_inventory(message, env)):
            message, kind = instead, code_references.KIND
        result = self._sphinx_input.results.get(getattr(record, at_work.PAGE, ""))
        if kind == GLUE and result is not None and result.off:
            return  # nothing was glued, since nothing was run
        finding = Finding(
            id=f"sphinx.{kind}" if kind else "sphinx",
            message=message,
            path=path,
            line=line,
            remedy=known_names.remedy(message, env) if env else "",
        )
        if env:
            self._keep(
                finding, env, getattr(record, at_work.PAGE, ""), getattr(record, at_work.READING, False)
            )
        if finding not in self._findings:
            self._findings.append(finding)

    def _keep(self, finding: Finding, env: BuildEnvironment, page: str, reading: bool) -> None:  # noqa: FBT001
        """Keep a finding with what it was found in: a page that was read, one that was written, or another file."""
        file = Path(self._sphinx_input.project, finding.path)
        if page and reading:
            _add(env, READ, page, finding)
            for other in sorted(self._concerned_pages(finding, env) - {page}):
                _add(env, ELSEWHERE, page, other)
        elif page:
            self._of_pages[page] = (*self._of_pages.get(page, ()), finding)
        elif finding.path and self._page(finding.path, env) not in env.found_docs and is_file(file):
            key = f"{finding.path}:{sha256_file(file)}"
            self._files[key] = (*self._files.get(key, ()), finding)

    def note_page(self, _app: Sphinx, name: str, *_: object) -> None:
        """Remember a page of the site that is being written."""
        self._written.add(name)

    def _concerned_pages(self, finding: Finding, env: BuildEnvironment) -> set[str]:
        """Return the pages that a finding concerns: its own, and those that it names.

        Of two equal labels Sphinx warns as it reads the second; reading only that one again would find nothing.
        """
        return {self._page(finding.path, env), *_named(finding.message, env.found_docs)} & env.found_docs

    def _page(self, path: str, env: BuildEnvironment) -> str:
        return (env.path2doc(str(Path(self._sphinx_input.project, path))) or "") if path else ""

    def save(self) -> None:
        """Write what this run found, and what earlier runs found in files that are still the same."""
        path = Path(self._sphinx_input.output)
        earlier = read_output(path)
        files = {
            key: findings
            for key, findings in (earlier.files if earlier else {}).items()
            if self._is_unchanged(key)
        }
        files |= self._files
        env, written = self._app.env, writing.chosen(self._app)
        unwritten = env.found_docs - written if written is not None else set[str]()
        of_pages = {
            page: found for page, found in (earlier.writing if earlier else {}).items() if page in unwritten
        }
        of_pages |= self._of_pages
        read: dict[str, tuple[Finding, ...]] = getattr(env, READ, {})
        kept = (
            finding
            for findings in (read, of_pages, files)
            for page in sorted(findings)
            for finding in findings[page]
        )
        output = SphinxOutput(
            findings=tuple(dict.fromkeys(map(self._with_other_page, (*self._findings, *kept)))),
            documents=tuple(sorted(self._app.env.found_docs)),
            # Where Sphinx found nothing to do, it has written no page, and those of last time are still right.
            generated=tuple(sorted(self._written - self._app.env.found_docs))
            or (earlier.generated if earlier else ()),
            dependencies=tuple(sorted(self._dependencies())),
            writing=of_pages,
            files=files,
        )
        write_atomically(path, msgspec.json.encode(output, order="deterministic"))

    def _with_other_page(self, finding: Finding) -> Finding:
        """Name the page on which is defined what a finding says is unknown: which has it, is known when all are read."""
        env = self._app.env
        pages = known_names.pages_that_define(finding.message, env)
        places = [self._relative(str(env.doc2path(page))) for page in pages]
        if not places:
            return finding
        remedy = (
            "This page defines it further down: define it before it is used."
            if finding.path in places
            else f"{places[0]} defines it, and for itself only: define it on this page, too."
        )
        return msgspec.structs.replace(finding, remedy=remedy)

    def _dependencies(self) -> Iterator[str]:
        project, build = Path(self._sphinx_input.project), Path(self._sphinx_input.project, BUILD)
        reach = reach_of(self._app)
        for path in dependencies(self._app.env):
            # What lies outside, and what no page has been let take, such as docutils' own definitions, is no source.
            if build not in path.parents and (project in path.parents or not reach.refusal(path)):
                yield Path(os.path.relpath(path, project)).as_posix()

    def _is_unchanged(self, key: str) -> bool:
        path, _, digest = key.rpartition(":")
        file = Path(self._sphinx_input.project, path)
        return file.is_file() and sha256_file(file) == digest

    def _environment(self) -> BuildEnvironment | None:
        return getattr(self._app, "env", None)

    def _location(self, location: object) -> tuple[str, int | None]:
        """Return file and line of what Sphinx calls a location: a node, a pair, a text or nothing."""
        env = self._environment()
        if isinstance(location, nodes.Node):
            location = get_node_location(location)
        if isinstance(location, tuple):
            location = f"{location[0] or ''}:{location[1] or ''}"
        if not isinstance(location, str):
            return "", None
        match = re.fullmatch(r"(?P<path>.*?)(?::(?P<line>\d+))?(?::(?:None|<.*>|docstring.*))?:?", location)
        path, line = (match["path"], match["line"]) if match else (location, None)
        if env and path in env.found_docs:
            path = str(env.doc2path(path))
        elif env and path and not Path(path).exists():
            path = _whole(str(Path(self._app.srcdir, path)), env)
        return self._relative(path), int(line) if line else None

    def _relative(self, path: str) -> str:
        try:
            return Path(path).resolve().relative_to(self._sphinx_input.project).as_posix() if path else ""
        except ValueError:
            return path


class _Consistency:
    """Has the whole book looked at in each run: Sphinx does so only if some page was read."""

    def __init__(self) -> None:
        self._is_checked = False

    def note(self, _app: Sphinx, _env: BuildEnvironment) -> None:
        self._is_checked = True

    def check(self, app: Sphinx, _builder: Builder) -> None:
        if not self._is_checked:
            app.env.check_consistency()


def _whole(path: str, env: BuildEnvironment) -> str:
    """Return the path of a page of which some extensions leave off the end, by its suffix or by three letters."""
    pages = (str(env.doc2path(name)) for name in env.found_docs)
    return next((page for page in pages if path in (str(PurePath(page).with_suffix("")), page[:-3])), path)


def _named(message: str, pages: AbstractSet[str]) -> Iterator[str]:
    """Yield the pages that a message names, by their paths or, as some do, by Sphinx's names of them."""
    for word in WORD.findall(message):
        for path in (word, word.removeprefix("book/")):
            dots = (at for at, letter in enumerate(path) if letter == ".")
            yield from (name for end in (len(path), *dots) if (name := path[:end]) in pages)
    for name in pages:
        if not WORD.fullmatch(name) and name in message:
            yield name


def _add(env: BuildEnvironment, attribute: str, page: str, found: object) -> None:
    """Add what was found in a page to what is kept of it."""
    kept: dict[str, tuple[object, ...]] = getattr(env, attribute, {})
    kept[page] = (*kept.get(page, ()), found)
    setattr(env, attribute, kept)


def _forget(_app: Sphinx, env: BuildEnvironment, page: str) -> None:
    for attribute in (READ, ELSEWHERE):
        getattr(env, attribute, {}).pop(page, None)


def setup(app: Sphinx) -> None:
    """Record warnings where the toolchain builds, and read the pages again whose warnings concern others, too."""
    sphinx_input = current()
    if sphinx_input is None:
        return
    is_of_now = at_work.setup(app)
    reread: set[str] = set()
    recorder = Recorder(app, sphinx_input)
    recorder.addFilter(WarningSuppressor(app))
    recorder.addFilter(is_of_now)
    # Before Sphinx's own handler, which replaces a record's location by its text.
    logging.getLogger("sphinx").handlers.insert(0, recorder)

    def pages_to_reread(
        _app: Sphinx, env: BuildEnvironment, added: set[str], _changed: set[str], removed: set[str]
    ) -> list[str]:
        read: dict[str, tuple[Finding, ...]] = getattr(env, READ, {})
        elsewhere: dict[str, tuple[str, ...]] = getattr(env, ELSEWHERE, {})
        if added or removed or (sphinx_input.reread and not known_extensions.only(app)):
            reread.update(read)
        if sphinx_input.reread:
            reread.update(elsewhere, *elsewhere.values())
        return sorted(reread & env.all_docs.keys())

    def forget_pages(_app: Sphinx, env: BuildEnvironment, names: list[str]) -> None:
        # All of them before the first is read: else each would meet what the others said last time, as a label that has
        # moved from a page that is read later.
        for name in names:
            app.events.emit("env-purge-doc", env, name)
            env.clear_doc(name)

    consistency = _Consistency()

    def save_findings(_app: Sphinx, error: Exception | None) -> None:
        if error is None:
            recorder.save()

    app.connect("env-get-outdated", pages_to_reread)
    app.connect("env-before-read-docs", forget_pages)
    app.connect("env-purge-doc", _forget)
    app.connect("html-page-context", recorder.note_page)
    app.connect("env-check-consistency", consistency.note)
    app.connect("write-started", consistency.check)
    app.connect("build-finished", save_findings)
