"""The list of an EPUB's files says what its pages have that not every reader of books can show."""

from pathlib import Path

import pytest

from toolchain.sphinxext import epub_properties

PACKAGE = '<package><item id="a" href="a%20b.xhtml" media-type="application/xhtml+xml" />\n<item id="c" href="c.svg" media-type="image/svg+xml" /></package>'
PAGE = '<html xmlns="http://www.w3.org/1999/xhtml"><body>{}</body></html>'


@pytest.mark.parametrize(
    ("text", "properties"),
    [
        ("<p>x</p>", ""),
        ('<p><math xmlns="http://www.w3.org/1998/Math/MathML"/></p>', "mathml"),
        ('<p><svg xmlns="http://www.w3.org/2000/svg"><script>x</script></svg></p>', "scripted svg"),
        ("<script>x</script>", "scripted"),
        ('<script type="text/javascript" src="x.js"></script>', "scripted"),
        ('<script type="application/json">{}</script>', ""),
        ("<form/><p onclick='x'/>", "scripted"),
        ("<p><button>x</button></p>", ""),
        ('<img src="https://a.example/x.png"/><a href="https://a.example/">x</a>', "remote-resources"),
        ("<p style=\"background: url('https://a.example/x.png')\"/>", "remote-resources"),
        ('<img src="x.png"/><a href="https://a.example/">x</a>', ""),
    ],
)
def test_a_page_has_the_properties_that_it_has(tmp_path: Path, text: str, properties: str) -> None:
    (tmp_path / "content.opf").write_text(PACKAGE, encoding="utf-8")
    (tmp_path / "a b.xhtml").write_text(PAGE.format(text), encoding="utf-8")

    epub_properties.say(tmp_path)

    said = f' properties="{properties}"' if properties else ""
    expected = PACKAGE.replace('xhtml+xml"', f'xhtml+xml"{said}', 1)
    assert (tmp_path / "content.opf").read_text(encoding="utf-8") == expected
