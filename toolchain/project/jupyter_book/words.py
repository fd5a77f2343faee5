"""What to do about something, in terms of the files of a Jupyter Book, where the sentence is for a project of our own."""

import re

from toolchain.project.jupyter_book.keys import KEYS, State
from toolchain.project.sections import BookToml

CONFIG = "_config.yml"
TABLES = "|".join(BookToml.__struct_fields__)
BOOK_TOML = r"(?:_config/)?book\.toml"
CONF_PY = r"(?:_config/)?conf\.py"
TABLE = rf"\[{{1,2}}(?P<table>(?:{TABLES})(?:\.[\w-]+)*)\]{{1,2}}"
INNER_TABLE = TABLE.replace(")*", ")+")
VALUE = r"(?P<value>\[[^\]]*\]|\"[^\"]*\"|'[^']*'|\w+)"
THEIRS = {key.to: key.name for key in KEYS if key.state == State.OURS and key.to} | {
    "sources.exclude": "exclude_patterns",
    "myst.extensions": "parse.myst_enable_extensions",
    "myst.substitutions": "parse.myst_substitutions",
}
"""What a Jupyter Book calls what book.toml calls so."""
FOUND = tuple(
    map(
        re.compile,
        (
            rf"{BOOK_TOML}: {TABLE} (?P<key>\w+) = {VALUE}",
            rf"{BOOK_TOML}: {TABLE} (?P<key>\w+)(?=:)",
            rf"(?P<key>\w+) = {VALUE} in {TABLE} of {BOOK_TOML}",
            rf"`(?P<key>\w+) = {VALUE}` in {TABLE}(?: of {BOOK_TOML})?",
            rf"`(?P<key>\w+)` (?:in|of) {TABLE}(?: of {BOOK_TOML})?",
            rf"`{TABLE} (?P<key>\w+)`",
            rf"{TABLE} (?P<key>\w+) in {BOOK_TOML}",
            rf"{TABLE} (?:of|in) {BOOK_TOML}",
            rf"{BOOK_TOML}(?:: {TABLE})?",
            # Nobody has a table within another in prose; a word in brackets may be a citation.
            rf"^{INNER_TABLE} (?P<key>\w+)(?=:)",
            INNER_TABLE,
        ),
    )
)
OF_SPHINX = {key.to: key.name for key in KEYS if key.state == State.SPHINX and key.to.isidentifier()}
"""What it calls options of Sphinx for which it has keys of its own."""
OPTION = re.compile(
    rf"(?P<mark>`?)(?P<name>{'|'.join(OF_SPHINX)})(?: = (?P<value>\[[^\]]*\]))?(?P=mark) (?:of|in) {CONF_PY}"
)
SETTING = re.compile(r'\b(?P<name>\w+)(?:\["(?P<key>\w+)"\])?(?: \+?= r?(?P<value>"[^"]*"|\{.*\}))?')
"""Of conf.py, which is Python: a value that a person is to copy is to be YAML."""
AS_YAML = str.maketrans({"(": "[", ")": "]", '"': "'"})
PLACES = (
    (rf"{CONF_PY}\b", f"`sphinx: config:` of {CONFIG}"),
    (r"\.\./_config/", ""),
    (r"(?:below|in) book/data\b", "beside the page"),
    (r"\ba file in bib/", "a file that `bibtex_bibfiles` names"),
    (r"\b(in|to) img/", r"\1 the book's folder"),
    (r"\b(below|out of) book/(?!\w)", r"\1 the book's folder"),
)


def in_words_of_jupyter_book(text: str) -> str:
    """Return a sentence that names the keys and places which a Jupyter Book has."""
    for pattern in FOUND:
        text = pattern.sub(_named, text)
    text = OPTION.sub(_option, text)
    if re.search(CONF_PY, text):
        text = SETTING.sub(_in_yaml, text)
    for ours, theirs in PLACES:
        text = re.sub(ours, theirs, text)
    return text


def _named(match: re.Match[str]) -> str:
    """Return what stands for a key of book.toml: Jupyter Book's own, or the one below its table `toolchain`."""
    parts = match.groupdict()
    place = ".".join(filter(None, (parts.get("table"), parts.get("key"))))
    if not place:
        return CONFIG
    value = f" {parts['value']}" if parts.get("value") else ""
    name = THEIRS.get(place, f"toolchain.{place}")
    return f"`{name.replace('.', ': ')}:{value}` in {CONFIG}"


def _option(match: re.Match[str]) -> str:
    name = OF_SPHINX[match["name"]].replace(".", ": ")
    value = f" {match['value'].translate(AS_YAML)}" if match["value"] else ""
    return f"`{name}:{value}` in {CONFIG}"


def _in_yaml(match: re.Match[str]) -> str:
    name, key, value = match.group("name", "key", "value")
    if not (key or value):
        return name
    said = (value or "").translate(AS_YAML)
    return f"{name}: {{{key}: {said or '…'}}}" if key else f"{name}: {said}"
