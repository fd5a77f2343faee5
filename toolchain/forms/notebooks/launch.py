"""What a page of the site offers for its notebook: to download it, its chapter, or to open it elsewhere."""

import posixpath
import re
from collections.abc import Mapping
from urllib.parse import quote, urlencode

from toolchain.forms.html.form import DOWNLOADS
from toolchain.model import Book, Button
from toolchain.project.sections import Launch
from toolchain.project.settings import Settings

URLS = {"binder": "https://mybinder.org", "colab": "https://colab.research.google.com"}
NAMES = {"binder": "Binder", "colab": "Colab", "jupyterhub": "JupyterHub"}
HOST = re.compile(r"^https?://(?P<host>[^/]+)/(?P<owner>[^/]+)/(?P<name>[^/]+?)/?(?:\.git)?$")


def buttons(book: Book, names: Mapping[str, str], settings: Settings) -> dict[str, tuple[Button, ...]]:
    """Return the buttons of every page, by its name; `names` are the notebooks' paths in the archives."""
    services = [
        service for service in settings.toml.notebooks.launch if not reason_not_offered(service, settings)
    ]
    buttons_by_page = {}
    for page in book.documents:
        if page.name not in names:
            continue
        download = Button(
            "Notebook", quote(f"{DOWNLOADS}/{page.name}.ipynb"), "fas fa-code", "Download this notebook"
        )
        # A page beside the chapters is in the archive of the whole book alone.
        archive, text, what = (
            (page.name.partition("/")[0], "Chapter", "this chapter's notebooks")
            if page.chapter
            else (settings.book.slug, "Book", "all notebooks of the book")
        )
        chapter = Button(text, quote(f"{DOWNLOADS}/{archive}.zip"), "fas fa-file-zipper", f"Download {what}")
        launchers = (_launcher(service, names[page.name], settings) for service in services if page.cells)
        buttons_by_page[page.name] = (download, chapter, *launchers)
    return buttons_by_page


def notes(settings: Settings) -> tuple[str, ...]:
    """Say which services are not offered, and why."""
    return tuple(
        f"{NAMES[launch.service]} is not offered: {reason}"
        for launch in settings.toml.notebooks.launch
        if (reason := reason_not_offered(launch, settings))
    )


def reason_not_offered(launch: Launch, settings: Settings) -> str:
    """Say why a service cannot run the notebooks; empty if it can."""
    kernel = settings.toml.kernel
    if launch.python != kernel.python:
        return f"it has Python {launch.python}, and the packages in the lock are for {kernel.python}"
    if launch.platform and kernel.platforms and launch.platform not in kernel.platforms:
        return f"it runs on {launch.platform}, and the packages in the lock are for {', '.join(kernel.platforms)}"
    if launch.service == "jupyterhub" and not launch.url:
        return "book.toml does not say where it is: `url` in [[notebooks.launch]]"
    repository = HOST.match(settings.book.repository)
    if repository is None or (launch.service == "colab" and repository["host"] != "github.com"):
        return "it opens notebooks from a repository, and [book] in book.toml names none that it can open"
    return ""


def _launcher(launch: Launch, notebook: str, settings: Settings) -> Button:
    """Return the button that opens a notebook of the branch in a service."""
    base = (launch.url or URLS.get(launch.service, "")).rstrip("/")
    branch = quote(settings.toml.notebooks.branch, safe="")
    repository = settings.book.repository.removesuffix("/").removesuffix(".git")
    match = HOST.match(repository)
    assert match, repository  # noqa: S101 - reason_not_offered has looked
    path = quote(notebook)
    if launch.service == "colab":
        url = f"{base}/github/{match['owner']}/{match['name']}/blob/{branch}/{path}"
    elif launch.service == "binder":
        source = (
            f"gh/{match['owner']}/{match['name']}"
            if match["host"] == "github.com"
            else f"git/{quote(repository, safe='')}"
        )
        url = f"{base}/v2/{source}/{branch}?{urlencode({'urlpath': f'lab/tree/{notebook}'})}"
    else:
        opened = posixpath.join("lab/tree", match["name"], notebook)
        query = urlencode({"repo": repository, "branch": settings.toml.notebooks.branch, "urlpath": opened})
        url = f"{base}/hub/user-redirect/git-pull?{query}"
    name = NAMES[launch.service]
    return Button(name, url, "fas fa-rocket", f"Open this notebook in {name}")
