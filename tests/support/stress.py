"""Pages of many cells, drawn by a seed: code and outputs of any length, figures of any height, text of any amount between."""

from random import Random

from nbformat import NotebookNode
from nbformat.v4 import new_output

SENTENCES = (
    "The next cell takes the last one up where that left it.",
    "Nothing in it is hard; it only has to be done in this order.",
    "Whoever reads the code before the text is often done sooner.",
    "What it prints is short, and says more than the sentence before it.",
    "Compare the first line with the last: between them nothing has been lost, though much has been moved about.",
    "Μία πρόταση στα ελληνικά στέκεται ανάμεσα, όπως και στα άλλα κεφάλαια.",
    "Одно предложение по-русски стоит между ними, как и везде.",
    "這裡有一句中文,和別處一樣。",
    "If $x$ grows, $x^2 + 1$ grows faster, and $\\sum_{k=1}^{n} k = \\tfrac{1}{2} n (n + 1)$ is in between.",
    "In the end there is one number, by which one can tell whether all others were right.",
)
STATEMENTS = (
    "total = sum(values)",
    "values = [value for value in values if value % 3]",
    'names = {"first": 1, "second": 2, "third": 3}',
    "values.append(max(values) - min(values))",
    "print(total)",
    "squares = {value: value**2 for value in values}",
    'text = ", ".join(map(str, sorted(squares)))',
    "assert all(value >= 0 for value in squares.values()), 'a square is negative, which no square of a number can be'",
)
BODY = (
    '    """Do what its name says, and nothing else."""',
    "    if not values:",
    "        return None",
    "    least, most = min(values), max(values)",
    "    for value in values:",
    "        if value == least:",
    "            continue",
    "    return most - least",
)
LENGTHS = (1, 1, 2, 2, 3, 3, 4, 5, 6, 8, 10, 12, 13, 16, 24, 40, 70)
OUTPUTS = (0, 0, 0, 1, 1, 1, 2, 3, 5, 8, 12, 14, 25, 60)
HEIGHTS = (80, 120, 180, 220, 260, 300, 420)
FIGURE = """\
---
mystnb:
  figure:
    name: fig-{0}
    caption: "{1}"
---
"""


def draw(seed: int, cells: int, figures: int) -> tuple[str, list[list[NotebookNode]]]:
    """Return a page, and what its cells have put out."""
    random = Random(seed)  # noqa: S311 - the same pages for the same seed
    with_figure = set(random.sample(range(cells), figures))
    parts = ["---\nfile_format: mystnb\nkernelspec:\n  name: python3\n---\n\n# Cells by the seed\n"]
    outputs = []
    for number in range(cells):
        if number % 23 == 7:
            parts.append(f"## What came to {number}\n")
        if random.random() < 0.6:
            parts += ["\n".join(random.choices(SENTENCES, k=random.randint(1, 6))) + "\n"]
        caption = " ".join(random.choices(SENTENCES[:5], k=random.randint(1, 4)))
        options = FIGURE.format(f"{seed}-{number}", caption) if number in with_figure else ""
        parts.append(f"```{{code-cell}} ipython3\n{options}{_code(random)}\n```\n")
        shown = [_printed(random)] if random.random() < 0.7 else []
        shown += [_drawn(random)] if number in with_figure else []
        outputs.append([output for output in shown if output])
    return "\n".join(parts), outputs


def _code(random: Random) -> str:
    length = random.choice(LENGTHS)
    lines: list[str] = []
    while len(lines) < length:
        if length - len(lines) > len(BODY) and random.random() < 0.5:
            lines += ["", "", f"def function_{len(lines)}(values):", *BODY, "", ""]
        else:
            lines.append(random.choice(STATEMENTS))
    return "\n".join(lines).strip("\n")


def _printed(random: Random) -> NotebookNode | None:
    lines = random.choice(OUTPUTS)
    text = "".join(
        f"{line:4}  {random.random():.4f}  {'*' * random.randint(0, 40)}\n" for line in range(lines)
    )
    return new_output("stream", name="stdout", text=text) if text else None


def _drawn(random: Random) -> NotebookNode:
    height = random.choice(HEIGHTS)
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="360" height="{height}">'
        f'<rect x="2" y="2" width="356" height="{height - 4}" fill="#eef2f7" stroke="#1f4e79" stroke-width="2"/></svg>'
    )
    return new_output("display_data", {"image/svg+xml": svg, "text/plain": "<Figure>"})
