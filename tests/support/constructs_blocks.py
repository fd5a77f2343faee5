"""The constructs on the page of blocks, section by section, as they are to stand in the notebooks below their headings."""

EXPECTED = {
    "Blocks": "",
    "Lists": """
- one
- two
  - deep
    1. first
    2. second
- three

3. three
4. four

- A paragraph.

  Another, with code:

  ```python
  x = 1

  y = 2
  ```

- The last, with $$x = 1$$

  and

  $$
  y = 2
  $$
""",
    "Definitions": """
- **term one**

  What it *means*.

- **term `two`**

  First.

  Second.
""",
    "Pipe table": r"""
| Name | Value | Sum |
| :--- | :---: | ---: |
| <code>a&#124;b</code> | $\lvert x\rvert$ | 1 |
| a \| b | $\vert x\vert$ | 22 |
| `` `c` `` | **b** | [x](https://example.org/a%7Cb) |
""",
    "List table": r"""
<a id="tab-sizes"></a>**Table 1.1.** Sizes of *things*

| Thing | Size |
| --- | --- |
| a \| b | • one<br>• two |
| code | `x = 1`<br>`y = 2` |
| two<br>paragraphs | $\displaystyle \vert x\vert = 1$ |
""",
    "Table without a head": """
|  |  |
| --- | --- |
| a | b |
""",
    "Table within a table": """
| outer | inside |
| --- | --- |
| a | inner, more<br>one, two |
""",
    "Figure": """
![A dot.](../../img/dot.svg)

<a id="fig-dot"></a>**Figure 1.1.** A *dot* of $x$.

The legend says more.
""",
    "Image": """
![A dot](../../img/dot.svg)

![Another dot](../../img/dot.svg)

![A dot without words.](../../img/dot.svg)
""",
    "Equations": r"""
Within $x_1 * y_2$, and alone

$$
x = 1
$$

<a id="equation-eq-line"></a>

$$
y = \frac{1}{2} \tag{1.2}
$$

$$
\begin{aligned}
a &= b \\
c &= d
\end{aligned}
$$

<a id="equation-eq-aligned"></a>

$$
\begin{aligned}
a &= b \\
c &= d
\end{aligned} \tag{1.3}
$$

$$
f = \begin{cases} 1 \\ 2 \end{cases}
$$

See [(1.3)](#equation-eq-aligned).
""",
    "Environments": r"""
$$
\begin{aligned}
a &= b \\
c &= d
\end{aligned} \tag{1.4}
$$

$$
x = 1
$$

$$
\begin{gathered}
a = b \\
c = d
\end{gathered} \tag{1.5}
$$
""",
    "Samples": """
```python
def f():
    return "$x$"
```

```bash
ls | wc
```

```
nothing
```

````markdown
```{note}
A *note* with {ref}`x`.
```
````

<a id="lst-shell"></a>**Listing 1.1.** A *command*

```bash
ls -l
```
""",
    "Quotes": """
> Said *so*.
>
> - and
> - more

> Words.
>
> — Somebody
""",
    "Named paragraph": """
<a id="par-named"></a>This paragraph has a name.
""",
    "Glossary": """
- <a id="term-tide"></a>**tide**

  Water that comes and goes, as the [wave](#term-wave).

- <a id="term-wave"></a>**wave**

  Water that moves.
""",
    "Line block": """
One line<br>
Another
""",
    "Fields": """
- **Width *w***: 3 cm
- **Height**: as **much**
""",
    "Functions": """
<a id="waves.wave"></a>**`waves.wave(x, *, high=1)`**

> Make a *wave*.

<a id="waves.still"></a>**`waves.still()`**
""",
}
