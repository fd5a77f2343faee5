"""What there is to say of the library, definition by definition: for the book's page that lists it."""

import ast

from toolchain.model import Book, Document, Library, LibraryEntry, LibraryIndex, LibraryMethod, Saved
from toolchain.plan.library.use import Use


def make(library: Library, book: Book, uses: dict[str, Use]) -> LibraryIndex:
    """Return the index, in the order of the book; `uses` says what each notebook takes from the library."""
    pages = {each.name: each for each in book.documents}
    entries = (
        _entry(
            each, pages[each.document], [pages[name] for name, its in uses.items() if each.name in its.names]
        )
        for each in library.names.values()
    )
    ordered = sorted(entries, key=lambda entry: (library.pages.index(entry.page), entry.cell))
    return LibraryIndex(name=library.name, entries=tuple(ordered))


def _entry(saved: Saved, page: Document, users: list[Document]) -> LibraryEntry:
    node = ast.parse(saved.code).body[0]
    docstring = ""
    signature, kind = "", "data"
    methods: tuple[LibraryMethod, ...] = ()
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        docstring, signature, kind = ast.get_docstring(node) or "", _signature(node), "function"
    elif isinstance(node, ast.ClassDef):
        docstring, kind = ast.get_docstring(node) or "", "class"
        functions = [each for each in node.body if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef)]
        signature = next(
            (_signature(each, method=True) for each in functions if each.name == "__init__"), "()"
        )
        methods = tuple(
            LibraryMethod(
                name=each.name,
                signature=_signature(each, method=True),
                docstring=ast.get_docstring(each) or "",
            )
            for each in functions
            if not each.name.startswith("_")
        )
    else:  # of a constant the comment above it says what it is
        lines = [line.removeprefix("#").strip() for line in saved.code.splitlines() if line.startswith("#")]
        docstring = " ".join(lines)
    return LibraryEntry(
        name=saved.name,
        kind=kind,
        signature=signature,
        docstring=docstring,
        methods=methods,
        page=page.name,
        reference=page.reference,
        number=page.number,
        cell=saved.cell,
        used_in=tuple((each.name, each.reference) for each in users),
    )


def _signature(node: ast.FunctionDef | ast.AsyncFunctionDef, *, method: bool = False) -> str:
    arguments = node.args
    if method and not any(
        isinstance(each, ast.Name) and each.id == "staticmethod" for each in node.decorator_list
    ):
        positional = [*arguments.posonlyargs, *arguments.args]
        if positional:
            (arguments.posonlyargs or arguments.args).pop(0)
    returns = f" -> {ast.unparse(node.returns)}" if node.returns else ""
    return f"({ast.unparse(arguments)}){returns}"
