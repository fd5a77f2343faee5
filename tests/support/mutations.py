"""Pages and settings changed at random, as people mistype them and as nobody would mean them."""

import re
from random import Random

from support.damage import another_value, damaged

YAML = (
    *(
        "99999999999999999999",
        "-" + "9" * 5000,
        ".nan",
        "-.inf",
        "2024-02-30",
        "2024-02-29 25:61:00",
        "true",
        "~",
    ),
    *(
        "[]",
        "{}",
        "[1, 2]",
        "{a: b}",
        '"\\0"',
        '"\\ud800"',
        '"\\x1b[31m"',
        "!!binary aGk=",
        "!!set {a}",
        "&a [*a]",
    ),
    *(
        '!!python/object/apply:os.system ["true"]',
        "*nothing",
        "1:30",
        "0x1F",
        "1e400",
        '"unclosed',
        "'",
        "@a",
        "%a",
    ),
    *(
        "a: b: c",
        "? a",
        "- a",
        "# a",
        "<<: *x",
        "[" * 3000 + "]" * 3000,
        "x" * 300,
        "\N{RIGHT-TO-LEFT OVERRIDE}",
    ),
    *("$x$", "\\input{/etc/passwd}", "../../../x", "/dev/zero", "//", "http://[", "https://x:99999/"),
)
"""Values of front matter and of options."""
KEYS = (
    *(
        "title",
        "execution",
        "bundle",
        "prerequisites",
        "discuss",
        "kernelspec",
        "jupytext",
        "file_format",
        "mystnb",
    ),
    *(
        "language_info",
        "myst",
        "html_meta",
        "substitutions",
        "orphan",
        "tocdepth",
        "no-search",
        "date",
        "tags",
    ),
    *("execution: {gpus", "execution: {data", "execution: {env", "execution: {timeout", "execution: {memory"),
    *("mystnb: {number_source_lines", "mystnb: {render_markdown_format", "mystnb: {mime_priority_overrides"),
    *(
        "mystnb: {output_stderr",
        "mystnb: {code_prompt_show",
        "mystnb: {merge_streams",
        "myst: {enable_extensions",
    ),
    *("myst: {url_schemes", "myst: {heading_anchors", "myst: {title_to_header", "myst: {substitutions"),
    *("kernelspec: {name", "kernelspec: {language", "language_info: {name", "language_info: {pygments_lexer"),
)
DIRECTIVES = (
    *(
        "note",
        "admonition",
        "figure",
        "image",
        "toctree",
        "code-cell",
        "code-block",
        "literalinclude",
        "include",
    ),
    *(
        "math",
        "table",
        "list-table",
        "csv-table",
        "bibliography",
        "glue:figure",
        "glue:math",
        "eval-rst",
        "raw",
    ),
    *(
        "only",
        "dropdown",
        "grid",
        "tab-set",
        "card",
        "sidebar",
        "margin",
        "index",
        "glossary",
        "figure-md",
        "role",
    ),
    *(
        "contents",
        "meta",
        "class",
        "highlight",
        "rubric",
        "hlist",
        "nonsense",
        "py:function",
        "include",
        "sectnum",
    ),
)
OPTIONS = (
    *("name", "caption", "alt", "width", "height", "class", "tags", "mystnb", "label", "lines", "start-line"),
    *(
        "emphasize-lines",
        "lineno-start",
        "file",
        "header-rows",
        "widths",
        "maxdepth",
        "numbered",
        "glob",
        "language",
    ),
)
ROLES = (
    "ref",
    "numref",
    "doc",
    "eq",
    "cite:p",
    "download",
    "term",
    "index",
    "glue:text",
    "abbr",
    "pep",
    "raw",
    "any",
)
ARGUMENTS = (
    *(
        "",
        "x",
        "x" * 300,
        "../../../../etc/passwd",
        "/dev/zero",
        "data:image/png;base64,AAAA",
        "http://[",
        "<a>",
        "*",
    ),
    *(
        "a<b>",
        "index.md",
        "#x",
        "99999999999999999999",
        "*.png",
        "missing.png",
        "..",
        "/",
        "a\\",
        "\N{COMBINING ACUTE ACCENT}",
    ),
    *("%00", "%zz", "project:", "inv:x", "javascript:x", "::"),
)
BLOCKS = (
    *(
        "```",
        "~~~",
        ":::",
        "::::{note}",
        "````{figure} x",
        "$$",
        "```{code-cell}",
        "<!--",
        "<div>",
        "<script>",
    ),
    *(
        "\\begin{align}",
        "|a|b|\n|-|-|",
        "[a]: b",
        "[^a]: b",
        "+++",
        '+++ {"a": 1}',
        "+++ {",
        "---",
        "===",
        "(a b)=",
    ),
    *(
        "{{a}}",
        "((" * 300,
        "[" * 3000,
        "![[" * 500,
        "*" * 3000,
        "`" * 3000,
        "<" * 3000,
        ">" * 200 + " a",
        "{" * 3000,
    ),
    *("&#x0;", "&#xD800;", "term\n: def", "{.a #b c=d}"),
)
LONG = ("x", "*a* ", "[a](b) ", "`a` ", "$a$ ", "{ref}`a` ", "http://a.b ", "| a ", "![a](b)", "- ", "> ")


def mutated(data: bytes, suffix: str, chance: Random) -> bytes:
    """Return a page, or settings, with something in it that nobody means."""
    if chance.random() < 1 / 6:
        return damaged(data, chance)
    if suffix == ".ipynb":
        return another_value(data, chance)
    text = data.decode(errors="replace")
    for _ in range(chance.choice([1, 1, 2, 3])):
        text = _mutated_text(text, chance)
    return text.encode(errors="replace")


def _mutated_text(text: str, chance: Random) -> str:
    return chance.choice([_with_a_block, _with_a_block, _with_another_value, _rearranged])(text, chance)


def _with_a_block(text: str, chance: Random) -> str:
    """Put something between two lines."""
    lines, deep = text.split("\n"), chance.choice([20, 45, 500])
    role = f"{{{chance.choice(ROLES)}}}`{chance.choice(ARGUMENTS)}`"
    blocks = [
        _directive(chance),
        [f"text {role} and [{chance.choice(ARGUMENTS)}]({chance.choice(ARGUMENTS)})"],
        [chance.choice(BLOCKS)],
        [*(":" * (deep + 3 - level) + "{note} a" for level in range(deep)), "x"],
        [chance.choice(LONG) * chance.choice([1000, 15_000])],
    ]
    at = chance.randint(0, len(lines))
    return "\n".join([*lines[:at], *chance.choice(blocks), *lines[at:]])


def _with_another_value(text: str, chance: Random) -> str:
    """Change front matter or options, or begin with some."""
    key = chance.choice(KEYS)
    line = f"{key}: {chance.choice(YAML)}{'}' * key.count('{')}\n"
    laughs = "".join(f"b{n}: &b{n} [{', '.join([f'*b{n - 1}'] * 10)}]\n" for n in range(1, 9))
    begun = text.removeprefix("---\n") if text.startswith("---\n") else f"---\n{text}"
    values = re.compile(r"^(\s*[\w-]+:|\w+ =)[ \t]*(.*)$", re.MULTILINE)
    return chance.choice(
        [
            f"---\n{line}{begun}",
            f"---\nb0: &b0 [1, 2]\n{laughs}{begun}",
            values.sub(lambda match: _value(match, chance), text, count=30),
        ]
    )


def _rearranged(text: str, chance: Random) -> str:
    """End lines in another way, or let some go, or fences be others."""
    lines, count = text.split("\n"), chance.randint(1, 50)
    cut = sorted(chance.randint(0, len(lines)) for _ in range(2))
    return chance.choice(
        [
            text.replace("\n", chance.choice(["\r", "\r\n"]), count),
            f"\N{ZERO WIDTH NO-BREAK SPACE}{text}",
            "\n".join(chance.sample(lines, len(lines))),
            "\n".join(lines[: cut[0]] + lines[cut[1] :]),
            text.replace("```", chance.choice(["~~~", ":::", "````", "``"]), count),
            text.replace(" ", "\t", count),
        ]
    )


def _directive(chance: Random) -> list[str]:
    options = [
        f":{chance.choice(OPTIONS)}: {chance.choice([*YAML, *ARGUMENTS])}"
        for _ in range(chance.randint(0, 3))
    ]
    head = f"```{{{chance.choice(DIRECTIVES)}}} {chance.choice(ARGUMENTS)}"
    return [head, *options, "", chance.choice(ARGUMENTS), "```"]


def _value(match: re.Match[str], chance: Random) -> str:
    return f"{match[1]} {chance.choice(YAML)}" if chance.random() < 1 / 3 else match[0]
