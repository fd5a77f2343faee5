"""A part of a page in another language says so, wherever MyST takes attributes."""

import io
from typing import Any

import pytest
from docutils.core import publish_parts
from lxml import html
from myst_parser.parsers.docutils_ import Parser
from sphinx.application import Sphinx

from toolchain.sphinxext import languages

PAGE = """
One [mot]{lang=fr .own}, `code`{lang=zh-Hans} and [all](https://example.org){lang=de}.

{lang=fr}
Un paragraphe.

{lang=de}
> Ein Zitat.

{lang=es}
- Uno
"""


def parsed(source: str, warnings: io.StringIO) -> Any:
    languages.setup(Sphinx.__new__(Sphinx))
    options = {
        "myst_enable_extensions": ["attrs_inline", "attrs_block"],
        "warning_stream": warnings,
    }
    return html.fromstring(
        publish_parts(source, parser=Parser(), writer="html5", settings_overrides=options)["html_body"]
    )


def test_a_part_in_another_language_says_so() -> None:
    warnings = io.StringIO()
    page = parsed(PAGE, warnings)

    said = [
        (one.tag, one.get("lang"), " ".join(one.text_content().split())) for one in page.xpath("//*[@lang]")
    ]
    assert said == [
        ("span", "fr", "mot"),
        ("span", "zh-Hans", "code"),
        ("a", "de", "all"),
        ("p", "fr", "Un paragraphe."),
        ("blockquote", "de", "Ein Zitat."),
        ("ul", "es", "Uno"),
    ]
    assert page.find(".//span[@lang]").get("class") == "own"
    assert not warnings.getvalue()


@pytest.mark.parametrize("language", ["d", "de_DE", '"no language"'])
def test_what_names_no_language_is_named_with_its_line(language: str) -> None:
    warnings = io.StringIO()
    page = parsed(f"First.\n\n[Wort]{{lang={language}}}\n", warnings)

    assert not page.xpath("//*[@lang]")
    assert ":3:" in warnings.getvalue()
    assert "names no language" in warnings.getvalue()
