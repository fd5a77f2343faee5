"""Every warning of Sphinx becomes a finding, and a page with a finding is read again until it has none.

Sphinx warns while it reads or writes a page, and it does neither for a page that did not change: the second build of a
defective book would be green. Replaying old warnings would keep a book red that was mended from another page, as a duplicate
label is. So findings are not remembered, but their pages are.
"""

import io
import logging
import os
import re
from collections.abc import Iterator
from pathlib import Path

import msgspec
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util.logging import SafeEncodingWriter, WarningStreamHandler, WarningSuppressor, get_node_location

from toolchain.base import refusals
from toolchain.base.files import is_file, sha256_file, write_atomically
from toolchain.base.refusals import BUILD
from toolchain.model import Finding
from toolchain.model.sphinx import SphinxInput, SphinxOutput, current, read_output
from toolchain.sphinxext import facts, known_names
from toolchain.sphinxext.files import reach_of
from toolchain.sphinxext.outdated import dependencies


class Recorder(WarningStreamHandler):
    """Takes every warning that Sphinx would print; its class is what Sphinx holds back and replays in order."""

    def __init__(self, app: Sphinx, sphinx_input: SphinxInput) -> None:
        """Record for one run."""
        super().__init__(SafeEncodingWriter(io.StringIO()))
        self.setLevel(logging.WARNING)
        self._app = app
        self._sphinx_input = sphinx_input
        self._findings: list[Finding] = []
        self._pages: set[str] = set()
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
        finding = Finding(
            id=f"sphinx.{kind}" if kind else "sphinx",
            message=message,
            path=path,
            line=line,
            remedy=known_names.remedy(message, env) if env else "",
        )
        if finding in self._findings:
            return
        self._findings.append(finding)
        if env:
            self._pages.update(self._concerned_pages(finding, env))
            file = Path(self._sphinx_input.project, path)
            if path and self._page(path, env) not in env.found_docs and is_file(file):
                key = f"{path}:{sha256_file(file)}"
                self._files[key] = (*self._files.get(key, ()), finding)

    def note_page(self, _app: Sphinx, name: str, *_: object) -> None:
        """Remember a page of the site that is being written."""
        self._written.add(name)

    def _concerned_pages(self, finding: Finding, env: BuildEnvironment) -> set[str]:
        """Return the pages to read again: the finding's own, the one at work when it came, and those that it names.

        Of two equal labels Sphinx warns as it reads the second; reading only that one again would find nothing.
        """
        named = {name for name in env.found_docs if _mentions(finding.message, name)}
        return {self._page(finding.path, env), env.current_document.docname, *named} & env.found_docs

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
        file_findings = [finding for findings in files.values() for finding in findings]
        findings = [*self._findings, *(finding for finding in file_findings if finding not in self._findings)]
        output = SphinxOutput(
            findings=tuple(findings),
            documents=tuple(sorted(self._app.env.found_docs)),
            # Where Sphinx found nothing to do, it has written no page, and those of last time are still right.
            generated=tuple(sorted(self._written - self._app.env.found_docs))
            or (earlier.generated if earlier else ()),
            dependencies=tuple(sorted(self._dependencies())),
            pages=tuple(sorted(self._pages)),
            facts=facts.collect(self._app.env),
            files=files,
        )
        write_atomically(path, msgspec.json.encode(output, order="deterministic"))

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
            path = str(Path(self._app.srcdir, path))
        return self._relative(path), int(line) if line else None

    def _relative(self, path: str) -> str:
        try:
            return Path(path).resolve().relative_to(self._sphinx_input.project).as_posix() if path else ""
        except ValueError:
            return path


def _mentions(message: str, page: str) -> bool:
    """Say whether a message names a page, by its path or, as some do, by Sphinx's name of it."""
    return re.search(rf"(?<![\w./-])(?:book/)?{re.escape(page)}(?![\w/-])", message) is not None


def setup(app: Sphinx) -> None:
    """Record warnings where the toolchain builds, and read the pages that had some again."""
    sphinx_input = current()
    if sphinx_input is None:
        return
    recorder = Recorder(app, sphinx_input)
    recorder.addFilter(WarningSuppressor(app))
    # Before Sphinx's own handler, which replaces a record's location by its text.
    logging.getLogger("sphinx").handlers.insert(0, recorder)

    def pages_to_reread(
        _app: Sphinx, env: BuildEnvironment, _added: set[str], _changed: set[str], _removed: set[str]
    ) -> list[str]:
        return [name for name in sphinx_input.reread if name in env.all_docs]

    def forget_pages(_app: Sphinx, env: BuildEnvironment, names: list[str]) -> None:
        # All of them before the first is read: else each would meet what the others said last time.
        for name in set(names).intersection(sphinx_input.reread):
            app.events.emit("env-purge-doc", env, name)
            env.clear_doc(name)

    def save_findings(_app: Sphinx, error: Exception | None) -> None:
        if error is None:
            recorder.save()

    app.connect("env-get-outdated", pages_to_reread)
    app.connect("env-before-read-docs", forget_pages)
    app.connect("html-page-context", recorder.note_page)
    app.connect("build-finished", save_findings)
