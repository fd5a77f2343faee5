"""What mystmd calls things that have another name, or no equal, here."""

ADMONITIONS = frozenset(
    {"attention", "caution", "danger", "error", "hint", "important", "note", "seealso", "tip", "warning"}
)
TITLED = ADMONITIONS | {"admonition", "card", "dropdown", "topic", "sidebar", "tab-item"}
"""Directives whose argument is their title."""
DIRECTIVES = {"aside": "margin", "code": "code-block", "blockquote": "epigraph", "pull-quote": "epigraph"}
"""Directives that have another name here."""
OF_EXTENSIONS = {
    "exercise": "sphinx_exercise",
    "solution": "sphinx_exercise",
    "prf": "sphinx_proof",
    "mermaid": "sphinxcontrib.mermaid",
}
"""Directives, or their domains, with the extension of Sphinx that has them."""
KNOWN_DIRECTIVES = ADMONITIONS | frozenset(
    {
        *(
            "admonition",
            "bibliography",
            "button-link",
            "button-ref",
            "card",
            "card-carousel",
            "code-block",
            "code-cell",
        ),
        *(
            "compound",
            "container",
            "contents",
            "csv-table",
            "deprecated",
            "div",
            "doctest",
            "dropdown",
            "epigraph",
        ),
        *(
            "eval",
            "eval-rst",
            "figure",
            "glossary",
            "glue",
            "glue:figure",
            "glue:math",
            "grid",
            "grid-item",
            "raw-cell",
        ),
        *(
            "grid-item-card",
            "highlights",
            "hlist",
            "image",
            "include",
            "index",
            "list-table",
            "literalinclude",
        ),
        *(
            "margin",
            "math",
            "only",
            "parsed-literal",
            "raw",
            "rubric",
            "sidebar",
            "tab-item",
            "tab-set",
            "table",
        ),
        *(
            "tableofcontents",
            "toctree",
            "topic",
            "version-added",
            "versionadded",
            "versionchanged",
            "eval:figure",
        ),
    }
)
SHAPE = {"alt", "height", "width", "scale", "align", "target", "class", "name"}
CARD = {
    *(
        "width",
        "margin",
        "text-align",
        "img-background",
        "img-top",
        "img-bottom",
        "img-alt",
        "link",
        "link-type",
    ),
    *("link-alt", "shadow", "class-card", "class-header", "class-body", "class-title", "class-footer"),
}
OPTIONS = {
    "figure": SHAPE | {"figwidth", "figclass"},
    "image": SHAPE,
    "table": {"name", "align", "width", "widths", "class"},
    "list-table": {"name", "align", "width", "widths", "class", "header-rows", "stub-columns"},
    "csv-table": {
        *(
            "name",
            "align",
            "width",
            "widths",
            "class",
            "header-rows",
            "stub-columns",
            "header",
            "file",
            "url",
            "delim",
        ),
        *("quote", "escape", "keepspace", "encoding"),
    },
    "code-block": {
        *("name", "caption", "class", "linenos", "lineno-start", "emphasize-lines", "dedent", "force"),
    },
    "tab-set": {"sync-group", "class"},
    "tab-item": {"sync", "selected", "name", "class-container", "class-label", "class-content"},
    "math": {"label", "nowrap", "class", "name"},
    "margin": {"class", "name"},
    **dict.fromkeys(("card", "grid-item-card"), CARD),
    "grid": {"gutter", "margin", "padding", "outline", "reverse", "class-container", "class-row"},
    **{name: {"class", "name"} for name in (*ADMONITIONS, "admonition")},
    "dropdown": {
        "open",
        "color",
        "icon",
        "animate",
        "margin",
        "name",
        "class-container",
        "class-title",
        "class-body",
    },
}
"""What directives may have here, of those that have more there."""
OWN_LABELS = frozenset({"math", "exercise", "solution"})
"""Directives whose labels are an option `label` here as well, as are those of `prf`."""
NUMBERED = {
    "figure": "numref",
    "table": "numref",
    "list-table": "numref",
    "csv-table": "numref",
    "code-block": "numref",
    "code": "numref",
    "math": "eq",
    "exercise": "ref",
    "solution": "ref",
}
"""The role of a reference to each directive; of any other one by its title."""
ROLES = {
    "abbreviation": "abbr",
    "keyboard": "kbd",
    "subscript": "sub",
    "superscript": "sup",
    "citep": "cite:p",
    "citet": "cite:t",
    "cite:ps": "cite:p",
    "cite:ts": "cite:t",
    "cite:ct": "cite:t",
}
AROUND = {
    "del": ("~~", "~~"),
    "strike": ("~~", "~~"),
    "u": ("<u>", "</u>"),
    "underline": ("<u>", "</u>"),
    "chem": ("$\\ce{", "}$"),
    "chemicalFormula": ("$\\ce{", "}$"),
}
"""Roles in whose place marks stand around their words."""
KNOWN_ROLES = frozenset(
    {
        *(
            "abbr",
            "any",
            "attr",
            "class",
            "cite",
            "code",
            "command",
            "data",
            "dfn",
            "doc",
            "download",
            "emphasis",
            "envvar",
        ),
        *(
            "eq",
            "eval",
            "exc",
            "file",
            "func",
            "glue",
            "guilabel",
            "index",
            "kbd",
            "literal",
            "math",
            "menuselection",
        ),
        *(
            "meth",
            "mod",
            "nb-download",
            "numref",
            "option",
            "pep",
            "program",
            "ref",
            "rfc",
            "samp",
            "strong",
            "sub",
        ),
        *("sup", "term", "title", "octicon", "fab", "far", "fas", "button-link", "button-ref"),
    }
)
DOMAINS = frozenset({"cite", "glue", "py", "c", "cpp", "js", "prf", "std", "rst", "footcite"})
SCHEMES = {
    "doi": "https://doi.org/",
    "wiki": "https://en.wikipedia.org/wiki/",
    "rrid": "https://scicrunch.org/resolver/",
    "ror": "https://ror.org/",
    "orcid": "https://orcid.org/",
    "github": "https://github.com/",
}
"""Schemes of links that mystmd makes addresses of."""
FRONT_MATTER = frozenset(
    {
        *(
            "abstract",
            "author",
            "authors",
            "copyright",
            "date",
            "description",
            "file_format",
            "html_meta",
            "jupytext",
        ),
        *(
            "kernelspec",
            "keywords",
            "language_info",
            "license",
            "myst",
            "mystnb",
            "orphan",
            "subtitle",
            "substitutions",
        ),
        *("tags", "title", "tocdepth", "execution", "label", "math", "abbreviations"),
    }
)
"""Keys of front matter that have their effect here, or need none."""
