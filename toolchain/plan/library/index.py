"""The library's index: an entry for each definition, for the book's page that lists them."""

import ast

from toolchain.model import Book, Document, LibraryEntry, LibraryIndex, LibraryMethod, Saved
from toolchain.plan.library.book import BookLibrary


def make(book_library: BookLibrary, book: Book) -> LibraryIndex | None:
    """Return the index, in the order of the book; None for a book without a library."""
    library = book_library.library
    if library is None:
        return None
    pages = {document.name: document for document in book.documents}
    entries = (
        _entry(
            saved,
            pages[saved.document],
            [pages[name] for name, use in book_library.uses.items() if saved.name in use.names],
        )
        for saved in library.names.values()
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
        functions = [
            statement
            for statement in node.body
            if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef)
        ]
        signature = next(
            (_signature(function, method=True) for function in functions if function.name == "__init__"), "()"
        )
        methods = tuple(
            LibraryMethod(
                name=function.name,
                signature=_signature(function, method=True),
                docstring=ast.get_docstring(function) or "",
            )
            for function in functions
            if not function.name.startswith("_")
        )
    else:  # a constant is documented by the comment above it
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
        used_in=tuple((user.name, user.reference) for user in users),
    )


def _signature(node: ast.FunctionDef | ast.AsyncFunctionDef, *, method: bool = False) -> str:
    arguments = node.args
    if method and not any(
        isinstance(decorator, ast.Name) and decorator.id == "staticmethod"
        for decorator in node.decorator_list
    ):
        positional = [*arguments.posonlyargs, *arguments.args]
        if positional:
            (arguments.posonlyargs or arguments.args).pop(0)
    returns = f" -> {ast.unparse(node.returns)}" if node.returns else ""
    return f"({ast.unparse(arguments)}){returns}"
