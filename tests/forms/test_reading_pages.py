"""How a finished PDF is read by those who look for what is wrong with it."""

from collections import Counter
from pathlib import Path

import pypdfium2
import pytest

from toolchain.build import checking
from toolchain.messages.progress import Plain
from toolchain.project import settings


def test_every_page_is_opened_once_for_all_checks(copied: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: Counter[int] = Counter()
    get_page = pypdfium2.PdfDocument.get_page

    def counted(document: pypdfium2.PdfDocument, number: int) -> pypdfium2.PdfPage:
        opened[number] += 1
        return get_page(document, number)

    monkeypatch.setattr(pypdfium2.PdfDocument, "get_page", counted)
    assert checking.recheck(settings.load(copied), (), Plain(lambda _: None)) == ()

    assert set(opened.values()) == {1}
    assert len(opened) > 5
