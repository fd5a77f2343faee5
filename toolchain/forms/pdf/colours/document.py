"""Goes through all that the pages of a PDF draw, and converts each thing once."""

from collections.abc import Callable
from contextlib import contextmanager
from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Name

from toolchain.base.errors import BuilderError
from toolchain.forms.pdf.colours import content, images, shadings
from toolchain.forms.pdf.colours.problems import UnconvertibleError
from toolchain.forms.pdf.colours.spaces import Device
from toolchain.forms.pdf.colours.targets import Luminosity, Target
from toolchain.forms.pdf.reading.inks import COMPONENTS
from toolchain.forms.pdf.reading.painter import BROKEN, resources_of

PATTERNS, PICTURE = "/ToolchainPatterns", "/ToolchainPicture"
"""Names of resources that are ours: a space of patterns that take a colour, and pictures that stood among operators."""
OF_ANNOTATIONS = ("/C", "/IC")
OF_LOOKS = ("/BC", "/BG")
REMEDY = (
    "Save what the page shows with plain colours (RGB, CMYK or greys), or leave `colours` out of the edition."
)


def convert(pdf: pikepdf.Pdf, target: Target) -> None:
    """Give all that the pages of a PDF draw the colours of a target.

    Raises BuilderError, naming the page and the thing, for what has colours that nobody can know.
    """
    conversion = Conversion(pdf, target)
    for page in pdf.pages:
        conversion.page(page)
    conversion.forget_spaces()


class Conversion:
    """What of a PDF is converted already."""

    def __init__(self, pdf: pikepdf.Pdf, target: Target) -> None:
        """Nothing is."""
        self.pdf, self.target = pdf, target
        self._done: set[tuple[int, int]] = set()
        self._resources: list[Any] = []
        self._place: list[str] = []
        self._pictures = 0

    def page(self, page: pikepdf.Page) -> None:
        """Convert a page, and what lies on it."""
        with self._at(f"page {page.label}"):
            resources = resources_of(page.obj)
            self._group(page.obj)
            data = _content(page)
            if self._concerns(data, resources):
                rewritten = self._rewritten(data, resources, content.chosen_on_a_page())
                page.obj.Contents = self.pdf.make_stream(rewritten)
            self._within(resources)
            for annotation in page.get("/Annots", ()):
                self._annotation(annotation)

    def forget_spaces(self) -> None:
        """Leave the resources no space but that of patterns: nothing asks for any other now."""
        for resources in self._resources:
            spaces = resources.get("/ColorSpace", {})
            for name in [name for name in spaces.keys() if str(name) != PATTERNS]:  # noqa: SIM118 - it is no dict
                del spaces[name]
            if "/ColorSpace" in resources and not len(spaces):
                del resources["/ColorSpace"]

    @contextmanager
    def _at(self, place: str) -> Any:
        """Have what cannot be converted say where it is."""
        self._place.append(place)
        try:
            yield
        except UnconvertibleError as error:
            where = ", ".join(dict.fromkeys(self._place))
            raise BuilderError(
                f"{where}: its colours cannot become {WORDS[self.target.device]}: {error}", remedy=REMEDY
            ) from error
        except BROKEN as error:
            where = ", ".join(dict.fromkeys(self._place))
            message = (
                f"{where}: it is malformed ({type(error).__name__}: {error}), and its colours cannot be read"
            )
            raise BuilderError(message, remedy=REMEDY) from error
        finally:
            self._place.pop()

    def _once(self, thing: Any) -> bool:
        """Say whether a thing is met for the first time."""
        key = thing.objgen
        if key in self._done and key[0]:
            return False
        self._done.add(key)
        return True

    def _concerns(self, data: bytes, resources: Any) -> bool:
        """Say whether what is drawn may have colours."""
        return content.is_coloured(data) or "/DefaultGray" in resources.get("/ColorSpace", {})

    def _rewritten(self, data: bytes, resources: Any, chosen: content.Chosen) -> bytes:
        owner = Owner(self, resources)
        return content.Rewriter(resources, self.target, owner, chosen).rewritten(data)

    def _group(self, thing: Any) -> None:
        """Have what is seen through mix its colours in the target's space."""
        if "/CS" in thing.get("/Group", {}):
            thing.Group.CS = self.target.name

    def _within(self, resources: Any) -> None:
        """Convert all that resources have."""
        if isinstance(resources, Dictionary):
            self._resources.append(resources)
        kinds: dict[str, Callable[[Any, Any], None]] = {
            "/XObject": self._xobject,
            "/Pattern": self._pattern,
            "/Shading": self._shading,
            "/ExtGState": self._state,
            "/Font": self._font,
        }
        for kind, convert_one in kinds.items():
            for name, thing in list(resources.get(kind, {}).items()):
                if self._once(thing):
                    with self._at(f"{kind[1:]} {name[1:]}"):
                        convert_one(thing, resources)

    def _xobject(self, thing: Any, resources: Any) -> None:
        subtype = thing.get("/Subtype")
        if subtype == "/Image":
            images.convert(self.pdf, thing, resources, self.target)
        elif subtype == "/Form":
            self.form(thing, resources, content.Chosen(None, None))
        else:
            raise UnconvertibleError(f"it is of the kind {subtype}")

    def form(self, form: Any, resources: Any, chosen: content.Chosen) -> None:
        """Convert a drawing, which may have the resources of whoever shows it."""
        own = form.get("/Resources", resources)
        self._group(form)
        data = form.read_bytes()
        if self._concerns(data, own):
            form.write(self._rewritten(data, own, chosen))
        if "/Resources" in form:
            self._within(own)

    def _pattern(self, pattern: Any, resources: Any) -> None:
        if int(pattern.PatternType) == 1:
            self.form(pattern, resources, content.chosen_on_a_page())
            return
        if "/ExtGState" in pattern:
            self._state(pattern.ExtGState, resources)
        if self._once(pattern.Shading):
            self._shading(pattern.Shading, resources)

    def _shading(self, shading: Any, resources: Any) -> None:
        shadings.convert(self.pdf, shading, resources, self.target)

    def _state(self, state: Any, resources: Any) -> None:
        """Convert a soft mask: how light it is counts, whatever is printed."""
        mask = state.get("/SMask")
        if not isinstance(mask, Dictionary):
            return
        greys = Conversion(self.pdf, Luminosity(self.target.paper))
        greys._place, greys._done, greys._resources = self._place, self._done, self._resources
        if "/BC" in mask:
            mask.BC = greys.colour(mask.BC)
        if self._once(mask.G):
            greys.form(mask.G, resources, content.chosen_on_a_page())

    def _font(self, font: Any, resources: Any) -> None:
        """Convert a font whose letters are drawings."""
        if font.get("/Subtype") != "/Type3":
            return
        own = font.get("/Resources", resources)
        for glyph in font.CharProcs.values():
            if self._once(glyph):
                data = glyph.read_bytes()
                if self._concerns(data, own):
                    glyph.write(self._rewritten(data, own, content.Chosen(None, None)))
        if "/Resources" in font:
            self._within(own)

    def _annotation(self, annotation: Any) -> None:
        """Convert what lies on a page: how it looks, and the colours it says that it has."""
        for look in annotation.get("/AP", {}).values():
            for stream in [look] if isinstance(look, pikepdf.Stream) else list(look.values()):
                if self._once(stream):
                    self.form(stream, Dictionary(), content.chosen_on_a_page())
        for holder, keys in ((annotation, OF_ANNOTATIONS), (annotation.get("/MK", Dictionary()), OF_LOOKS)):
            for key in keys:
                if key in holder and len(holder[key]):
                    holder[key] = self.colour(holder[key])
        if "/DA" in annotation:
            default = bytes(annotation.DA)
            annotation.DA = pikepdf.String(self._rewritten(default, Dictionary(), content.chosen_on_a_page()))

    def colour(self, numbers: Any) -> Array:
        """Return a colour that says by how many numbers it has what it is."""
        space = Device(COMPONENTS[len(numbers)])
        if space.neutral:
            return Array(numbers)
        return Array(self.target.written(space.colour(list(map(float, numbers)), self.target)))

    def picture(self, image: Any, resources: Any) -> bytes:
        """Return what draws a picture that stood among operators, as one that stands by itself."""
        self._pictures += 1
        name = f"{PICTURE}{self._pictures}"
        stream = pikepdf.Stream(self.pdf, image.read_raw_bytes())
        for key, value in image.obj.items():
            stream[key] = value
        stream.Type, stream.Subtype = Name.XObject, Name.Image
        stream = self.pdf.make_indirect(stream)
        images.convert(self.pdf, stream, resources, self.target)
        drawings = resources.get("/XObject", Dictionary())
        drawings[name] = stream
        resources.XObject = drawings
        return f"{name} Do".encode()


class Owner:
    """Whoever has a stream: it may get resources of ours."""

    def __init__(self, conversion: Conversion, resources: Any) -> None:
        """`resources` are those of the stream."""
        self._conversion, self._resources = conversion, resources

    def pattern_space(self) -> str:
        """Return the name of a space for patterns that take a colour of the target."""
        spaces = self._resources.get("/ColorSpace", Dictionary())
        spaces[PATTERNS] = Array([Name.Pattern, self._conversion.target.name])
        self._resources.ColorSpace = spaces
        return PATTERNS

    def inline(self, image: Any) -> bytes:
        """Return the operators that draw a picture which stood among them."""
        return self._conversion.picture(image, self._resources)


WORDS = {"/DeviceGray": "greys", "/DeviceCMYK": "four inks"}


def _content(page: pikepdf.Page) -> bytes:
    contents = page.obj.get("/Contents", Array())
    streams = contents if isinstance(contents, Array) else [contents]
    return b"\n".join(stream.read_bytes() for stream in streams)
