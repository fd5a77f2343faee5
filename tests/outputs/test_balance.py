"""HTML of an output stays in its place: it ends nothing of the page that it stands on, and leaves nothing open."""

import pytest

from toolchain.outputs.balance import balanced


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a</div></div></section>b", "ab"),
        ("<div><b>a", "<div><b>a</b></div>"),
        ("<div>a</div\n></div\n>b", "<div>a</div\n>b"),
        ("<b><div></b>a</div></div>", "<b><div></b>a</div>"),
        ("<div><section></div></section>", "<div><section></div>"),
        ("</li></details>a<!-- b", "a<!-- b-->"),
        ("<div/>a", "<div/>a</div>"),
    ],
)
def test_what_is_unbalanced_is_balanced(text: str, expected: str) -> None:
    assert balanced(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "<p>a<p>b<ul><li>c<li>d</ul>",
        "<table><tr><td>1<td>2</table><br/><br></br>",
        '<style>td > p {}</style><script>x = "</div>"</script>',
        '<svg><path d="M0"/><g></g></svg><p><div>a</p></div>',
    ],
)
def test_what_is_balanced_stays_as_it_came(text: str) -> None:
    assert balanced(text) == text
