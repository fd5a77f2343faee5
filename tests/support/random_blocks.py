"""What a book that is edited at random is made of: blocks of text, files, settings; each in some of its many shapes."""

SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="{0}" height="{0}"><rect width="{0}" height="{0}"/></svg>\n'
BOOK_TOML = """\
[book]
title = "{title}"
slug = "edited"
authors = ["Its author"]
{book}
[check]
errors = ["all"]
{tables}
"""
WORK = "@book{{{key}, author = {{{author}}}, title = {{{title} {0}}}, year = {{{year}}}, publisher = {{A press}}}}\n"
WAVE = WORK.replace("{key}", "wave").replace("{title}", "Waves").replace("{author}", "Its author")
TIDE = WORK.replace("{key}", "tide").replace("{title}", "Tides").replace("{author}", "Another author")
FOAM = WORK.replace("{key}", "foam").replace("{title}", "Foam").replace("{author}", "Its author")
CONF = "from toolchain.sphinxext import configuration\nglobals().update(configuration(__file__))\n"
IF_CONFIG = "def setup(app):\n    app.add_config_value('draft', {0}, 'env')\n"
COUNTING = """\
def count(app, pagename, templatename, context, doctree):
    context["body"] = f"{{context.get('body')}}<p>{{len(app.env.domains.standard_domain.labels)}} labels</p>"
def setup(app):
    app.connect("html-page-context", count)
"""
GLUE = "display({word}, metadata={{'scrapbook': {{'name': '{label}', 'mime_prefix': ''}}}})"
DRAWN = 'SVG(\'<svg xmlns="http://www.w3.org/2000/svg" width="{word}" height="9"><rect width="9" height="9"/></svg>\')'
FILES: dict[str, tuple[str | None, ...]] = {
    "img/square.svg": (SVG,),
    "book/pictures/square.svg": (SVG,),
    "book/pictures/absent.svg": (None, SVG),
    "book/absent.txt": (None, "It is there.\n"),
    "book/included.txt": ("Included {0}.\n", "Included {0}, by {{numref}}`twice`, {{cite:t}}`tide`.\n"),
    "book/snippet.txt": (
        "(snippet)=\n### A snippet of {0}\n\nBy {{ref}}`twice`.\n",
        "A sentence, ![in it](/../img/square.svg), of {0}.\n",
        "```{{note}}\nA note of {0}.\n```\n\n```{{include}} /included.txt\n```\n",
    ),
    "book/sample.py": ("x = {0}\n", "def f():\n    return {0}\n"),
    "book/table.csv": ("a,b\n1,{0}\n", "a,b\n1,{0}\n3,4\n"),
    "bib/waves.bib": (
        WAVE.replace("{year}", "19{0}") + TIDE.replace("{year}", "2001"),
        WAVE.replace("{year}", "1901") + TIDE.replace("{year}", "20{0}"),
        TIDE.replace("{year}", "2001"),
        WAVE.replace("{year}", "1901") + TIDE.replace("{year}", "2001") + FOAM.replace("{year}", "1901"),
        WAVE.replace("wave,", "wave{0},").replace("{year}", "1901") + TIDE.replace("{year}", "2001"),
    ),
    "bib/others.bib": (
        None,
        FOAM.replace("{year}", "1901"),
        FOAM.replace("{year}", "20{0}") + WAVE.replace("wave,", "spray,").replace("{year}", "1901"),
    ),
    "_config/theme/own.css": (None, "p {{ color: #1112{0}; }}\n"),
    "_config/templates/layout.html": (
        None,
        '{{% extends "!layout.html" %}}\n{{% block extrahead %}}<meta name="own" content="{0}">{{% endblock %}}\n',
    ),
    "_config/conf.py": (
        CONF,
        CONF,
        CONF + "html_show_sphinx = True\n",
        CONF + "numfig_format['figure'] = 'Fig. %s of {0}'\n",
        CONF + "numfig_format['section'] = '{{name}}, {{number}}'\n",
        CONF + "numfig_secnum_depth = 2\n",
        CONF + "numfig = False\n",
        CONF + "math_eqref_format = 'Eq. {{number}}'\n",
        CONF + "math_number_all = True\n",
        CONF + "myst_substitutions = {{'sub': 'a value of {0}'}}\n",
        CONF + "myst_heading_anchors = 1\n",
        CONF + "templates_path = ['templates']\n",
        CONF + "html_theme_options['show_toc_level'] = 1\n",
        CONF + "html_theme_options['announcement'] = 'Announced {0}'\n",
        CONF + "html_last_updated_fmt = '%Y'\n",
        CONF + "html_use_index = False\n",
        CONF + "exclude_patterns.append('page3.md')\n",
        CONF + "nitpicky = False\n",
        CONF + "extensions.append('sphinx.ext.todo')\ntodo_include_todos = True\n",
        CONF + "extensions.append('sphinx.ext.autosectionlabel')\n",
        CONF + "def setup(app):\n    app.connect('source-read', lambda app, name, text: None)\n",
        CONF + "html_secnumber_suffix = ' - '\n",
        CONF + "toc_object_entries = False\n",
        CONF + "html_copy_source = True\nhtml_theme_options['use_source_button'] = True\n",
        CONF + "html_baseurl = 'https://example.org/{0}/'\n",
        CONF + "language = 'de'\n",
        CONF
        + "extensions.append('sphinx.ext.autosectionlabel')\nsuppress_warnings = ['autosectionlabel.*']\n",
        CONF + "extensions.append('sphinx.ext.autosectionlabel')\nautosectionlabel_prefix_document = True\n",
        CONF
        + "extensions.append('sphinx.ext.extlinks')\nextlinks = {{'ext': ('https://example.org/{0}/%s', 'E %s')}}\n",
        CONF + "extensions.append('sphinx.ext.ifconfig')\n" + IF_CONFIG,
        CONF + "tags.add('draft')\n",
        CONF + "math_numfig = False\n",
        CONF + "numfig_secnum_depth = 0\n",
        CONF + "pygments_style = 'monokai'\n",
        CONF + "highlight_language = 'none'\n",
        CONF + "default_role = 'math'\n",
        CONF + "bibtex_reference_style = 'label'\n",
        CONF + "bibtex_default_style = 'alpha'\n",
        CONF + "html_title = 'The site {0}'\n",
        CONF + "html_domain_indices = False\n",
        CONF + "add_module_names = False\n",
        CONF + "html_permalinks_icon = '{0}'\n",
        CONF + "suppress_warnings = ['ref.*', 'myst.*']\n",
        CONF + "myst_enable_extensions = []\n",
        CONF + COUNTING,
    ),
}
"""By its path: what may stand in a file, or that there may be none; each is a format for a number of two digits."""
ABSENT = ("book/pictures/absent.svg", "book/absent.txt")
"""Files that pages name, and that may be there or not."""
SETTINGS: dict[str, tuple[str, ...]] = {
    "book": (
        "",
        'language = "de"',
        'edition = "Edition {0}"',
        'subtitle = "Of {0}"',
        'text_licence = "CC-BY-4.0"',
        'repository = "https://github.com/somebody/edited"\nbranch = "edition-{0}"',
        'copyright = "Somebody {0}"',
        'description = "A description {0}."',
        'repository = "https://github.com/somebody/edited"',
        'site = "https://example.org/{0}/"',
        'recurring = ["A section"]',
        'forum = "https://forum.example.org/t/{{topic}}"',
    ),
    "tables": (
        "",
        "[bibliography]\nper_chapter = true",
        '[bibliography]\nstyle = "numeric"',
        '[bibliography]\nstyle = "numeric"\nper_chapter = true',
        '[html]\noutputs = "static"',
        "[notebooks]\noutputs = true",
        "[pdf]\noutput_lines = {0}",
    ),
}
"""What book.toml may say besides, by where."""
NUMBERED, LETTERED, PLAIN = ":numbered: 2", ":numbered: 2\n:class: appendix", ""
DEPTHS = ("", ":maxdepth: 1", ":maxdepth: 2", ":maxdepth: 1\n:titlesonly:", ":hidden:")
LISTINGS = (
    *(NUMBERED, LETTERED, PLAIN, ":numbered:", f"{NUMBERED}\n:caption: A part", ":caption: A part of many"),
    *(":glob:", ":reversed:", f"{NUMBERED}\n:name: the-list\n:caption: Named", ":includehidden:"),
)
"""Options of a list of pages."""
FRONTS = (
    *("bundle: false", "orphan: true", "tocdepth: 1", "tocdepth: 2", "discuss: 12", "prerequisites: [page1]"),
    *("title: Another title", "html_theme.sidebar_secondary.remove: true", "author: Somebody", "discuss: 13"),
    *(
        "myst: {heading_anchors: 1}",
        "myst: {enable_extensions: []}",
        "myst: {title_to_header: true}\ntitle: A header",
    ),
    *("html_meta: {description: Of a page}", "myst: {substitutions: {sub: of the page}}", "no-search: true"),
)
"""What a page's front matter may say besides."""
TEXTS = {
    "sentence": "A sentence of {word}. {reference} {reference2}\n",
    "section": "({label})=\n## A section of *{word}*\n\nIts text. {reference}\n",
    "subsection": "({label})=\n### A subsection of {word}\n\nIts text. {reference}\n",
    "headed": "({label})=\n## By {reference}\n\nAnd {word}.\n",
    "figure": "```{{figure}} /../img/square.svg\n:name: {label}\n:alt: A square\n\nWith {word}, {reference}.\n```\n",
    "nameless": "```{{figure}} /../img/square.svg\n:alt: A square\n\nWith {word}, {reference}.\n```\n",
    "table": ":::{{list-table}} Table of {word}\n:name: {label}\n\n* - one\n  - {reference}\n:::\n",
    "csv": "```{{csv-table}} Of a file, {word}\n:name: {label}\n:file: table.csv\n:header-rows: 1\n```\n",
    "equation": "$$ x = {word} $$ ({label})\n",
    "math": "```{{math}}\n:label: {label}\nx = {word}\n```\n",
    "align": "\\begin{{align}}\nx &= {word} \\\\\ny &= 1\n\\end{{align}}\n",
    "code": "```{{code-block}} python\n:name: {label}\n:caption: Listing of {word}\n\nx = {word}\n```\n",
    "sample": "```{{literalinclude}} /sample.py\n:name: {label}\n:caption: Of a file, {word}\n```\n",
    "note": "```{{note}}\nA note of {word}. {reference}\n```\n",
    "admonition": "```{{admonition}} About {word}: {reference}\n:name: {label}\nIts text. {reference2}\n```\n",
    "margin": "```{{margin}}\nBeside it {word}. {reference}\n```\n",
    "tabs": "````{{tab-set}}\n```{{tab-item}} Tab {word}\n{reference}\n```\n````\n",
    "paragraph": "({label})=\nA paragraph of {word}. {reference}\n",
    "include": "```{{include}} /included.txt\n```\n\nAfter it {word}.\n",
    "snippet": "```{{include}} /snippet.txt\n```\n\nAfter it {word}.\n",
    "picture": "Another [](/pictures/square.svg) of the name.\n\n```{{image}} /pictures/square.svg\n:alt: A square\n```\n",
    "absent": "```{{figure}} /pictures/absent.svg\n:name: {label}\n:alt: It may be there\n\nOr not, {word}.\n```\n",
    "absentinclude": "```{{include}} /absent.txt\n```\n\nAfter it {word}.\n",
    "download": "A {{download}}`file </pictures/square.svg>` of {word}, or {{download}}`none </absent.txt>`.\n",
    "link": "[A file](/absent.txt), [a place](#a-section-of-{word}), [a page](/page{word}.md). {reference}\n",
    "unknown": "{{nonsense}}`{word}` {reference}\n",
    "twice": "(twice)=\n## A heading, perhaps twice: {word}\n\n{reference}\n",
    "card": "::::{{grid}} 2\n:::{{grid-item-card}} A card of {word}\n:link: twice\n:link-type: ref\n{reference}\n:::\n::::\n",
    "footnote": "A sentence with a note.[^{label}]\n\n[^{label}]: The note {word}. {reference}\n",
    "term": "```{{glossary}}\n{label}\n  A word of {word}.\n```\n\n```{{index}} entry {word}\n```\n",
    "index": "```{{index}} single: entry {word}; of {label}\n```\n\nAn {{index}}`entry {word}` in the text. {reference}\n",
    "function": "```{{py:function}} sea.{label}(x)\nIt does {word}. {reference}\n```\n",
    "substitution": "There is {{{{ sub }}}}, {word}.\n",
    "works": "```{{bibliography}} others.bib\n:keyprefix: {word}-\n```\n\nBy {{cite:t}}`{word}-foam`.\n",
    "cited": "```{{bibliography}}\n:filter: docname in docnames\n:keyprefix: {label}\n```\n",
    "contents": "```{{contents}}\n:local:\n```\n\nIt has {word}.\n",
    "only": "```{{only}} html\nOn the site {word}. {reference}\n```\n",
    "raw": '<div id="own-{label}">Of {word}</div>\n\nSee <a href="page2.html">it</a>, <a href="#own-{label}">this</a>.\n',
    "todo": "```{{todo}}\nTo do {word}. {reference}\n```\n",
    "cell": "```{{code-cell}} ipython3\n{word} + 1\n```\n",
    "tagged": "```{{code-cell}} ipython3\n:tags: [{tag}]\nprint({word})\n```\n",
    "glued": f"```{{{{code-cell}}}} ipython3\n{GLUE}\n```\n",
    "drawn": "```{{code-cell}} ipython3\n---\nmystnb:\n  figure:\n    name: {label}\n    caption: Drawn {word}\n---\n"
    f"from IPython.display import SVG\n{DRAWN}\n```\n",
    "paste": "```{{glue}} {glued}\n:doc: {page}.md\n```\n\nIt was pasted, {word}.\n",
    "role": "```{{eval-rst}}\n.. role:: {label}\n   :class: c{word}\n```\n\nAnd {{{label}}}`own {word}`.\n",
    "defaultrole": "```{{eval-rst}}\n.. default-role:: math\n\n`x_{word}`\n```\n",
    "restructured": "```{{eval-rst}}\nSome `x_{word}`, :emphasis:`words`, [cit]_, |sub|, {word}. [#]_\n\n.. [#] A note {word}.\n```\n",
    "citation": "```{{eval-rst}}\n.. [cit] A citation of {word}.\n\n.. |sub| replace:: words of {word}\n```\n",
    "ocean": "```{{glossary}}\nocean\n  A word of {word}. {reference}\n\nsea\n  Another.\n```\n",
    "oceans": "In the {{term}}`ocean` by the {{term}}`SEA`, {word}.\n",
    "draft": "```{{only}} draft\nIn a draft {word}. {reference}\n\n(draft-{label})=\n## A draft\n```\n",
    "variable": "```{{envvar}} OCEAN\nOf {word}.\n```\n\nBy {{envvar}}`OCEAN`.\n",
    "option": "```{{program}} sail\n```\n\n```{{option}} --wind {word}\nIt blows. {reference}\n```\n\nBy {{option}}`sail --wind`.\n",
    "cplusplus": "```{{cpp:function}} int sea::{label}(int x)\nIt does {word}.\n```\n",
    "class": "```{{py:module}} ocean\n```\n\n````{{py:class}} Ship\n```{{py:method}} sail_{word}()\n```\n````\n"
    "\n{{py:class}}`ocean.Ship`, {{py:mod}}`ocean`, {{py:meth}}`~ocean.Ship.sail_{word}`\n",
    "added": "```{{versionadded}} {word}\nIt is new. {reference}\n```\n",
    "numbered": "Notes.[^1] And [^2]\n\n[^1]: One {word}.\n[^2]: Two. {reference}\n",
    "todos": "```{{todolist}}\n```\n\nAll of them, {word}.\n",
    "executed": "```{{nb-exec-table}}\n```\n\nThey took {word}.\n",
    "highlight": "```{{highlight}} c\n```\n\n```\nint x = {word};\n```\n\n::\n\n    def x\n",
    "see": "```{{index}} see: entry {word}; entry 1\n```\n\n```{{index}} pair: entry; {word}\n```\n\nAn entry.\n",
    "lines": "```{{literalinclude}} /sample.py\n:lines: 2-\n:emphasize-lines: 1\n```\n\nLines, {word}.\n",
    "whole": "```{{include}} /included.txt\n:literal:\n```\n\nA file, {word}.\n",
    "part": "```{{include}} /snippet.txt\n:start-after: A\n:heading-offset: 1\n```\n\nA part, {word}.\n",
    "latex": "\\begin{{equation}}\\label{{{label}}}\nx = {word}\n\\end{{equation}}\n\nBy {{eq}}`{label}`.\n",
    "ext": "By {{ext}}`{word}`. {reference}\n",
    "auto": "In {{ref}}`A section of *{word}*`, {{ref}}`page1:Page1`.\n",
    "value": "```{{eval}} {word}\n```\n\n{{eval}}`{word} + 1` and {{glue:text}}`glued-{word}`.\n",
    "nested": "````{{admonition}} Outer {word}\n```{{figure}} /../img/square.svg\n:name: {label}\n:alt: A\n\nInner {word}\n```\n````\n",
    "failing": "```{{code-cell}} ipython3\n1 / 0, {word}\n```\n",
}
"""Of each kind of block."""
RARE = {"failing": 0.4, "sentence": 12.0, "section": 3.0, "figure": 2.0, "paste": 2.0, "glued": 1.5}
"""How often a kind comes, if not once."""
CELLS = frozenset({"cell", "tagged", "glued", "drawn", "failing"})
IDENTIFIERS = frozenset({"function", "cplusplus", "role"})
"""Kinds whose labels are names in a program."""
TAGS = ("hide-input", "hide-output", "remove-output", "remove-cell", "raises-exception", "hide-cell")
REFERENCES = {
    **dict.fromkeys(("equation", "math"), "By {{eq}}`{0}`, $\\eqref{{{0}}}$."),
    "term": "A {{term}}`{0}`.",
    "section": "In {{ref}}`{0}`, {{numref}}`{0}`.",
    "subsection": "In {{ref}}`{0}`, {{numref}}`{0}`.",
    "headed": "In {{ref}}`{0}`, {{numref}}`so {{name}} <{0}>`.",
    **dict.fromkeys(("figure", "table", "csv", "code", "sample", "absent", "drawn"), "In {{numref}}`{0}`."),
    "admonition": "In {{ref}}`the box <{0}>`, {{ref}}`{0}`.",
    "paragraph": "In {{ref}}`that <{0}>`, [](#{0}).",
    "function": "By {{py:func}}`sea.{0}`.",
    "role": "By {{{0}}}`words`.",
    "cplusplus": "By {{cpp:func}}`sea::{0}`.",
    "latex": "By {{eq}}`{0}`, $\\text{{by \\eqref{{{0}}}}}$.",
    "nested": "In {{numref}}`{0}`.",
    "page": "See {{doc}}`{0}` and [it]({0}.md).",
    "chapter": "See {{ref}}`chap-{0}`, {{numref}}`chap-{0}`.",
    "entry": "By {{cite:t}}`{0}`, {{cite:p}}`{0}`.",
    "twice": "In {{ref}}`twice`, {{numref}}`twice`, [](#twice).",
    "any": "See {{any}}`{0}`, [](#{0}), [](page2.md#{0}).",
}
"""To each kind of thing that has a name."""
