"""What libraries import for what is hardly ever done here is imported when it is used: mostly never.

MyST-NB imports all that starts kernels and keeps their results, nbformat what validates JSON, Sphinx and the theme what asks
web servers: half of what there is to import, for which a build would wait after each edited sentence. No option leaves it out. So
while these libraries are imported, names stand for what they will be where `LATER` says so. Whoever uses one uses the real thing,
and so does from then on the module that imported it. Other modules that import the same get no stand-in.
"""

import builtins
import gc
import importlib
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.util import resolve_name
from types import ModuleType, SimpleNamespace
from typing import Any

LATER: Mapping[str, frozenset[str]] = {
    importer: frozenset(names.split())
    for importer, names in {
        "bs4.css": "soupsieve",
        "bs4.dammit": "charset_normalizer",
        "docutils.parsers.rst.directives.images": "PIL.Image urllib.request",
        "docutils.parsers.rst.directives.misc": "urllib.request",
        "docutils.parsers.rst.directives.tables": "urllib.request",
        "docutils.writers._html_base": "docutils.parsers.rst.directives.images.PIL docutils.utils.math",
        "docutils.writers.html4css1": "docutils.writers._html_base.PIL",
        "jupyter_cache.base": "jupyter_cache.cache.db",
        "jupyter_cache.cache.main": "jupyter_cache.cache.db",
        "jupyter_cache.entry_points": "importlib_metadata",
        "myst_nb.core.execute": "myst_nb.core.execute.cache myst_nb.core.execute.direct myst_nb.core.execute.inline",
        "myst_nb.core.lexers": "IPython.lib.lexers",
        "myst_nb.core.render": "importlib_metadata",
        "myst_nb.ext.glue": "IPython IPython.display",
        "myst_parser.inventory": "urllib.request",
        "myst_parser.mdit_to_docutils.sphinx_": "sphinx.ext.intersphinx",
        "nbformat": "nbformat._version nbformat.v1 nbformat.v2 nbformat.v3 nbformat.validator traitlets.log",
        "nbformat.converter": "nbformat.validator",
        "nbformat.reader": "nbformat.validator",
        "nbformat.v4.convert": "nbformat.v3 nbformat.validator traitlets.log",
        "pydata_sphinx_theme": "requests requests.exceptions",
        "pydata_sphinx_theme.translator": "sphinx.ext.autosummary",
        "snowballstemmer": "snowballstemmer.*",
        "sphinx.builders._epub_base": "PIL.Image",
        "sphinx.builders.linkcheck": "requests.exceptions sphinx.util.requests",
        "sphinx.ext.intersphinx._load": "sphinx.util.requests",
        "sphinx.extension": "packaging.version",
        "sphinx.highlighting": "pygments.lexers.CLexer pygments.lexers.RstLexer",
        "sphinx.transforms.post_transforms.code": "sphinx.ext.doctest",
        "sphinx.transforms.post_transforms.images": "sphinx.util.requests",
        "sphinx.util.i18n": "babel.messages.mofile babel.messages.pofile",
        "sphinx.util.images": "PIL.Image imagesize",
        "sphinx.util.parallel": "multiprocessing",
        "toolchain.sphinxext.expressions": "toolchain.outputs.kinds",
        "toolchain.sphinxext.markdown_outputs": "toolchain.outputs.markdown toolchain.sphinxext.printed.latex_of_outputs",
        "toolchain.sphinxext.notebook_text.typed_html": "toolchain.sphinxext.printed.markup",
        "toolchain.processes.forks": "multiprocessing.connection",
        "toolchain.sphinxext.printed": (
            "toolchain.sphinxext.printed.characters toolchain.sphinxext.printed.code toolchain.sphinxext.printed.designs "
            "toolchain.sphinxext.printed.discussion toolchain.sphinxext.printed.formulas toolchain.sphinxext.printed.headings "
            "toolchain.sphinxext.printed.index "
            "toolchain.sphinxext.printed.math_packages toolchain.sphinxext.printed.pictures toolchain.sphinxext.printed.scripts toolchain.sphinxext.printed.struck "
            "toolchain.sphinxext.printed.structure toolchain.sphinxext.printed.tables toolchain.sphinxext.printed.typed"
        ),
        "toolchain.sphinxext.printed.conversion": "PIL.Image PIL.ImageOps",
        "toolchain.sphinxext.printed.html.styles": "cssselect cssselect.parser tinycss2",
        "toolchain.sphinxext.printed.math_words": "PIL.ImageColor",
        "toolchain.sphinxext.printed.outputs": "toolchain.outputs.html toolchain.sphinxext.printed.markup toolchain.sphinxext.printed.latex_of_outputs",
        "toolchain.sphinxext.printed.typed_html": "toolchain.sphinxext.printed.markup",
        "toolchain.sphinxext.site.mathml.values": "PIL.ImageColor",
        "toolchain.sphinxext.strict": "jupyter_cache.cache.main",
        "toolchain.sphinxext.taking": "urllib.request",
        "xml.sax.saxutils": "urllib.request",
    }.items()
}
"""Modules, and names in modules, that are imported later, by the module that imports them: of a module all names."""
EXCEPTIONS = frozenset(
    {
        "cssselect.SelectorError",
        "docutils.utils.math.MathError",
        "nbformat.validator.ValidationError",
        "packaging.version.InvalidVersion",
        "requests.exceptions",
    }
)
"""Those that are exceptions: a stand-in has to be one, too. Nobody raises it before its module is used."""
STANDS_FOR = "toolchain_stands_for"
OF_TYPING = ("__parameters__", "__typing_")
"""What annotations are asked for as a module is imported: that is no use of them."""


class _Later:
    """Stands for a module, or for a name in one."""

    def __init__(self, importer: str, module: str, name: str) -> None:
        self._importer, self._module, self._name = importer, module, name

    def real(self) -> Any:
        """Import what this stands for; with it, all that is of its module, and exceptions, where this stands."""
        places = vars(sys.modules[self._importer]) if self._importer in sys.modules else {}
        for place, value in list(places.items()):
            later = _later(value)
            if later and (later._module == self._module or later is not value):  # noqa: SLF001
                places[place] = later._imported()  # noqa: SLF001 - one of these
        return self._imported()

    def _imported(self) -> Any:
        with _standing_in():
            module = importlib.import_module(self._module)
            if not self._name:
                return sys.modules[self._module.partition(".")[0]]
            if vars(module).get(self._name) is self or not hasattr(module, self._name):
                # Not asked for by its name: another may have imported it before, and then this stands there.
                return importlib.import_module(f"{self._module}.{self._name}")
            return getattr(module, self._name)

    def __getattr__(self, name: str) -> Any:
        if name.startswith(OF_TYPING):
            raise AttributeError(name)
        return getattr(self.real(), name)

    def __call__(self, *arguments: Any, **options: Any) -> Any:
        return self.real()(*arguments, **options)

    def __mro_entries__(self, _bases: tuple[Any, ...]) -> tuple[Any, ...]:
        return (self.real(),)

    def __instancecheck__(self, instance: Any) -> bool:
        return isinstance(instance, self.real())

    def __subclasscheck__(self, kind: Any) -> bool:
        return issubclass(kind, self.real())


class _Holder(ModuleType):
    """A module in which names stand for others: its functions use these, who asks the module for one gets the real thing."""

    def __getattribute__(self, name: str) -> Any:
        value = super().__getattribute__(name)
        later = _later(value)
        return later.real() if later else value

    def __getattr__(self, name: str) -> Any:
        module = f"{self.__name__}.{name}"
        if module in LATER[self.__name__]:  # to import it would have put it here
            return importlib.import_module(module)
        raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")


def _later(value: Any) -> _Later | None:
    """Return what knows the real thing, if a value stands for one."""
    if isinstance(value, type):
        return vars(value).get(STANDS_FOR)
    return value if type(value) is _Later else None


def _stand_in(importer: str, module: str, name: str) -> Any:
    later = _Later(importer, module, name)
    holder = sys.modules[importer]
    if type(holder) is ModuleType:
        holder.__class__ = _Holder
    if not _is_among(EXCEPTIONS, module, name):
        return later
    raised = lambda _type, *arguments: later(*arguments)  # noqa: E731
    return type(name, (Exception,), {STANDS_FOR: later, "__new__": raised})


def _is_among(names: frozenset[str], module: str, name: str) -> bool:
    return not names.isdisjoint((module, f"{module}.{name}", f"{module.rpartition('.')[0]}.*"))


@contextmanager
def imports_later() -> Iterator[None]:
    """Have names in `LATER` stand for what they will be in modules that are imported meanwhile.

    What is imported stays, so garbage is not looked for, neither now nor among it later: that would take a tenth of the time.
    Where nothing is imported, nothing else is taken for it: garbage would stay as well.
    """
    collects, modules = gc.isenabled(), len(sys.modules)
    gc.disable()
    try:
        with _standing_in():
            yield
    finally:
        if len(sys.modules) > modules:
            gc.freeze()
        if collects:
            gc.enable()


@contextmanager
def _standing_in() -> Iterator[None]:
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
        later = LATER.get(globals["__name__"]) if globals and "__name__" in globals else None
        if not later or not globals:
            return import_now(name, globals, locals, fromlist, level)
        importer = globals["__name__"]
        module = resolve_name("." * level + name, _package(globals)) if level else name
        if module in sys.modules and module in later:
            return import_now(name, globals, locals, fromlist, level)
        if not fromlist:
            return _stand_in(importer, module, "") if module in later else import_now(name, globals, locals)
        taken = {
            name: _stand_in(importer, module, name) for name in fromlist if _is_among(later, module, name)
        }
        others = [other for other in fromlist if other not in taken]
        now = import_now(name, globals, locals, others, level) if others else None
        return SimpleNamespace(**taken, **{other: getattr(now, other) for other in others})

    return import_


def _package(variables: Mapping[str, Any]) -> str:
    """Return the package from which a module's relative imports start."""
    return str(variables.get("__package__") or variables["__name__"].rpartition(".")[0])
