"""Sphinx's process imports nothing that only executing notebooks or the network needs, and who uses it has it nevertheless."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from support.running import run_toolchain
from support.warm_books import CODE, put, write_book

NOT_IMPORTED = {
    *("IPython", "jupyter_client", "nbclient", "requests", "sqlalchemy", "tornado", "urllib3", "zmq"),
    *("asyncio", "doctest", "pikepdf", "unittest"),
}
LOOK = """\
import importlib, json, sys

import toolchain.sphinxext
from toolchain.sphinxext.later import ERRORS, LATER, _Later, imports_later

with imports_later():
    modules = {name: importlib.import_module(name) for name in LATER}
imported = sorted(sys.modules)
stands = {
    name: sorted(place for place, value in vars(module).items()
                 if isinstance(value, _Later) or isinstance(value, type) and "toolchain_stands_for" in vars(value))
    for name, module in modules.items()
}
linkcheck = modules["sphinx.builders.linkcheck"]
try:
    raise ValueError
except linkcheck.HTTPError:
    caught = "by a stand-in"
except ValueError:
    caught = "by none"
linkcheck.requests.get
try:
    raise importlib.import_module("requests").exceptions.HTTPError
except linkcheck.HTTPError:
    caught += ", once it is used by the real one"
class Client(modules["myst_nb.core.execute"].NotebookClientCache):
    pass
is_real = Client.__mro__[1] is sys.modules["myst_nb.core.execute.cache"].NotebookClientCache
glue = modules["myst_nb.ext.glue"].IPython.core.formatters.format_display_data(1)[0]
left = {
    name: [place for place, value in vars(modules[name]).items() if isinstance(value, _Later)]
    for name in ("myst_nb.core.execute", "myst_nb.ext.glue", "sphinx.builders.linkcheck")
}
from myst_nb.core.execute.inline import NotebookClientInline
from requests import Session
print(json.dumps({
    "imported": imported, "stands": stands, "caught": caught, "is real": is_real, "glue": glue, "left": left,
    "elsewhere": [type(NotebookClientInline).__name__, type(Session).__name__],
}))
"""


@pytest.fixture(scope="module")
def seen() -> Any:
    """Give what a process of its own has seen of the stand-ins."""
    run = subprocess.run([sys.executable, "-c", LOOK], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)


def test_each_library_still_imports_these_names_in_this_way(seen: Any) -> None:
    assert seen["stands"] == {
        "myst_nb.core.execute": ["NotebookClientCache", "NotebookClientDirect", "NotebookClientInline"],
        "myst_nb.core.lexers": ["IPythonTracebackLexer"],
        "myst_nb.ext.glue": ["IPython", "ipy_display"],
        "jupyter_cache.base": ["NbCacheRecord", "NbProjectRecord"],
        "jupyter_cache.cache.main": [
            "NbCacheRecord",
            "NbProjectRecord",
            "Setting",
            "create_db",
            "get_version",
        ],
        "bs4.css": ["soupsieve"],
        "bs4.dammit": ["chardet_module", "charset_normalizer"],
        "pydata_sphinx_theme": ["ConnectionError", "HTTPError", "RetryError", "requests"],
        "pydata_sphinx_theme.translator": ["autosummary_table"],
        "sphinx.builders.linkcheck": [
            *("ConnectionError", "HTTPError", "RequestTimeout", "SSLError", "TooManyRedirects", "requests"),
        ],
        "sphinx.ext.intersphinx._load": ["requests"],
        "sphinx.transforms.post_transforms.code": ["doctest"],
        "sphinx.transforms.post_transforms.images": ["requests"],
    }
    assert NOT_IMPORTED & set(seen["imported"]) == set()


def test_who_uses_a_name_has_the_real_thing(seen: Any) -> None:
    assert seen["caught"] == "by none, once it is used by the real one"
    assert seen["is real"]
    assert seen["glue"] == {"text/plain": "1"}
    assert seen["left"] == {name: [] for name in seen["left"]}


def test_other_modules_get_no_stand_in(seen: Any) -> None:
    assert seen["elsewhere"] == ["type", "type"]


def test_a_build_after_an_edit_imports_none_of_it(tmp_path: Path) -> None:
    project = write_book(tmp_path / "book")
    build = run_toolchain("build", "html", project=project)
    assert build.code == 0, build.stdout + build.stderr
    put(CODE, "After it.", "After that.")(project)

    build = run_toolchain("build", "html", project=project, env={"PYTHONPROFILEIMPORTTIME": "1"})

    assert build.code == 0, build.stdout + build.stderr
    log = (project / "_build/sphinx/sphinx.log").read_text(encoding="utf-8")
    imported = set(re.findall(r"^import time:.*\| +(\S+)$", log, re.MULTILINE))
    assert {"myst_nb.sphinx_", "sphinx.builders.html"} <= imported
    assert NOT_IMPORTED & imported == set()
