"""What libraries import for what is hardly ever done here is imported when it is used: mostly never.

MyST-NB imports all that starts kernels and keeps their results, Sphinx and the theme what asks web servers: a third of what is
imported, which a build would pay for after each edited sentence. No option leaves it out. So while these libraries are
imported, the names in `LATER` stand for what they will be. Whoever uses one uses the real thing, and so does from then on the
module that imported it. Other modules that import the same get no stand-in.
"""

import builtins
import importlib
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.util import resolve_name
from types import SimpleNamespace
from typing import Any

Names = tuple[str, ...]

ERRORS = "requests.exceptions"
"""A module of exceptions: a stand-in has to be one, too, and nobody raises it before its module is used."""
LATER: Mapping[str, Mapping[str, Names]] = {
    "myst_nb.core.execute": {
        "myst_nb.core.execute.cache": ("NotebookClientCache",),
        "myst_nb.core.execute.direct": ("NotebookClientDirect",),
        "myst_nb.core.execute.inline": ("NotebookClientInline",),
    },
    "myst_nb.core.lexers": {"IPython.lib.lexers": ("IPythonTracebackLexer",)},
    "myst_nb.ext.glue": {"IPython": (), "IPython.display": ("display",)},
    "jupyter_cache.base": {"jupyter_cache.cache.db": ("NbCacheRecord", "NbProjectRecord")},
    "jupyter_cache.cache.main": {
        "jupyter_cache.cache.db": (
            "NbCacheRecord",
            "NbProjectRecord",
            "Setting",
            "create_db",
            "get_version",
        )
    },
    "bs4.css": {"soupsieve": ()},
    "bs4.dammit": {"charset_normalizer": ()},
    "pydata_sphinx_theme": {
        "requests": (),
        ERRORS: ("ConnectionError", "HTTPError", "RetryError"),
    },
    "pydata_sphinx_theme.translator": {"sphinx.ext.autosummary": ("autosummary_table",)},
    "sphinx.builders.linkcheck": {
        "sphinx.util": ("requests",),
        ERRORS: ("ConnectionError", "HTTPError", "SSLError", "Timeout", "TooManyRedirects"),
    },
    "sphinx.ext.intersphinx._load": {"sphinx.util": ("requests",)},
    "sphinx.transforms.post_transforms.code": {"sphinx.ext": ("doctest",)},
    "sphinx.transforms.post_transforms.images": {"sphinx.util": ("requests",)},
}
"""Names that stand for what they will be, by the module that imports them and the one that they are from.

A module without names is imported as a whole.
"""
STANDS_FOR = "toolchain_stands_for"
OF_TYPING = ("__parameters__", "__typing_")
"""What annotations are asked for as a module is imported: that is no use of them."""


class _Later:
    """Stands for a module, or for a name in one."""

    def __init__(self, importer: str, module: str, name: str) -> None:
        self._importer, self._module, self._name = importer, module, name

    def _real(self) -> Any:
        """Import what this stands for; with it, all for which there are stand-ins in the same module."""
        places = vars(sys.modules[self._importer]) if self._importer in sys.modules else {}
        for name, value in list(places.items()):
            later = vars(value).get(STANDS_FOR) if isinstance(value, type) else value
            if isinstance(later, _Later):
                places[name] = later._imported()  # noqa: SLF001 - one of these
        return self._imported()

    def _imported(self) -> Any:
        module = importlib.import_module(self._module)
        if not self._name:
            return module
        if not hasattr(module, self._name):
            importlib.import_module(f"{self._module}.{self._name}")
        return getattr(module, self._name)

    def __getattr__(self, name: str) -> Any:
        if name.startswith(OF_TYPING):
            raise AttributeError(name)
        return getattr(self._real(), name)

    def __call__(self, *arguments: Any, **options: Any) -> Any:
        return self._real()(*arguments, **options)

    def __mro_entries__(self, _bases: tuple[Any, ...]) -> tuple[Any, ...]:
        return (self._real(),)

    def __instancecheck__(self, instance: Any) -> bool:
        return isinstance(instance, self._real())

    def __subclasscheck__(self, kind: Any) -> bool:
        return issubclass(kind, self._real())


def _stand_in(importer: str, module: str, name: str) -> Any:
    later = _Later(importer, module, name)
    return type(name, (Exception,), {STANDS_FOR: later}) if module == ERRORS else later


@contextmanager
def imports_later() -> Iterator[None]:
    """Have names in `LATER` stand for what they will be in modules that are imported meanwhile."""
    import_now = builtins.__import__
    builtins.__import__ = _importing(import_now)
    try:
        yield
    finally:
        builtins.__import__ = import_now


def _importing(import_now: Callable[..., Any]) -> Callable[..., Any]:
    def import_(
        name: str,
        globals: Mapping[str, Any] | None = None,  # noqa: A002 - as Python names them
        locals: Mapping[str, Any] | None = None,  # noqa: A002
        fromlist: Sequence[str] | None = (),
        level: int = 0,
    ) -> Any:
        by = globals or {}
        later = LATER.get(by.get("__name__", ""), {})
        module = resolve_name("." * level + name, _package(by)) if level and later else name
        if module not in later:
            return import_now(name, globals, locals, fromlist, level)
        if not fromlist:
            return sys.modules.get(module) or _stand_in(by["__name__"], module, "")
        taken = {name: _stand_in(by["__name__"], module, name) for name in fromlist if name in later[module]}
        others = [other for other in fromlist if other not in taken]
        now = import_now(name, globals, locals, others, level) if others else None
        return SimpleNamespace(**taken, **{other: getattr(now, other) for other in others})

    return import_


def _package(variables: Mapping[str, Any]) -> str:
    """Return the package from which a module's relative imports start."""
    return str(variables.get("__package__") or variables["__name__"].rpartition(".")[0])
