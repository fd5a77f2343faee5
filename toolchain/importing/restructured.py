"""Pages in reStructuredText: pages of ours are Markdown, of which all of such a page is one part."""

import re

from toolchain.importing.draft import Draft, Page

RESTRUCTURED, MARKDOWN = ".rst", ".md"
WRAPPED = "a page in reStructuredText is a part of one in Markdown"
FIELDS = "what is said of a page stands in its front matter"
ADDED = "what conf.py puts before or after each page in reStructuredText stands on it"
FIELD = re.compile(r":(?P<name>orphan|nosearch|nocomments|tocdepth):[ ]*(?P<value>\d*)[ ]*\n")
"""Of Sphinx, at the head of a page: about the page, and no words of it."""
LEAST = 4
"""Backquotes of a fence: directives of Markdown that are quoted in such a page mostly have three."""


def add_page(draft: Draft, path: str, before: str = "", after: str = "") -> Page:
    """Take a file in reStructuredText as a page, with some text before and after what it says itself."""
    page = draft.add_page(path)
    page.target = page.target.rpartition(".")[0] + MARKDOWN
    page.is_restructured = True
    text = page.texts[0]
    start = len(text.source) - len(text.source.lstrip("\n"))
    while field := FIELD.match(text.source, start):
        text.replace(start, field.end(), "", FIELDS)
        page.front.add(f"{field['name']}: {field['value'] or 'true'}\n", FIELDS)
        start = field.end()
    ticks = re.findall(r"^[ \t]*(`{4,})", text.source, re.MULTILINE)
    fence = "`" * max(LEAST, *(len(run) + 1 for run in ticks), 0)
    text.insert(start, f"{fence}{{eval-rst}}\n", WRAPPED, rank=0)
    if before:
        text.insert(start, f"{before.strip()}\n\n", ADDED, rank=1)
    end = "" if text.source.endswith("\n") else "\n"
    text.insert(len(text.source), end + (f"\n{after.strip()}\n" if after else "") + f"{fence}\n", WRAPPED)
    return page
