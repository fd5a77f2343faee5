"""What msgspec says of a value that does not fit its type, in the words of those who have typed it."""

import re
import typing
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
from msgspec import Struct

from toolchain.base.units import count

PLACE = re.compile(r" - at `(?:key` in `)?\$\.?(?P<path>[^`]*)`$")
KINDS = re.compile(r"Expected `(?P<kinds>[^`]+)`(?P<rest>.*)", re.DOTALL)
GOT = re.compile(r", got `(?P<kind>[^`]+)`")
PATTERN = re.compile(r" matching regex '(?P<pattern>.*)'", re.DOTALL)
LENGTH = re.compile(r" of length (?P<sign>[<>]=? )?(?P<bound>\d+)(?:, got (?P<got>\d+))?")
BOUND = re.compile(r" (?P<sign>[<>]=? )(?P<bound>\S+)")
MISSING = re.compile(r"Object missing required field `(?P<field>[^`]+)`")
CHOICE = re.compile(r"Invalid enum value (?P<value>.*)", re.DOTALL)
INDEX = re.compile(r"\[[^]]*\]")
WORDS = {
    "str": "a text in quotes",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "array": "a list",
    "object": "a table",
    "null": "nothing",
    "datetime": "a date with a time",
    "date": "a date",
    "time": "a time",
}
SIGNS = {">= ": "at least ", "> ": "more than ", "<= ": "at most ", "< ": "less than ", None: ""}


def said(error: msgspec.ValidationError, kind: type[Struct], patterns: Mapping[str, str]) -> tuple[str, str]:
    """Return the key that does not fit, with dots between tables, and what is wrong with its value.

    `kind` is the type that the whole was to be. `patterns` says of each regular expression that a text may be held to
    what such texts are.
    """
    message = str(error)
    place = PLACE.search(message)
    path = INDEX.sub("", place["path"]) if place else ""
    sentence = message[: place.start()] if place else message
    if missing := MISSING.fullmatch(sentence):
        return path, f"has no `{missing['field']}`, which has to be there"
    if choice := CHOICE.fullmatch(sentence):
        return path, f"is to be {' or '.join(sorted(_choices(kind, path)))}, and is {choice['value']}"
    expected = KINDS.fullmatch(sentence)
    return path, f"is to be {_expected(expected, patterns)}" if expected else sentence


def _expected(expected: re.Match[str], patterns: Mapping[str, str]) -> str:
    rest = expected["rest"]
    wanted = " or ".join(WORDS.get(kind, kind) for kind in expected["kinds"].split(" | ") if kind != "null")
    if pattern := PATTERN.fullmatch(rest):
        meant = {repr(text)[1:-1]: words for text, words in patterns.items()}
        return meant.get(pattern["pattern"], f"{wanted}{rest}")
    if got := GOT.fullmatch(rest):
        return f"{wanted}, and is {WORDS.get(got['kind'], got['kind'])}"
    if length := LENGTH.fullmatch(rest):
        things = count(int(length["bound"]), "character" if expected["kinds"] == "str" else "thing")
        instead = f", and has {length['got']}" if length["got"] else ""
        return f"{wanted} of {SIGNS[length['sign']]}{things}{instead}"
    if bound := BOUND.fullmatch(rest):
        return f"{wanted}, {SIGNS[bound['sign']]}{bound['bound'].removesuffix('.0')}"
    return f"{wanted}{rest}"


def _choices(kind: Any, path: str) -> Iterator[str]:
    """Yield what a key may be that has one of several texts."""
    for name in filter(None, path.split(".")):
        (kind,) = (
            field.type
            for inner in _structs(kind)
            for field in msgspec.structs.fields(inner)
            if field.encode_name == name
        )
    yield from (
        repr(choice)
        for literal in _inner(kind)
        if typing.get_origin(literal) is typing.Literal
        for choice in typing.get_args(literal)
    )


def _structs(kind: Any) -> Iterator[type[Struct]]:
    return (inner for inner in _inner(kind) if isinstance(inner, type) and issubclass(inner, Struct))


def _inner(kind: Any) -> Iterator[Any]:
    """Yield a type, and all that are within it."""
    yield kind
    if typing.get_origin(kind) is not typing.Literal:
        for inner in typing.get_args(kind):
            yield from _inner(inner)
