"""What a book's PDF needs of the system only since something stands in the book: said before anything runs."""

import re
from collections.abc import Iterator

import msgspec
from msgspec import Struct

from toolchain.base.decoding import read_loosely
from toolchain.environment.requirements import Requirement
from toolchain.project.settings import Settings
from toolchain.sources import source_files

CODE = re.compile(
    r"^(?P<fence>`{3,}|~{3,})(?![ ]*\{math\}).*?^(?P=fence)|(?<![`}])(?P<ticks>`+)(?!`|\{math\}).*?(?<!`)(?P=ticks)(?!`)",
    re.DOTALL | re.MULTILINE,
)
"""What is shown and not set as formulas; words in it are printed."""


class Use(Struct, frozen=True):
    """Something of a text that needs something of the system."""

    pattern: re.Pattern[str]
    requirement: Requirement
    in_code: bool = False
    """Whether it needs that in code, too."""


USES = (
    Use(re.compile(r"\\(?:ce|pu)\s*\{"), Requirement("mhchem.sty", "texlive-science", file="mhchem.sty")),
    Use(
        re.compile(r"\\begin\s*\{prooftree\}|\\(?:AxiomC?|(?:Unary|Binary|Trinary)InfC?)(?![A-Za-z])"),
        Requirement("bussproofs.sty", "texlive-science", file="bussproofs.sty"),
    ),
    Use(
        re.compile("[\u1100-\u11ff\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0002fa1f]+"),
        Requirement("Droid Sans Fallback", "fonts-droid-fallback", font="DroidSansFallbackFull.ttf"),
        in_code=True,
    ),
)


def requirements(settings: Settings) -> Iterator[Requirement]:
    """Yield what is missing for something that stands in the book, with the first place of it in its name."""
    missing = [use for use in USES if use.requirement.missing()]
    for path in source_files.pages(settings) if missing else ():
        text = read_loosely(path)
        formulas = CODE.sub(lambda code: re.sub(r"[^\n]", " ", code[0]), text)
        for use in list(missing):
            if found := use.pattern.search(text if use.in_code else formulas):
                missing.remove(use)
                line = text.count("\n", 0, found.start()) + 1
                place = f"{path.relative_to(settings.project).as_posix()}:{line}"
                name = f"{use.requirement.name} (for {found[0][:20]} in {place})"
                yield msgspec.structs.replace(use.requirement, name=name)
