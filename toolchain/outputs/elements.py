"""Elements of HTML that only show something, and their attributes: nothing in them runs or loads what is elsewhere."""

TAGS = {
    "a", "abbr", "b", "bdi", "bdo", "blockquote", "br", "caption", "center", "cite", "code", "col", "colgroup", "dd",
    "del", "details", "dfn", "div", "dl", "dt", "em", "figcaption", "figure", "font", "h1", "h2", "h3", "h4", "h5", "h6",
    "header", "hr", "i", "img", "input", "ins", "kbd", "label", "li", "mark", "ol", "p", "pre", "q", "s", "samp",
    "section", "small", "span", "strike", "strong", "style", "sub", "summary", "sup", "table", "tbody", "td", "tfoot",
    "th", "thead", "time", "tr", "tt", "u", "ul", "var", "wbr",
    "circle", "defs", "desc", "ellipse", "g", "line", "path", "polygon", "polyline", "rect", "svg", "symbol", "text",
    "title", "tspan", "use",
}  # fmt: skip
ATTRIBUTES = {
    "*": {
        "align", "bgcolor", "border", "class", "color", "dir", "height", "hidden", "id", "lang", "role", "style", "title",
        "valign", "width",
        "cx", "cy", "d", "dx", "dy", "fill", "fill-opacity", "font-size", "font-weight", "opacity", "points",
        "preserveAspectRatio", "r", "rx", "ry", "stroke", "stroke-linecap", "stroke-linejoin", "stroke-width",
        "text-anchor", "transform", "viewBox", "x", "x1", "x2", "y", "y1", "y2",
    },
    "a": {"href"},
    "col": {"span"},
    "colgroup": {"span"},
    "details": {"open"},
    "font": {"face", "size"},
    "img": {"alt", "src"},
    "input": {"checked", "disabled", "type"},
    "label": {"for"},
    "ol": {"reversed", "start", "type"},
    "td": {"colspan", "headers", "rowspan"},
    "th": {"abbr", "colspan", "headers", "rowspan", "scope"},
    "time": {"datetime"},
    "use": {"href"},
}  # fmt: skip
FORMULAS = "output-formulas"
"""Class of what asks for formulas where no script is let through: those that are made without a script are set there."""
