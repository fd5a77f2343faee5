"""The constructs on all other pages, section by section, as they are to stand in the notebooks below their headings."""

EXPECTED = {
    "Code": r"""
See [Lists](../chapter_text/1.2-blocks.ipynb#sec-lists), [Figure 1.1](../chapter_text/1.2-blocks.ipynb#fig-dot), [(1.2)](../chapter_text/1.2-blocks.ipynb#equation-eq-line), [Figure 2.1](#fig-curve) and Hill \[[1999](#cite-id2)\].
""",
    "Cells": """
[code]
x = 1

Between *two*.

[code]
x
""",
    "Tags": """
[code source_hidden]
x

[code source_hidden]
x

[code outputs_hidden]
x

[code outputs_hidden source_hidden]
y = 2

[code raises-exception]
y / 0

[code outputs_hidden]
y

[code skip-execution]
z
""",
    "Drawn figure": r"""
[code]
import matplotlib.pyplot as plt

plt.plot([1, 2])
plt.show()

<a id="fig-curve"></a>**Figure 2.1.** A *curve*.

The end.

[code outputs_hidden source_hidden]
del y

## References

- <a id="cite-id2"></a>\[Hill, 1999\] Ann Hill. *Waves*. Shore, 1999.
""",
    "Text": """
- [1.1 Lines](1.1-lines.ipynb)
- [1.2 Blocks](1.2-blocks.ipynb)
- [1.3 Boxes](1.3-boxes.ipynb)
""",
    "Lines": "",
    "Emphasis": """
Words are *stressed*, **strong** or ***both***, and un*believ*able.
""",
    "Literals": """
Code is `x = 1`, with backquotes ``a `b` c`` and `` `c` ``, dollars `$5`, braces `{x}` and `<tag>`.
""",
    "Special characters": r"""
A \*star\*, snake_case and \_line\_, a \[bracket\], 1 \< 2, \<b\>, R&D and \&lt;, a # sign, a \| bar, a \\ and a \~ tilde.

It costs <span>\$</span>5, and not <span>\$</span>6 for $n$ of them.

\# No heading

\- No item

1\. No number

\+ No plus either

\> No quote
""",
    "Roles": """
Water is H<sub>2</sub>O, and there are 10<sup>3</sup> litres of <abbr title="HyperText Markup Language">HTML</abbr>. Press `Ctrl`, open `a_b.txt`, take [`the notes`](notes.txt) and $x < y$.
""",
    "Places": r"""
See [Emphasis](#sec-emphasis), [the equations](1.2-blocks.ipynb#sec-equations), [Section 1.2](1.2-blocks.ipynb#sec-blocks), [Chapter 2](../chapter_code/2-code.ipynb#chap-code), [Blocks](1.2-blocks.ipynb), [the literals](#literals), [lists](1.2-blocks.ipynb#lists), [Figure 1.1](1.2-blocks.ipynb#fig-dot), [Table 1.1](1.2-blocks.ipynb#tab-sizes), [Listing 1.1](1.2-blocks.ipynb#lst-shell), [(1.2)](1.2-blocks.ipynb#equation-eq-line), [(1.1)](#equation-eq-near), [a paragraph](1.2-blocks.ipynb#par-named), [tide](1.2-blocks.ipynb#term-tide) and [Constructs](../index.ipynb).

<a id="equation-eq-near"></a>

$$
a = b \tag{1.1}
$$
""",
    "Links": """
[A page](https://example.org/a_%28b%29?q=1&r=a%7Cb#c), [https://example.org/x_y](https://example.org/x_y), [with `code` and $x$](https://example.org) and ![a dot](../../img/dot.svg) in a line.
""",
    "Citations": r"""
It was so \[[Hill, 1999](#cite-id2)\]. Hill *et al.* \[[2004](#cite-id3)\] say more \[[Hill, 1999](#cite-id2), [Hill *et al.*, 2004](#cite-id3)\].
""",
    "Line breaks": """
One line<br>
and the next

above a rule

---

below it.
""",
    "HTML": """
A <b>bold</b> word, H<sub>2</sub>O.

<div align="center">In the middle</div>
<p>Click</p>

After a break.
""",
    "Footnotes": r"""
Words<sup>[1](#one)</sup> and more<sup>[2](#two)</sup>.

---

<a id="one"></a><sup>1</sup> The *first* one.

<a id="two"></a><sup>2</sup> The second one,

with two paragraphs.

## References

- <a id="cite-id2"></a>\[Hill, 1999\] Ann Hill. *Waves*. Shore, 1999.
- <a id="cite-id3"></a>\[Hill et al., 2004\] Ann Hill, Bo Reed, and Cy Moss. Tides_and sand. *Coasts*, 2004.
""",
    "Boxes": "",
    "Note": """
> **Note**
>
> A *note*,
>
> with two paragraphs.

> **Warning**
>
> It begins at once.

> **See also**
>
> [Lists](1.2-blocks.ipynb#sec-lists)
""",
    "Own title": """
> **Mind the $x$**
>
> Text.
""",
    "Nested": r"""
> **Tip**
>
> Outer.
>
> > **Note**
> >
> > Inner.
> >
> > ```python
> > x = 1
> > ```
> >
> > <a id="equation-eq-boxed"></a>
> >
> > $$x = 1 \tag{1.6}$$
""",
    "Exercises": """
1. Do *this*.

   <details>
   <summary>Solution</summary>

   Like **so**:

   ```python
   x = 1
   ```

   </details>

2. Do that.

<details>
<summary>Solution of f &lt; 1</summary>

$$x = 1$$

</details>
""",
    "Dropdown": """
<details>
<summary>More of it</summary>

Hidden words.

</details>
""",
    "Tabs": """
**pip**

```bash
pip install x
```

**conda**

Or

```bash
conda install x
```
""",
    "Card": """
**Title**

Words.
""",
    "Aside": """
> **Topic**
>
> Words.

> **Sidebar**
>
> Words.

> In the margin.

**Rubric**

After it.
""",
    "Literature": r"""
- <a id="id2"></a>\[Hill, 1999\] Ann Hill. *Waves*. Shore, 1999.

- <a id="id3"></a>\[Hill et al., 2004\] Ann Hill, Bo Reed, and Cy Moss. Tides_and sand. *Coasts*, 2004.
""",
}
