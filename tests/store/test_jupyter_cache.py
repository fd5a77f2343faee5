"""The view of the store that MyST-NB reads: it tells notebooks apart by their code alone."""

from pathlib import Path

import nbformat
import pytest
from jupyter_cache import get_cache

from toolchain.base.errors import SourceError
from toolchain.base.files import sha256_bytes
from toolchain.model import Document
from toolchain.store import jupyter_cache
from toolchain.store.jupyter_cache import CachedResult


def result_of(name: str, output: str, text: str = "Words.", code: str = "show()") -> CachedResult:
    """Return a result of a page."""
    cell = nbformat.v4.new_code_cell(code, id="two")
    words = nbformat.v4.new_markdown_cell(text, id="one")
    lines = {"source_map": [0, text.count("\n") + 2]}
    page = nbformat.writes(nbformat.v4.new_notebook(cells=[words, cell], metadata=lines))
    cell.outputs = [nbformat.v4.new_output("stream", text=output)]
    executed = nbformat.writes(nbformat.v4.new_notebook(cells=[cell])).encode()
    document = Document(name=name, path=f"book/{name}.md", title=name, cells=(), notebook=page)
    return CachedResult(document=document, view=sha256_bytes(executed), read=lambda: executed)


def test_pages_of_the_same_code_have_to_have_the_same_result(tmp_path: Path) -> None:
    folder = tmp_path / "cache"
    one, two, other = result_of("a/one", "1"), result_of("b/two", "1"), result_of("c/other", "2")

    jupyter_cache.build(folder, [one, two])

    assert len(get_cache(str(folder)).list_cache_records()) == 1
    with pytest.raises(SourceError) as raised:
        jupyter_cache.build(folder, [one, two, other])
    assert (
        raised.value.message
        == "book/c/other.md and book/a/one.md have the same code cells and different results"
    )
    assert raised.value.remedy.startswith("Let the code differ, by a comment say")
    assert [path.name for path in tmp_path.iterdir()] == ["cache"]


def test_the_text_between_cells_is_none_of_it(tmp_path: Path) -> None:
    folder = tmp_path / "cache"

    def is_made_by(result: CachedResult) -> bool:
        before = folder.stat().st_ino if folder.exists() else 0
        jupyter_cache.build(folder, [result])
        return folder.stat().st_ino != before

    assert is_made_by(result_of("a/one", "1"))
    assert not is_made_by(result_of("a/one", "1", text="Other words,\nand more."))
    (record,) = get_cache(str(folder)).list_cache_records()
    cached = get_cache(str(folder)).get_cache_bundle(record.pk).nb
    assert [(cell.source, cell.outputs[0].text) for cell in cached.cells] == [("show()", "1")]
    assert cached.metadata == {}
    assert is_made_by(result_of("a/one", "2"))
    assert is_made_by(result_of("a/one", "2", code="show(2)"))
    assert is_made_by(result_of("b/one", "2", code="show(2)"))
