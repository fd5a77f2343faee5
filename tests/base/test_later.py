"""Sphinx's process imports nothing that only executing notebooks or the network needs, and who uses it has it nevertheless."""

import gc
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from support.running import run_toolchain
from support.warm_books import CODE, put, write_book

from toolchain.base.later import imports_later

NOT_IMPORTED = {
    *("IPython", "jupyter_client", "nbclient", "requests", "sqlalchemy", "tornado", "urllib3", "zmq"),
    *("asyncio", "doctest", "pikepdf", "unittest"),
    *(
        "cssselect",
        "http.client",
        "importlib_metadata",
        "segno",
        "soupsieve",
        "ssl",
        "tinycss2",
        "urllib.request",
    ),
    *("snowballstemmer.german_stemmer", "toolchain.sphinxext.printed.tables"),
}
NOT_YET = {
    "PIL",
    "jsonschema",
    "multiprocessing",
    "nbformat.validator",
    "pygments.lexers.markup",
    "traitlets",
}
"""What a page with cells may well need."""
LOOK = """\
import importlib, json, sys

import toolchain.sphinxext
from toolchain.base.later import LATER, STANDS_FOR, _Later, imports_later

with imports_later():
    modules = {name: importlib.import_module(name) for name in LATER}
imported = sorted(sys.modules)

def stands_in(module):
    return sorted(place for place, value in vars(module).items()
                  if type(value) is _Later or isinstance(value, type) and STANDS_FOR in vars(value))

stands = {name: stands_in(module) for name, module in modules.items()}
linkcheck = modules["sphinx.builders.linkcheck"]

def catch(error):
    try:
        raise error
    except eval("HTTPError", vars(linkcheck)):
        return "by its name"
    except ValueError:
        return "by another"

caught = [catch(ValueError())]
eval("requests.get", vars(linkcheck))
caught.append(catch(importlib.import_module("requests").exceptions.HTTPError()))
class Client(eval("NotebookClientCache", vars(modules["myst_nb.core.execute"]))):
    pass
is_real = Client.__mro__[1] is sys.modules["myst_nb.core.execute.cache"].NotebookClientCache
glue = eval("IPython.core.formatters.format_display_data(1)", vars(modules["myst_nb.ext.glue"]))[0]
stem = modules["snowballstemmer"].stemmer("english").stemWord("relational")
stemmers = sorted(name for name in sys.modules if name.startswith("snowballstemmer.") and name.endswith("_stemmer"))
left = {
    name: stands_in(modules[name])
    for name in ("myst_nb.core.execute", "myst_nb.ext.glue", "sphinx.builders.linkcheck")
}
from nbformat import ValidationError, reader
try:
    reader.reads('{"nbformat": 4}')
except ValidationError:
    invalid = "caught by others"
elsewhere = [
    type(thing).__name__
    for thing in (modules["docutils.parsers.rst.directives.images"].PIL, modules["nbformat"].validator, ValidationError)
]
from myst_nb.core.execute.inline import NotebookClientInline
from requests import Session
fits = eval("tables.fit", vars(modules["toolchain.sphinxext.printed"])).__name__
for name, module in modules.items():
    for place in stands[name]:
        getattr(module, place)
at_last = [f"{name}.{place}" for name, module in modules.items() for place in stands_in(module)]
print(json.dumps({
    "imported": imported, "stands": stands, "caught": caught, "is real": is_real, "glue": glue, "left": left,
    "stem": [stem, stemmers], "invalid": invalid,
    "fits": fits, "at last": at_last,
    "elsewhere": [*elsewhere, type(NotebookClientInline).__name__, type(Session).__name__],
}))
"""


@pytest.fixture(scope="module")
def seen() -> Any:
    """Give what a process of its own has seen of the stand-ins."""
    run = subprocess.run([sys.executable, "-c", LOOK], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)


def test_each_library_still_imports_these_names_in_this_way(seen: Any) -> None:
    assert all(name.endswith("Stemmer") for name in seen["stands"].pop("snowballstemmer"))
    assert seen["stands"] == {
        "bs4.css": ["soupsieve"],
        "bs4.dammit": ["chardet_module", "charset_normalizer"],
        "docutils.parsers.rst.directives.images": ["PIL", "url2pathname"],
        "docutils.parsers.rst.directives.misc": ["urlopen"],
        "docutils.parsers.rst.directives.tables": ["urlopen"],
        "docutils.writers._html_base": [
            "MathError",
            "PIL",
            "latex2mathml",
            "math2html",
            "tex2mathml_extern",
            "unichar2tex",
            "wrap_math_code",
        ],
        "docutils.writers.html4css1": ["PIL"],
        "jupyter_cache.base": ["NbCacheRecord", "NbProjectRecord"],
        "jupyter_cache.cache.main": [
            "NbCacheRecord",
            "NbProjectRecord",
            "Setting",
            "create_db",
            "get_version",
        ],
        "jupyter_cache.entry_points": ["EntryPoint", "eps"],
        "myst_nb.core.execute": ["NotebookClientCache", "NotebookClientDirect", "NotebookClientInline"],
        "myst_nb.core.lexers": ["IPythonTracebackLexer"],
        "myst_nb.core.render": ["entry_points"],
        "myst_nb.ext.glue": ["IPython", "ipy_display"],
        "myst_parser.inventory": ["Request", "urlopen"],
        "myst_parser.mdit_to_docutils.sphinx_": ["InventoryAdapter"],
        "nbformat": [
            "ValidationError",
            "__version__",
            "get_logger",
            "v1",
            "v2",
            "v3",
            "validate",
            "version_info",
        ],
        "nbformat.converter": ["ValidationError"],
        "nbformat.reader": ["ValidationError"],
        "nbformat.v4.convert": ["get_logger", "v3", "validator"],
        "pydata_sphinx_theme": ["ConnectionError", "HTTPError", "RetryError", "requests"],
        "pydata_sphinx_theme.translator": ["autosummary_table"],
        "sphinx.builders._epub_base": ["Image"],
        "sphinx.builders.linkcheck": [
            "ConnectionError",
            "HTTPError",
            "RequestTimeout",
            "SSLError",
            "TooManyRedirects",
            "requests",
        ],
        "sphinx.ext.intersphinx._load": ["requests"],
        "sphinx.extension": ["InvalidVersion", "Version"],
        "sphinx.highlighting": ["CLexer", "RstLexer"],
        "sphinx.transforms.post_transforms.code": ["doctest"],
        "sphinx.transforms.post_transforms.images": ["requests"],
        "sphinx.util.i18n": ["read_po", "write_mo"],
        "sphinx.util.images": ["Image", "imagesize"],
        "sphinx.util.parallel": ["multiprocessing"],
        "toolchain.sphinxext.expressions": ["SEEN"],
        "toolchain.sphinxext.markdown_outputs": ["add_dialect", "latex_of_outputs"],
        "toolchain.sphinxext.notebook_text.typed_html": ["markup"],
        "toolchain.processes.forks": ["Connection", "Pipe", "wait"],
        "toolchain.sphinxext.printed": [
            "characters",
            "code",
            "designs",
            "discussion",
            "formulas",
            "headings",
            "index",
            "math_packages",
            "pictures",
            "scripts",
            "struck",
            "structure",
            "tables",
            "typed",
        ],
        "toolchain.sphinxext.printed.conversion": ["Image", "ImageOps"],
        "toolchain.sphinxext.printed.html.styles": [
            "HTMLTranslator",
            "Selector",
            "SelectorError",
            "parse",
            "tinycss2",
        ],
        "toolchain.sphinxext.printed.math_words": ["ImageColor"],
        "toolchain.sphinxext.printed.outputs": ["html", "latex_of_outputs", "markup"],
        "toolchain.sphinxext.printed.typed_html": ["markup"],
        "toolchain.sphinxext.site.mathml.values": ["ImageColor"],
        "toolchain.sphinxext.strict": ["JupyterCacheBase"],
        "toolchain.sphinxext.taking": ["urlopen"],
        "xml.sax.saxutils": ["urllib"],
    }
    assert (NOT_IMPORTED | NOT_YET) & set(seen["imported"]) == set()


def test_who_uses_a_name_has_the_real_thing(seen: Any) -> None:
    assert seen["caught"] == ["by another", "by its name"]
    assert seen["is real"]
    assert seen["glue"] == {"text/plain": "1"}
    assert seen["fits"] == "fit"
    assert seen["stem"] == ["relat", ["snowballstemmer.english_stemmer"]]
    assert seen["left"] == {
        "myst_nb.core.execute": ["NotebookClientDirect", "NotebookClientInline"],
        "myst_nb.ext.glue": ["ipy_display"],
        "sphinx.builders.linkcheck": [],
    }


def test_other_modules_get_no_stand_in(seen: Any) -> None:
    assert seen["invalid"] == "caught by others"
    assert seen["elsewhere"] == ["module", "module", "type", "type", "type"]
    assert seen["at last"] == []


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


def test_garbage_is_not_kept_where_nothing_is_imported() -> None:
    frozen = gc.get_freeze_count()
    with imports_later():
        assert sys.modules
    assert gc.get_freeze_count() == frozen
