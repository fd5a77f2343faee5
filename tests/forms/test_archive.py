"""Archives: same content, same bytes; nothing outside the folder."""

import zipfile
from pathlib import Path

import pytest

from toolchain.base.errors import SourceError
from toolchain.forms.notebooks.archive_layout import names_of, write_zip
from toolchain.model import Document


def test_same_content_same_bytes(tmp_path: Path) -> None:
    write_zip(tmp_path / "a.zip", {"x/b": b"2", "x/a": b"1"})
    write_zip(tmp_path / "b.zip", {"x/a": b"1", "x/b": b"2"})

    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        assert archive.namelist() == ["x/a", "x/b"]
        assert archive.read("x/b") == b"2"
        assert {entry.external_attr >> 16 for entry in archive.infolist()} == {0o100644}


@pytest.mark.parametrize("name", ["/etc/passwd", "../up", "a/../../up"])
def test_entry_outside_the_folder_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="outside its folder"):
        write_zip(tmp_path / "a.zip", {name: b""})

    assert list(tmp_path.iterdir()) == []


def test_the_first_page_of_a_folder_leaves_its_name_to_another() -> None:
    pages = [Document(name, f"book/{name}.md", "", ()) for name in ("part/index", "part/part", "other/index")]

    assert names_of(pages) == {
        "part/index": "book/part/index.ipynb",
        "part/part": "book/part/part.ipynb",
        "other/index": "book/other/other.ipynb",
    }
