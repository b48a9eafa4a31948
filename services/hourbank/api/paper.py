"""Sheets of A4 that are filled from the top: texts, rules and boxes, as PDF or as SVG from the same drawing."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import reportlab
from reportlab.graphics import renderSVG
from reportlab.graphics.shapes import Drawing, Rect, String
from reportlab.lib.colors import Color, HexColor, white
from reportlab.lib.pagesizes import A4
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

# Bitstream Vera comes with reportlab, may be embedded, and holds every letter of Portuguese.
FOLDER = Path(reportlab.__file__).parent / "fonts"
PLAIN, BOLD = "Vera", "VeraBd"
SIZE = 8
MARGIN = 48
WIDTH, HEIGHT = int(A4[0]), int(A4[1])
LEFT, RIGHT = MARGIN, WIDTH - MARGIN
RULE_POINTS = 0.5
INK, PALE, RULE = HexColor("#1c2733"), HexColor("#5b6b7b"), HexColor("#c9d3dc")


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of a table: where it begins, or ends when its texts are set to the right."""

    title: str
    x: int
    to_the_right: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A text at a place; `to_the_right`: it ends there."""

    x: int
    y: int
    said: str
    font: str
    size: int
    to_the_right: bool
    color: Color


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """A filled box; a rule is a thin one."""

    x: int
    y: int
    width: int
    height: float
    color: Color


@dataclass(slots=True, kw_only=True)
class Sheet:
    """One page and how far it is filled; `y` counts down from the top in points."""

    y: int = HEIGHT - MARGIN
    marks: list[Text | Box] = field(default_factory=list)

    def text(
        self,
        x: int,
        said: str,
        *,
        size: int = SIZE,
        bold: bool = False,
        to_the_right: bool = False,
        color: Color = INK,
        y: int | None = None,
    ) -> None:
        """A text on the present line, or at a height of its own."""
        height, font = self.y if y is None else y, BOLD if bold else PLAIN
        self.marks.append(Text(x=x, y=height, said=said, font=font, size=size, to_the_right=to_the_right, color=color))

    def rule(self, *, above: int = -4, color: Color = RULE) -> None:
        """A line across the page, so far above the present line's foot."""
        self.marks.append(Box(x=LEFT, y=self.y + above, width=RIGHT - LEFT, height=RULE_POINTS, color=color))

    def box(self, x: int, y: int, width: int, height: int, color: Color) -> None:
        """A filled box."""
        self.marks.append(Box(x=x, y=y, width=width, height=height, color=color))

    def down(self, points: int) -> None:
        """Go on below."""
        self.y -= points

    def has_room(self, points: int) -> bool:
        """Whether so much still fits above the foot of the page."""
        return self.y - points >= MARGIN + 2 * SIZE


def row(sheet: Sheet, columns: Sequence[Column], cells: Sequence[str], *, bold: bool = False) -> None:
    """One line of a table."""
    for column, cell in zip(columns, cells, strict=True):
        if cell:
            sheet.text(column.x, cell, to_the_right=column.to_the_right, bold=bold)
    sheet.down(13)


def fitted(said: str, points: int) -> str:
    """A text that is no wider than so many points, cut with an ellipsis where it would be."""
    load_fonts()
    if pdfmetrics.stringWidth(said, PLAIN, SIZE) <= points:
        return said
    while said and pdfmetrics.stringWidth(said + "…", PLAIN, SIZE) > points:
        said = said[:-1]
    return said + "…"


def as_pdf(sheets: Iterable[Sheet], *, title: str, locale: str) -> bytes:
    """The pages as PDF, with the letters that they need; the same pages give the same bytes (no date, no chance)."""
    load_fonts()
    file = io.BytesIO()
    canvas = Canvas(file, pagesize=A4, invariant=1, pageCompression=1, lang=locale)
    canvas.setTitle(title)
    canvas.setCreator("Ponteiro")
    for sheet in sheets:
        for mark in sheet.marks:
            _draw(canvas, mark)
        canvas.showPage()
    canvas.save()
    return file.getvalue()


def as_svg(sheet: Sheet) -> str:
    """One page as SVG."""
    load_fonts()
    drawing = Drawing(WIDTH, HEIGHT)
    drawing.add(Rect(0, 0, WIDTH, HEIGHT, fillColor=white, strokeColor=None))
    for mark in sheet.marks:
        drawing.add(_shape(mark))
    said: str = renderSVG.drawToString(drawing)
    return said


def _draw(canvas: Canvas, mark: Text | Box) -> None:
    canvas.setFillColor(mark.color)
    if isinstance(mark, Box):
        canvas.rect(mark.x, mark.y, mark.width, mark.height, stroke=0, fill=1)
        return
    canvas.setFont(mark.font, mark.size)
    say = canvas.drawRightString if mark.to_the_right else canvas.drawString
    say(mark.x, mark.y, mark.said)


def _shape(mark: Text | Box) -> Rect | String:
    if isinstance(mark, Box):
        return Rect(mark.x, mark.y, mark.width, mark.height, fillColor=mark.color, strokeColor=None)
    anchor = "end" if mark.to_the_right else "start"
    style = {"fontName": mark.font, "fontSize": mark.size, "textAnchor": anchor, "fillColor": mark.color}
    return String(mark.x, mark.y, mark.said, **style)


@cache
def load_fonts() -> None:
    """Make the letters known, once."""
    for name in (PLAIN, BOLD):
        pdfmetrics.registerFont(TTFont(name, str(FOLDER / f"{name}.ttf")))
