"""Sphinx's configuration, and a look at what each page's side and numbers would be without the toolchain's short cuts."""

import gc
import importlib.metadata
import json
from collections import Counter
from pathlib import Path

from docutils import nodes
from pydata_sphinx_theme.toctree import add_toctree_functions
from sphinx import addnodes
from sphinx.environment import BuildEnvironment
from sphinx.environment.collectors.toctree import TocTreeCollector
from sphinx.search.en import SearchEnglish

from toolchain.sphinxext import configuration

globals().update(configuration(__file__))

SEEN = {"contents": {}, "numbers": [], "references": {}, "alive": [], "formatters": 0}
CALLS = {name: Counter() for name in ("trees", "stems", "plugins", "contents")}
LIKE_THE_THEME = {"startdepth": 0, "collapse": False, "includehidden": True, "titles_only": True}


def counted(owner, name, kind, what):
    function = getattr(owner, name)

    def count(*arguments, **options):
        CALLS[kind][what(*arguments, **options)] += 1
        return function(*arguments, **options)

    setattr(owner, name, count)


counted(importlib.metadata, "distributions", "plugins", lambda **options: f"{options}")
counted(BuildEnvironment, "get_doctree", "trees", lambda _env, page: page)
counted(SearchEnglish, "stem", "stems", lambda _self, word: word)


def compare_contents(app, page, template, context, doctree):
    theirs = dict(context)
    add_toctree_functions(app, page, template, theirs, doctree)
    for depth, shown in ((4, 1), (2, 1), (4, 2), (4, 0)):
        options = LIKE_THE_THEME | {"kind": "sidebar", "maxdepth": depth, "show_nav_level": shown}
        before = sum(CALLS["contents"].values())
        ours = str(context["generate_toctree_html"](**options))
        called = sum(CALLS["contents"].values()) - before
        same = ours == str(theirs["generate_toctree_html"](**options))
        SEEN["contents"][f"{page} {depth} {shown}"] = [same, called, ours.count("current")]
    trees = (found for found in gc.get_objects() if isinstance(found, nodes.document))
    SEEN["alive"].append(len({tree.get("source") for tree in trees if str(tree.get("source")).startswith("/")}))


def compare_numbers(app, _builder):
    env = app.env
    original = getattr(TocTreeCollector.assign_figure_numbers, "toolchain_takes_the_place_of", None)
    loads = sum(CALLS["trees"].values())
    numbers = dict(env.toc_fignumbers)
    original(TocTreeCollector(), env)
    SEEN["numbers"] = [numbers == env.toc_fignumbers, sum(map(len, numbers.values()))]
    domain = env.domains.standard_domain
    ours = type(domain)._resolve_numref_xref
    for target in sorted({*domain.labels, *domain.anonlabels}):
        said = []
        for resolve in (ours, ours.toolchain_takes_the_place_of):
            node = addnodes.pending_xref(refexplicit=False)
            arguments = (env, "index", app.builder, "numref", target, node, nodes.inline("", "as it is"))
            try:
                said.append(getattr(resolve(domain, *arguments), "pformat", str)())
            except Exception as error:
                said.append(repr(error))
        SEEN["references"][target] = said
    gc.collect()
    CALLS["trees"].clear()
    SEEN["loads before"] = loads
    counted(app.builder, "_get_local_toctree", "contents", lambda page, **_: page)


def tell(app, _error):
    calls = {kind: dict(counter) for kind, counter in CALLS.items()}
    Path(app.outdir).parent.joinpath("seen.json").write_text(json.dumps(SEEN | {"calls": calls}))


def setup(app):
    app.connect("html-page-context", compare_contents, priority=600)
    app.connect("write-started", compare_numbers)
    app.connect("build-finished", tell)
