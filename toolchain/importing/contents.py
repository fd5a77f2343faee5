"""What a book lists, where a file of its own said so, is put on its pages: as toctrees, which is what pages of ours have."""

import posixpath
import re
from collections.abc import Iterable

from toolchain.base.errors import ConfigError
from toolchain.importing import markdown, titles
from toolchain.importing.draft import SOURCES, Draft, Page
from toolchain.importing.ledger import Place
from toolchain.importing.text import Text
from toolchain.model.contents import ListedPage, PageList
from toolchain.sources.outline import CONTENTS

INDEX = "index"
LISTED = "what the page lists stands on the page"
RENAMED = "the first page is called index"
OTHER_NAME = "links lead to the page in Markdown that a file of another kind has become"
LINK = re.compile(r"\]\(\s*<?(?P<path>[^()<>\s#]+)(?=[)#>\s])")
ALL = 999


def write(draft: Draft) -> None:
    """Put the lists of a book on its pages, and call its first page `index`.

    Raises ConfigError if another page has that name.
    """
    contents = draft.contents
    if contents is None:
        return
    by_name = {page.name: page for page in draft.pages.values()}
    root = contents.root
    if root != INDEX and INDEX in by_name:
        raise ConfigError(
            f"{by_name[INDEX].path}: the page is called index, and is not the first one, which is {root}",
            remedy="The first page of a project is book/index.md: rename the other one.",
        )
    lists = dict(contents.lists)
    if root != INDEX and "/" not in root and root in by_name:
        _rename(draft, by_name[root])
        by_name[INDEX] = by_name[root]
    elif root != INDEX:
        # It lists the first page, and what that listed.
        draft.generated.setdefault(INDEX, draft.toml["book"].get("title") or titles.of_folder(draft.folder))
        lists[root] = (PageList((ListedPage(root),), hidden=False), *lists.get(root, ()))
    lists[INDEX] = lists.pop(root, ())
    _follow(draft)
    renamed = {root: INDEX} if INDEX in by_name and root != INDEX else {}
    for name, of_page in lists.items():
        fences = [_fence(one, renamed) for one in of_page]
        if name in by_name:
            if fences:
                _put(by_name[name], fences)
        elif name in draft.generated or posixpath.basename(name) == INDEX:
            _make(draft, name, fences)
        elif fences:
            place = Place(contents.path, line=contents.lines.get(name, 0))
            draft.ledger.lose(place, f"the page {name} does not exist", "Write it.")


def _make(draft: Draft, name: str, fences: list[list[str]]) -> None:
    """Make a page that only lists others."""
    title = draft.generated.get(name) or titles.of_name(f"{name}.md")
    if name == INDEX:
        title = draft.toml["book"].get("title") or titles.of_folder(draft.folder)
    lists = "\n\n".join("\n".join(line for line in fence if line != ":hidden:") for fence in fences)
    path = f"{SOURCES}{name}.md"
    draft.made[path] = f"# {title}\n\n{lists}\n"
    draft.ledger.made.append((path, "lists the pages of its folder, which has no page of its own"))


def _rename(draft: Draft, root: Page) -> None:
    """Call the first page `index`, and have all links lead there."""
    name, suffix = root.name, root.path.rpartition(".")[2]
    root.target = f"{INDEX}.{root.target.rpartition('.')[2]}"
    parser = markdown.parser()
    for page in draft.pages.values():
        up = posixpath.relpath(".", posixpath.dirname(page.target) or ".")
        was = posixpath.normpath(posixpath.join(up, name))
        became = posixpath.normpath(posixpath.join(up, INDEX))
        names = "|".join(re.escape(path) for path in dict.fromkeys((was, f"./{was}", f"/{name}")))
        role = re.compile(
            rf"(?P<before>\{{doc\}}`(?:[^`<]*<)?)(?P<path>{names})(?P<after>(?:\.{suffix})?>?`)"
        )
        restructured = re.compile(rf"(?P<before>:doc:`(?:[^`<]*<)?)(?P<path>{names})(?P<after>>?`)")
        for text in page.texts:
            if page.is_restructured:
                for match in restructured.finditer(text.source):
                    text.replace(match.start("path"), match.end("path"), became, RENAMED)
                continue
            for block in markdown.blocks(text, parser):
                for inline in block.inlines:
                    source = text.source[inline.start : inline.end]
                    if inline.token.type == "myst_role" and (found := role.search(source)):
                        start = inline.start + found.start("path")
                        text.replace(start, inline.start + found.end("path"), became, RENAMED)


def _follow(draft: Draft) -> None:
    """Have the links of pages in Markdown lead to files that have other names now."""
    moved = {page.path: page for page in draft.pages.values() if draft.base + page.target != page.path}
    if not moved:
        return
    parser = markdown.parser()
    for page in draft.pages.values():
        for text in () if page.is_restructured else page.texts:
            for inline in (one for block in markdown.blocks(text, parser) for one in block.inlines):
                found = [*LINK.finditer(text.source, inline.start, inline.end)]
                if inline.token.type != "link_open" or not found:
                    continue
                path = found[-1]["path"]
                place = posixpath.normpath(
                    posixpath.join(draft.base, path[1:])
                    if path[0] == "/"
                    else posixpath.join(posixpath.dirname(page.path), path)
                )
                if target := moved.get(place):
                    became = posixpath.basename(target.target)
                    start = found[-1].end("path") - len(posixpath.basename(path))
                    kind = RENAMED if target.name == INDEX else OTHER_NAME
                    text.replace(start, found[-1].end("path"), became, kind)


def _fence(listed: PageList, renamed: dict[str, str]) -> list[str]:
    """Return the toctree of a list."""
    options = {
        "caption": listed.caption,
        "maxdepth": str(listed.depth) if listed.depth > 0 else "",
        "numbered": ("" if listed.numbered >= ALL else str(listed.numbered)) if listed.numbered else None,
        "hidden": "" if listed.hidden else None,
        "titlesonly": "" if listed.titles_only else None,
        "reversed": "" if listed.backwards else None,
        "glob": "" if any(entry.is_pattern for entry in listed.entries) else None,
    }
    set_ = [
        f":{key}: {value}".rstrip()
        for key, value in options.items()
        if value or (value == "" and key not in ("caption", "maxdepth"))
    ]
    return ["```{toctree}", *set_, "", *_entries(listed, renamed), "```"]


def _entries(listed: PageList, renamed: dict[str, str]) -> Iterable[str]:
    for entry in listed.entries:
        target = renamed.get(entry.target, entry.target)
        target = target if "://" in target else f"/{target}"
        yield f"{entry.title} <{target}>" if entry.title else target


def _put(page: Page, fences: list[list[str]]) -> None:
    """Put toctrees where the page says, or else before its first section, so that what they list is below the page itself."""
    shown = "\n\n".join("\n".join(fence) for fence in fences)
    parser = markdown.parser()
    texts = [(text, markdown.blocks(text, parser)) for text in page.texts]
    if any(_put_into(text, blocks, page, shown) for text, blocks in texts):
        return
    if page.notebook is None:
        text = page.texts[0]
        gap = "" if text.source.endswith("\n\n") else "\n" if text.source.endswith("\n") else "\n\n"
        text.insert(len(text.source), f"{gap}{shown}\n", LISTED)
    elif titled := next((text for text, blocks in texts if any(map(_is_heading, blocks))), None):
        titled.insert(len(titled.source), f"\n\n{shown}", LISTED)
    else:
        page.add_cell(shown, LISTED, len(page.notebook.cells))


def _put_into(text: Text, blocks: list[markdown.Block], page: Page, shown: str) -> bool:
    """Put toctrees into a text, and say whether there is a place for them in it."""
    target = -1
    for block in blocks:
        if block.directive and block.directive.name == CONTENTS:
            text.replace(block.start, block.end, shown.replace("\n:hidden:", ""), LISTED)
            return True
        if _is_heading(block) and (block.token.tag != "h1" or page.is_titled):
            text.insert(block.start if target < 0 else target, f"{shown}\n\n", LISTED, rank=-1)
            if page.name != INDEX:
                what = "sections are counted after the pages that their page lists"
                text.lose(block.start, what, "Give them a page of their own if that is wrong.")
            return True
        if block.token.type == "myst_target":
            target = block.start if target < 0 else target
        elif block.token.type != "front_matter":
            target = -1
    return False


def _is_heading(block: markdown.Block) -> bool:
    return block.token.type == "heading_open" and block.depth == 0
