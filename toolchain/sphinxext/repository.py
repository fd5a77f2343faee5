"""Buttons at the head of a page for its source: the repository, the page in an editor, a new issue about it."""

from typing import Any
from urllib.parse import quote, urlsplit

from msgspec import Struct
from sphinx.application import Sphinx

from toolchain.project import git
from toolchain.project.settings import Settings
from toolchain.sphinxext.words import say

REPOSITORY = "toolchain_repository"
"""Option of Sphinx: the address of the repository, its forge as book.toml names it, the branch, the pages' folder in it."""
NONE = ("", "", "", "")
AFTER_THE_THEME = 600


class Forge(Struct, frozen=True):
    """How the addresses of one kind of host are made; `{repository}`, `{branch}` and `{path}` or `{title}` in them."""

    icon: str
    edit: str
    issue: str


FORGES = {
    "github": Forge(
        icon="fab fa-github",
        edit="{repository}/edit/{branch}/{path}",
        issue="{repository}/issues/new?title={title}&body=Your%20issue%20content%20here.",
    ),
    "gitlab": Forge(
        icon="fab fa-gitlab",
        edit="{repository}/-/edit/{branch}/{path}",
        issue="{repository}/-/issues/new?issue[title]={title}&issue[description]=Your%20issue%20content%20here.",
    ),
    "bitbucket": Forge(
        icon="fab fa-bitbucket",
        edit="{repository}/src/{branch}/{path}?mode=edit",
        issue="{repository}/issues/new?title={title}",
    ),
    "gitea": Forge(
        icon="fab fa-git-alt",
        edit="{repository}/_edit/{branch}/{path}",
        issue="{repository}/issues/new?title={title}",
    ),
}
ELSEWHERE = "fab fa-git-alt"
"""Icon of a repository on a host of which nothing more is known than its address."""
NAMES_IN_HOSTS = {name: name for name in FORGES} | {"codeberg": "gitea", "forgejo": "gitea"}
"""What the name of a host tells of its kind, as in `gitlab.example.org`."""


def forge_of(repository: str, named: str) -> Forge | None:
    """Return the kind of host that a repository is on: as book.toml names it, or as the host's own name tells."""
    host = (urlsplit(repository).hostname or "").lower()
    told = next((kind for name, kind in NAMES_IN_HOSTS.items() if name in host), "")
    return FORGES.get(named or told)


def of_settings(settings: Settings) -> tuple[str, str, str, str]:
    """Return the value of the option."""
    book = settings.book
    if not book.repository:
        return NONE
    folder = f"{git.place(settings.project)}{settings.layout.sources}".rstrip("/")
    return book.repository.rstrip("/").removesuffix(".git"), book.forge, book.branch, folder


def _add_buttons(
    app: Sphinx, pagename: str, _template: str, context: dict[str, Any], doctree: object
) -> None:
    """Put a group of buttons before those of the theme; a page that nobody wrote, such as the index, is not edited."""
    repository, named, branch, folder = app.config[REPOSITORY]
    if not repository:
        return
    suffix = context.get("page_source_suffix") if doctree else ""
    path = f"{folder}/{pagename}{suffix}".lstrip("/") if suffix else ""
    buttons = list(_buttons(repository, forge_of(repository, named), branch, pagename=pagename, path=path))
    icon = str(buttons[0]["icon"])
    button: dict[str, Any]
    if len(buttons) == 1:
        button = {**buttons[0], "text": ""}
    else:
        button = {
            "type": "group",
            "tooltip": say("Source repositories"),
            "icon": icon,
            "buttons": buttons,
            "label": "source-buttons",
        }
    context.setdefault("header_buttons", []).insert(0, button)


def _buttons(
    repository: str, forge: Forge | None, branch: str, *, pagename: str, path: str
) -> list[dict[str, str]]:
    """Return the repository's button, and those of a page where it is known how to address them."""
    icon = forge.icon if forge else ELSEWHERE
    buttons = [_button("repository", repository, "Source repository", "Repository", icon)]
    if forge is None:
        return buttons
    title = quote(f"Issue on page /{pagename}.html", safe="")
    values = {"repository": repository, "branch": quote(branch), "path": quote(path), "title": title}
    if path:
        edit = forge.edit.format_map(values)
        buttons.append(_button("edit", edit, "Suggest edit", "Suggest edit", "fas fa-pencil-alt"))
    issue = forge.issue.format_map(values)
    buttons.append(_button("issues", issue, "Open an issue", "Open issue", "fas fa-lightbulb"))
    return buttons


def _button(name: str, url: str, tooltip: str, text: str, icon: str) -> dict[str, str]:
    return {
        "type": "link",
        "url": url,
        "tooltip": tooltip,
        "text": text,
        "icon": icon,
        "label": f"source-{name}-button",
    }


def setup(app: Sphinx) -> None:
    """Add them when a page is written, in the theme's place: it knows three kinds of hosts and crashes at any other."""
    app.add_config_value(REPOSITORY, NONE, "html", types=(tuple, list))
    app.connect("html-page-context", _add_buttons, priority=AFTER_THE_THEME)
