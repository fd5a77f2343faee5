"""Our part of Sphinx: results filled in, findings, numbers, and how pages become print and notebooks."""

import os
from pathlib import Path
from typing import Any

from toolchain import __version__
from toolchain.base import regexes
from toolchain.base.later import imports_later
from toolchain.model.sphinx import REGEXES
from toolchain.sphinxext.plugins import ask_once

ask_once()
remember_regexes = regexes.remember_in(Path(os.environ[REGEXES])) if REGEXES in os.environ else lambda: None

with imports_later():
    from sphinx.application import Sphinx

    from toolchain.sphinxext import (
        boxes,
        buttons,
        by_itself,
        chapter_references,
        citations,
        conf_py,
        dangling,
        dates,
        discussion,
        drawn,
        epub,
        equation_labels,
        facts,
        failing,
        file_names,
        files,
        findings,
        footnotes,
        foreign,
        formula_references,
        formulas,
        front,
        glued_pictures,
        images,
        index_entries,
        inventories,
        jupyter_anchors,
        languages,
        library,
        marked_titles,
        mathjax,
        notebook_images,
        numbering,
        outdated,
        own_contents,
        own_definitions,
        page_facts,
        plugins,
        policy,
        printed,
        provenance,
        quick,
        repository,
        restructured_parts,
        same_names,
        search,
        shown,
        site_links,
        strict,
        struck,
        style_sheets,
        substitutions,
        titles,
        typed_html,
        typed_words,
        unknown_nodes,
        words,
        writing,
    )
    from toolchain.sphinxext.configuration import configuration
    from toolchain.sphinxext.notebook_text import builder
    from toolchain.sphinxext.site import parts as site

__all__ = ["configuration", "setup"]


def setup(app: Sphinx) -> dict[str, Any]:
    """Set up every part; Sphinx calls this for the extension `toolchain.sphinxext`."""
    for part in (
        words,  # before anybody says any
        by_itself,  # what others ask for, it has brought
        quick,
        plugins,
        failing,
        file_names,
        findings,
        conf_py,
        files,
        struck,
        substitutions,
        formula_references,
        formulas,
        equation_labels,
        footnotes,
        typed_html,
        languages,
        outdated,
        own_definitions,
        restructured_parts,
        images,
        notebook_images,
        own_contents,
        glued_pictures,
        inventories,
        numbering,
        chapter_references,
        citations,
        titles,
        marked_titles,
        typed_words,
        index_entries,
        boxes,
        jupyter_anchors,
        foreign,
        strict,
        drawn,
        discussion,
        provenance,
        library,
        front,
        page_facts,
        facts,
        shown,
        site,
        site_links,
        same_names,
        repository,
        buttons,
        epub,
        mathjax,
        policy,
        search,
        style_sheets,
        printed,
        dangling,
        dates,
        unknown_nodes,
        writing,
        builder,
    ):
        part.setup(app)
    return {
        "version": __version__,
        # Raised when pages that were read before have to be read again for what is put on them.
        "env_version": 15,
        "parallel_read_safe": False,
        "parallel_write_safe": False,
    }
