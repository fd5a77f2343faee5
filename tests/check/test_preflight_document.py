"""Preflight of the file as a whole: a PDF for print that was changed in one way has one finding, and none as it is made."""

import json
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pikepdf
import pypdfium2
import pytest
from support.places import TESTS
from support.projects import copy_project
from support.running import run_toolchain

from toolchain.forms.pdf import printers

FILE = "_build/pdf/one-text-print.pdf"
SCREEN = "_build/pdf/one-text.pdf"
MILLIMETRE = 72 / 25.4
COLOURED = ("rg", "RG", "k", "K", "sc", "SC", "scn", "SCN", "sh")
Change = Callable[[pikepdf.Pdf], None]


@pytest.fixture(scope="module")
def editions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the project, its editions for the screen and for print built once."""
    project = copy_project("editions", tmp_path_factory.mktemp("editions"))
    build = run_toolchain("build", "pdf", "--edition", "screen", "--edition", "print", project=project)
    assert build.code == 0, build.stdout + build.stderr
    return project


@pytest.fixture
def project(editions: Path, tmp_path: Path) -> Path:
    """Give a copy that a test may change."""
    shutil.copytree(editions.parent.parent, tmp_path, dirs_exist_ok=True)
    return tmp_path / "projects" / "editions"


def findings(project: Path, *ids: str) -> list[tuple[str, str, str]]:
    """Return id, path and message of each finding of these checks, or of all."""
    check = run_toolchain("check", *ids, "--json", project=project)
    assert "Traceback" not in check.stderr
    return [(finding["id"], finding["path"], finding["message"]) for finding in check.json]


def change(project: Path, how: Change, file: str = FILE, **options: Any) -> None:
    with pikepdf.open(project / file, allow_overwriting_input=True) as pdf:
        how(pdf)
        pdf.save(project / file, **options)


def print_for(project: Path, printer: str, options: str = "") -> None:
    """Choose the profile of the edition for print."""
    book = project / "_config/book.toml"
    text = book.read_text(encoding="utf-8")
    section = f'[pdf.editions.print]\nprofile = "{printer}"\n{options}'
    book.write_text(text.replace("[pdf.editions.print]\n", section), encoding="utf-8")


def rules() -> Iterator[tuple[str, str, Any]]:
    for name in printers.names():
        for field in msgspec.structs.fields(printers.Rules):
            if (rule := getattr(printers.load(name).rules, field.name)) is not None:
                yield name, field.name, rule


def test_a_good_edition_has_no_finding(editions: Path) -> None:
    assert findings(editions) == []


@pytest.mark.parametrize(
    ("printer", "name", "rule"), [pytest.param(*case, id="-".join(case[:2])) for case in rules()]
)
def test_every_rule_says_why_and_where_it_was_read(printer: str, name: str, rule: Any) -> None:
    assert rule.reason.endswith(".")
    assert rule.source.startswith("http")
    text = (TESTS.parent / "toolchain/forms/pdf/profiles" / f"{printer}.toml").read_text(encoding="utf-8")
    generic = printers.load("generic").rules
    assert f"[rules.{name}]" in text or rule == getattr(generic, name)


@pytest.mark.parametrize("printer", printers.names())
def test_every_rule_of_covers_says_why_and_where_it_was_read(printer: str) -> None:
    cover = printers.load(printer).cover

    for rule in (cover.bleed, cover.spine, cover.spine_text):
        assert rule.reason.endswith(".")
        assert rule.source.startswith("http")


def test_an_unknown_rule_is_refused() -> None:
    with pytest.raises(msgspec.ValidationError, match="unknown field `fonts`"):
        msgspec.convert({"fonts": {"reason": "A.", "source": "B"}}, printers.Rules)


def turn(pdf: pikepdf.Pdf) -> None:
    pdf.pages[2].rotate(90, relative=True)


def trim(pdf: pikepdf.Pdf) -> None:
    for page in list(pdf.pages)[3:6]:
        page.trimbox = [9, 9, 400, 600]


def widen(pdf: pikepdf.Pdf) -> None:
    left, bottom, right, top = map(float, pdf.pages[4].mediabox)
    pdf.pages[4].mediabox = [left, bottom, right + MILLIMETRE, top]
    for name in ("/CropBox", "/TrimBox", "/ArtBox", "/BleedBox"):
        if name in pdf.pages[4].obj:
            del pdf.pages[4].obj[name]


def leave_one_out(pdf: pikepdf.Pdf) -> None:
    del pdf.pages[-1]


def annotate(pdf: pikepdf.Pdf) -> None:
    note = pikepdf.Dictionary(
        Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Text, Rect=[0, 0, 9, 9], Contents="?"
    )
    for page in list(pdf.pages)[2:4]:
        page.Annots = pdf.make_indirect(pikepdf.Array([pdf.make_indirect(note)]))


def script(pdf: pikepdf.Pdf) -> None:
    action = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="app.beep()")
    pdf.Root.Names.JavaScript = pikepdf.Dictionary(Names=[pikepdf.String("a"), pdf.make_indirect(action)])


def act(pdf: pikepdf.Pdf) -> None:
    pdf.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.Named, N=pikepdf.Name.Print)


def act_on_a_page(pdf: pikepdf.Pdf) -> None:
    action = pikepdf.Dictionary(S=pikepdf.Name.Named, N=pikepdf.Name.Print)
    pdf.pages[2].AA = pikepdf.Dictionary(O=pdf.make_indirect(action))


def attach(pdf: pikepdf.Pdf) -> None:
    pdf.attachments["data.csv"] = b"1,2"


def ask(pdf: pikepdf.Pdf) -> None:
    field = pdf.make_indirect(pikepdf.Dictionary(FT=pikepdf.Name.Tx, T=pikepdf.String("name")))
    pdf.Root.AcroForm = pikepdf.Dictionary(Fields=[field])


def bookmark(pdf: pikepdf.Pdf) -> None:
    with pdf.open_outline() as outline:
        outline.root.append(pikepdf.OutlineItem("Here", 0))


@pytest.mark.parametrize(
    ("how", "identifier", "message"),
    [
        (turn, "PRE011", "page iii: it is turned by 90°"),
        (
            trim,
            "PRE011",
            "page iv: its TrimBox is 137.9 by 208.5 mm at 3.2, 3.2, and the paper 152 by 229 mm (and 2 more pages)",
        ),
        (widen, "PRE011", "page v: its MediaBox is 153.0 by 229.0 mm, and the paper 152 by 229 mm"),
        (leave_one_out, "PRE013", "{pages} pages are no whole number of leaves"),
        (annotate, "PRE016", "page iii: annotations of the kind Text (and 1 more page)"),
        (script, "PRE016", "it has scripts"),
        (act, "PRE016", "it has an action"),
        (act_on_a_page, "PRE016", "page iii: an action"),
        (attach, "PRE016", "it has attached files"),
        (ask, "PRE016", "it has a form"),
        (bookmark, "PRE016", "it has bookmarks"),
    ],
)
def test_one_change_is_one_finding(project: Path, how: Change, identifier: str, message: str) -> None:
    change(project, how)

    with pikepdf.open(project / FILE) as pdf:
        expected = message.format(pages=len(pdf.pages))
    assert findings(project) == [(identifier, FILE, expected)]


@pytest.mark.parametrize(("points", "named"), [("0.99", False), ("1.01", True)])
def test_what_is_too_high_by_a_point_is_named(project: Path, points: str, named: bool) -> None:  # noqa: FBT001
    log = project / "_build/latex/one-text-print.log"
    text = log.read_text(encoding="utf-8", errors="replace")
    warning = f"Overfull \\vbox ({points}pt too high) has occurred while \\output is active []\n\n"
    log.write_text(text.replace("toolchain: page 4\n", f"{warning}toolchain: page 4\n"), encoding="utf-8")

    expected = [("PRE012", FILE, f"page iv: {float(points):.1f} pt too high for its place")]
    assert findings(project, "PRE012") == (expected if named else [])


def test_a_box_that_is_too_wide_is_named_once_and_on_the_page_of_its_words(project: Path) -> None:
    log = project / "_build/latex/one-text-print.log"
    text = log.read_text(encoding="utf-8", errors="replace")
    with pypdfium2.PdfDocument(project / FILE) as pdf:
        words = [re.findall(r"[^\W_]{5,}", page.get_textpage().get_text_bounded()) for page in pdf]
    later = next(n for n in range(3, len(words)) if set(words[n]) - set(words[n - 1]))
    word = min(set(words[later]) - set(words[later - 1]))
    with_word = f"Overfull \\hbox (9.0pt too wide) has occurred while \\output is active\n\\T1/x {word}\n\n"
    # Before the first line of a page of ours, as what a class of LaTeX sets by itself.
    of_latex = "Overfull \\hbox (8.0pt too wide) detected at line 1\n[]\n\n"
    log.write_text(
        text.replace(f"toolchain: page {later}\n", f"{2 * with_word}{of_latex}toolchain: page {later}\n"),
        encoding="utf-8",
    )
    with pikepdf.open(project / FILE) as pdf:
        numbers = [str(page.label) for page in pdf.pages]

    reported = findings(project, "PRE012")

    assert sorted(message for _, _, message in reported) == sorted(
        [
            f"page {numbers[later]}: 9.0 pt too wide for its place (…{word})",
            f"page {numbers[later - 1]}: 8.0 pt too wide for its place",
        ]
    )


def test_lines_that_stand_on_others_are_named(project: Path) -> None:
    with pypdfium2.PdfDocument(project / FILE) as pdf:
        texts = [page.get_textpage().get_text_bounded() for page in pdf]
    crowded = next(n for n, text in enumerate(texts) if len(text.split()) > 60)

    def show_again(pdf: pikepdf.Pdf) -> None:
        page = pdf.pages[crowded]
        page.contents_coalesce()
        shown = page.Contents.read_bytes()
        page.Contents = pdf.make_stream(b"q " + shown + b" Q q 1 0 0 1 3 -5 cm " + shown + b" Q")

    change(project, show_again)

    (finding,) = findings(project, "PRE030")
    assert re.fullmatch(r"page \w+: “.+” and “.+” stand on one another", finding[2])


def test_a_locked_file_is_named(project: Path) -> None:
    change(project, lambda _: None, encryption=pikepdf.Encryption(owner="secret", user=""))

    assert findings(project) == [("PRE018", FILE, "it is encrypted")]


def test_a_head_alone_before_an_opening_is_named(project: Path) -> None:
    with pypdfium2.PdfDocument(project / FILE) as pdf:
        texts = [page.get_textpage().get_text_bounded() for page in pdf]
    (opening,) = (n for n, text in enumerate(texts) if text.startswith("Chapter 2"))
    assert not texts[opening - 1]
    headed = next(n for n, text in enumerate(texts) if text.startswith(("1.1 ", "Contents", "Chapter 1 ")))

    def head(pdf: pikepdf.Pdf) -> None:
        instructions = pikepdf.parse_content_stream(pdf.pages[headed])
        end = next(n for n, instruction in enumerate(instructions) if str(instruction.operator) == "ET")
        state_operators = [
            instruction for instruction in instructions[end + 1 :] if str(instruction.operator) in ("q", "Q")
        ]
        page = pdf.pages[opening - 1]
        page.Contents = pdf.make_stream(
            pikepdf.unparse_content_stream([*instructions[: end + 1], *state_operators])
        )
        page.Resources = pdf.pages[headed].Resources

    change(project, head)

    assert findings(project, "PRE014") == [
        ("PRE014", FILE, "page 2: nothing but its head, before an opening")
    ]


def test_printers_count_pages_and_measure_them(project: Path) -> None:
    print_for(project, "kdp")

    def shrink(pdf: pikepdf.Pdf) -> None:
        while len(pdf.pages) > 20:
            del pdf.pages[-1]
        for page in pdf.pages:
            for name in ("/MediaBox", "/CropBox", "/TrimBox", "/ArtBox", "/BleedBox"):
                page.obj[name] = pikepdf.Array([0, 0, 90 * MILLIMETRE, 160 * MILLIMETRE])

    change(project, shrink)

    with pikepdf.open(project / FILE) as pdf:
        number = len(pdf.pages)
    assert findings(project, "PRE013", "PRE015") == [
        ("PRE013", FILE, f"{number} pages, and the printer takes 24 to 828"),
        ("PRE015", FILE, "90 mm wide, and the printer takes 101.6 to 215.9"),
    ]


def test_empty_pages_are_counted_and_the_last_is_empty(project: Path) -> None:
    print_for(project, "kdp")
    assert findings(project, "PRE014") == []
    size = (152 * MILLIMETRE, 229 * MILLIMETRE)

    def spread(pdf: pikepdf.Pdf) -> None:
        for _ in range(3):
            pdf.add_blank_page(page_size=size)

    change(project, spread)
    ((identifier, path, message),) = findings(project, "PRE014")
    assert (identifier, path) == ("PRE014", FILE)
    assert message.partition(": ")[2].endswith("empty pages one after the other, and the printer takes 2")

    print_for(project, "ingramspark")
    book = project / "_config/book.toml"
    book.write_text(book.read_text(encoding="utf-8").replace('profile = "kdp"\n', ""), encoding="utf-8")
    assert findings(project, "PRE014") == []

    def fill(pdf: pikepdf.Pdf) -> None:
        pdf.pages[-1].Contents = pdf.make_stream(b"0 0 9 9 re f")

    change(project, fill)
    ((_, _, message),) = findings(project, "PRE014")
    assert message.endswith(": the last page has something on it")


def test_an_edition_for_the_screen_says_what_it_is(project: Path) -> None:
    def silence(pdf: pikepdf.Pdf) -> None:
        del pdf.docinfo["/Title"]
        del pdf.docinfo["/Author"]
        del pdf.Root["/Lang"]

    change(project, silence, SCREEN)

    assert findings(project) == [("PRE019", SCREEN, "it has no title and no author and no language")]

    change(project, lambda pdf: pdf.Root.__delitem__("/Outlines"), SCREEN)
    ((_, _, message),) = findings(project, "PRE019")
    assert message.endswith(" and no language and no bookmarks")


def test_what_is_wrong_is_marked_on_the_contact_sheet(project: Path) -> None:
    change(project, trim)
    assert run_toolchain("build", "pdf", "--edition", "print", project=project).code == 0
    path = project / "_build/report.json"
    report = json.loads(path.read_text(encoding="utf-8"))
    report["findings"] = run_toolchain("check", "--json", project=project).json
    path.write_text(json.dumps(report), encoding="utf-8")

    assert run_toolchain("proof", "--edition", "print", project=project).code == 0
    with pikepdf.open(project / "_build/pdf/one-text-print-proof.pdf") as pdf:
        drawn = b"\n".join(page.Contents[-1].read_bytes() for page in pdf.pages).decode("cp1252")
    assert drawn.count("0.8 0.1 0.1 RG 2 w") == len(report["findings"])  # one of each page


def test_the_very_thing_is_framed_on_the_contact_sheet(project: Path) -> None:
    change(
        project,
        lambda pdf: pdf.pages[4].contents_add(pdf.make_stream(b"q 0.1 w 100 200 m 300 200 l 300 400 l S Q")),
    )
    (finding,) = run_toolchain("check", "PRE009", "--json", project=project).json
    assert (finding["page"], finding["area"]) == (5, [100, 200, 300, 400])
    path = project / "_build/report.json"
    report = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**report, "findings": [finding]}), encoding="utf-8")

    assert run_toolchain("proof", "--edition", "print", project=project).code == 0
    with pikepdf.open(project / "_build/pdf/one-text-print-proof.pdf") as pdf:
        drawn = b"\n".join(page.Contents[-1].read_bytes() for page in pdf.pages).decode("cp1252")
    frames = [
        [float(number) for number in numbers]
        for width in ("2", "0.8")
        for numbers in re.findall(rf"0.8 0.1 0.1 RG {width} w (\S+) (\S+) (\S+) (\S+) re", drawn)
    ]
    (left, bottom, width, height), finding_frame = frames
    scale = width / (152 * MILLIMETRE)
    assert finding_frame == pytest.approx(
        [left + 100 * scale - 2, bottom + 200 * scale - 2, 200 * scale + 4, 200 * scale + 4], abs=0.05
    )
    assert height == pytest.approx(229 * MILLIMETRE * scale, abs=0.05)
    assert "(PRE009 a line of 0.10 pt; " in drawn


@pytest.fixture(scope="module")
def grey(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the project with a coloured drawing, built for print in greys and without metadata."""
    project = copy_project("editions", tmp_path_factory.mktemp("grey"))
    print_for(project, "kdp", "grey = true\n")
    drawing = (
        '<svg xmlns="http://www.w3.org/2000/svg" width="90" height="60"><rect width="60" height="40" fill="#c03"/>'
        '<text x="5" y="55" font-family="DejaVu Sans" font-size="9" fill="#03c">first office</text></svg>'
    )
    (project / "img").mkdir()
    (project / "img/drawing.svg").write_text(drawing, encoding="utf-8")
    with (project / "book/code.md").open("a", encoding="utf-8") as page:
        page.write("\nThe first office:\n\n![A red field](../img/drawing.svg)\n")
    build = run_toolchain("build", "pdf", "--edition", "print", project=project)
    assert "Traceback" not in build.stderr
    return project


def test_greys_change_nothing_but_colours(grey: Path) -> None:
    original, converted = grey / "_build/latex/one-text-print.pdf", grey / FILE
    with pypdfium2.PdfDocument(original) as first, pypdfium2.PdfDocument(converted) as second:
        texts = [
            ["".join(page.get_textpage().get_text_bounded().split()) for page in pdf]
            for pdf in (first, second)
        ]
    with pikepdf.open(original) as first, pikepdf.open(converted) as second:
        boxes = [[(list(page.mediabox), str(page.label)) for page in pdf.pages] for pdf in (first, second)]
        places = [sorted(pikepdf.NameTree(pdf.Root.Names.Dests)) for pdf in (first, second)]
        fonts = [
            font.FontDescriptor
            for font in second.objects
            if isinstance(font, pikepdf.Dictionary) and "/FontDescriptor" in font
        ]
    assert texts[0] == texts[1]
    assert any("firstoffice" in text for text in texts[1])
    assert boxes[0] == boxes[1]
    assert places[0] == places[1]
    assert fonts
    assert operators(original) & {"rg", "RG"}
    assert not operators(converted) & set(COLOURED)
    assert {"re", "f"} <= operators(converted)  # the drawing is a drawing


def operators(path: Path) -> set[str]:
    """Return the operators of all pages and of what they show."""
    with pikepdf.open(path) as pdf:
        forms = [
            form
            for form in pdf.objects
            if isinstance(form, pikepdf.Stream) and form.get("/Subtype") == "/Form"
        ]
        return {
            str(instruction.operator)
            for page_or_form in (*pdf.pages, *forms)
            for instruction in pikepdf.parse_content_stream(page_or_form)
        }


def test_a_silent_edition_has_no_metadata_and_keeps_its_bytes(grey: Path) -> None:
    before = (grey / FILE).read_bytes()
    assert findings(grey, "PRE017") == []
    assert b"xdvipdfmx" not in before
    (grey / "book/code.md").touch()
    (grey / "_build/report.json").unlink()
    run_toolchain("build", "pdf", "--edition", "print", project=grey)
    assert (grey / FILE).read_bytes() == before

    change(grey, lambda pdf: pdf.docinfo.__setitem__("/Author", "Somebody"))
    assert findings(grey, "PRE017") == [("PRE017", FILE, "it has metadata: Author")]


def test_the_appendix_has_the_rules_of_every_profile() -> None:
    text = (TESTS.parent / "book/chapter_appendix/checks.md").read_text(encoding="utf-8")
    names = ("generic", "kdp", "ingramspark", "lulu")
    assert sorted(names) == list(printers.names())

    rule_names = [field.name for field in msgspec.structs.fields(printers.Rules)]
    rows = {
        name: [written_value(getattr(printers.load(printer).rules, name)) for printer in names]
        for name in rule_names
    }
    written = [
        "\n".join((f"* - `{name}`", *(f"  - {value}".rstrip() for value in row)))
        for name, row in rows.items()
        if any(row)
    ]
    assert "\n".join(written) in text


def written_value(rule: Any) -> str:
    """Return a rule's value as the appendix writes it."""
    if rule is None or rule.value is True:
        return "yes" if rule else ""
    if isinstance(rule.value, float):
        return f"{rule.value:g}"
    bounds = [step[1] if isinstance(step, tuple) else step for step in rule.value]
    return " to ".join(f"{bound:g}" for bound in dict.fromkeys((bounds[0], bounds[-1])))
