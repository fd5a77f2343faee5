"""Checks of the sources: what Sphinx has read of them, and what it warned of, with the author's own lines."""

from toolchain.check.base import Check
from toolchain.check.sources.absolute_paths import AbsolutePath
from toolchain.check.sources.bibliographies import UnsettableEntry
from toolchain.check.sources.cells import CellThatIsNone
from toolchain.check.sources.code import WideCode
from toolchain.check.sources.description import (
    KeyWithoutEffect,
    OptionWithoutEffect,
    SecondOfAPair,
    UnknownKey,
)
from toolchain.check.sources.dialects import ForeignDialect
from toolchain.check.sources.expressions import ExpressionWithoutValue, RepeatedNumber, UngluedValue
from toolchain.check.sources.extensions import CodeElsewhere, OnSiteOnly
from toolchain.check.sources.formulas import UnknownToMathJax
from toolchain.check.sources.front_matter import MisfitFrontMatter, MisplacedPrerequisite, TopicWithoutForum
from toolchain.check.sources.images import (
    EnormousImage,
    ForeignFile,
    MissingAlternative,
    MissingImage,
    UnusedImage,
)
from toolchain.check.sources.installing import CellThatInstalls
from toolchain.check.sources.labels import DuplicateLabel, UnusedLabel
from toolchain.check.sources.latex_files import FileOutside
from toolchain.check.sources.prose import TypedAddress, TypedNumber
from toolchain.check.sources.references import ReferenceToNothing, UnknownCitation
from toolchain.check.sources.slips import NearlyMarkup, Unclosed, UnknownName
from toolchain.check.sources.structure import (
    MissingHeading,
    SkippedLevel,
    UnlistedPage,
    UnreadPage,
    WrongTops,
)

CHECKS: tuple[Check, ...] = (
    DuplicateLabel(),
    ReferenceToNothing(),
    UnknownCitation(),
    UnusedLabel(),
    TypedNumber(),
    MissingImage(),
    UnusedImage(),
    MissingAlternative(),
    UnlistedPage(),
    SkippedLevel(),
    WrongTops(),
    WideCode(),
    TypedAddress(),
    MissingHeading(),
    UnreadPage(),
    MisfitFrontMatter(),
    MisplacedPrerequisite(),
    TopicWithoutForum(),
    ForeignFile(),
    UnsettableEntry(),
    EnormousImage(),
    FileOutside(),
    Unclosed(),
    UnknownName(),
    NearlyMarkup(),
    UnknownToMathJax(),
    ForeignDialect(),
    CellThatIsNone(),
    AbsolutePath(),
    ExpressionWithoutValue(),
    RepeatedNumber(),
    KeyWithoutEffect(),
    UnknownKey(),
    SecondOfAPair(),
    OnSiteOnly(),
    CodeElsewhere(),
    UngluedValue(),
    CellThatInstalls(),
    OptionWithoutEffect(),
)
