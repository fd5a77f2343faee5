"""Charts that scripts draw from a table of JSON: those of Vega, such as Altair's, and of Plotly.

Their libraries also write HTML whose scripts come from another host, with the same table in it. The table is taken out of it.
"""

import json
import re
from typing import Any

from toolchain.outputs.reprs import is_name

MIMES = {
    **{f"application/vnd.vega.v{version}+json": "vega" for version in range(2, 10)},
    **{f"application/vnd.vegalite.v{version}+json": "vega-lite" for version in range(1, 10)},
    "application/vnd.plotly.v1+json": "plotly",
}
"""The kinds of charts, by their mime types."""
LIBRARIES = ("vega", "plotly")
HTML, PLAIN = "text/html", "text/plain"
SCHEMA = re.compile(
    r"https://vega\.github\.io/schema/(?P<kind>vega(?:-lite)?)/(?P<version>v\d{1,3})(?:\.[\d.]+)?\.json"
)
ALTAIR = re.compile(r"\}\)\((?=\{)")
PLOTLY = re.compile(r"Plotly\.newPlot\(\s*(?=[\"'])")
PREPARES_PLOTLY = re.compile(r"(?:\s*<script[^>]*>(?:(?!</script).)*</script>)+\s*", re.DOTALL)
BETWEEN = re.compile(r"\s*,?\s*")
DECODER = json.JSONDecoder()


def usual(kind: str) -> str:
    """Return a mime type as others have it: Altair has a dot where they have a plus."""
    return re.sub(r"(vega(?:lite)?\.v\d)\.json$", r"\1+json", kind)


def library(kind: str) -> str:
    """Return what draws a mime type, `vega` or `plotly`; empty if it is of no chart that is known."""
    return MIMES.get(usual(kind), "").partition("-")[0]


def forms(data: dict[str, Any], prefix: str, drawn: tuple[str, ...]) -> dict[str, Any]:
    """Return the forms of an output with its chart, if it is one, as its table and under its usual mime type.

    `drawn` are the libraries that the site has. HTML that loads one of them from elsewhere is left out then, and so is what
    nothing draws beside a picture.
    """
    html = "".join(data[prefix + HTML]) if isinstance(data.get(prefix + HTML), str | list) else ""
    charts = {
        kind: value
        for kind, value in data.items()
        if kind.startswith(prefix) and library(kind.removeprefix(prefix))
    } or {prefix + kind: table for kind, table in _in_html(html).items()}
    if not charts:
        prepares = "plotly" in drawn and "PlotlyConfig" in html and PREPARES_PLOTLY.fullmatch(html)
        return {} if prepares and data.keys() <= {prefix + HTML, prefix + PLAIN} else data
    has_library = all(library(kind.removeprefix(prefix)) in drawn for kind in charts)
    has_picture = any(kind.startswith(f"{prefix}image/") for kind in data)
    left_out = {*charts, *([prefix + HTML] if has_library or has_picture else [])}
    plain = data.get(prefix + PLAIN)
    if isinstance(plain, str | list) and has_library and is_name("".join(map(str, plain))):
        left_out.add(prefix + PLAIN)
    others = {kind: value for kind, value in data.items() if kind not in left_out}
    if has_picture and not has_library:
        return others
    return others | {usual(kind): table for kind, table in charts.items()}


def _in_html(html: str) -> dict[str, Any]:
    """Return the table of the chart that some HTML draws, by its mime type; nothing if it is none that is known."""
    try:
        if "vegaEmbed" in html and (start := ALTAIR.search(html)):
            table = DECODER.raw_decode(html, start.end())[0]
            schema = SCHEMA.fullmatch(str(table.get("$schema")))
            if schema:
                return {f"application/vnd.{schema['kind'].replace('-', '')}.{schema['version']}+json": table}
        elif start := PLOTLY.search(html):
            at, found = start.end(), []
            for _ in ("id", "data", "layout"):
                value, at = DECODER.raw_decode(html, at)
                at = BETWEEN.match(html, at).end()  # type: ignore[union-attr] # it matches nothing, too
                found.append(value)
            return {"application/vnd.plotly.v1+json": {"data": found[1], "layout": found[2]}}
    except (ValueError, RecursionError, AttributeError):
        pass
    return {}
