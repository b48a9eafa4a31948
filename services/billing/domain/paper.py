"""An invoice on paper: a PDF in pt-BR or English, with the Pix code to be scanned; the same bytes every time (3.10)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Final

import reportlab
import segno
from babel.dates import format_date
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.lib.utils import simpleSplit
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from services.billing.domain import wording
from services.billing.domain.cnpj import show_cnpj
from services.billing.domain.invoicing import Invoice
from services.billing.offer import Locale, Party
from shared.money import show

PLAIN, BOLD = "PonteiroSans", "PonteiroSans-Bold"
WIDTH, HEIGHT = A4
LEFT, RIGHT, TOP, BOTTOM = 18 * mm, WIDTH - 18 * mm, HEIGHT - 18 * mm, 18 * mm
AMOUNT_ROOM = 34 * mm
QR_SIZE = 36 * mm
CODE_LINE = 64  # characters of a Pix code in one line
BABEL: Final = {"pt-BR": "pt_BR", "en": "en"}
WORDS: Final[dict[Locale, dict[str, str]]] = {
    "pt-BR": {
        "invoice": "Fatura {number}",
        "issued": "Emissão: {day}",
        "due": "Vencimento: {day}",
        "from": "Prestador",
        "to": "Cliente",
        "line": "Descrição",
        "amount": "Valor",
        "total": "Total",
        "withheld": "{tax} retido ({rate})",
        "shown": "{tax} incluído ({rate})",
        "payable": "A pagar",
        "late_fee": "Após o vencimento, multa de {rate} na fatura seguinte.",
        "late_interest": "Após o vencimento, juros de {rate} ao mês na fatura seguinte.",
        "pix": "Pix copia e cola",
        "agree": "Forma de pagamento: a combinar com {provider}.",
        "page": "Fatura {number} - página {page}",
    },
    "en": {
        "invoice": "Invoice {number}",
        "issued": "Issued: {day}",
        "due": "Due: {day}",
        "from": "Provider",
        "to": "Customer",
        "line": "Description",
        "amount": "Amount",
        "total": "Total",
        "withheld": "{tax} withheld ({rate})",
        "shown": "{tax} included ({rate})",
        "payable": "To be paid",
        "late_fee": "After the due date a fee of {rate} is on the next invoice.",
        "late_interest": "After the due date interest of {rate} a month is on the next invoice.",
        "pix": "Pix, to copy and paste",
        "agree": "How to pay: to be agreed with {provider}.",
        "page": "Invoice {number} - page {page}",
    },
}


def render_invoice(invoice: Invoice) -> bytes:
    """The invoice as a PDF in the language of its contract."""
    _fonts()
    target = BytesIO()
    canvas = Canvas(target, pagesize=A4, invariant=1, pageCompression=1)
    canvas.setTitle(WORDS[invoice.locale]["invoice"].format(number=invoice.number))
    canvas.setAuthor(invoice.provider.legal_name)
    _Sheet(canvas, invoice).draw()
    canvas.save()
    return target.getvalue()


def qr_svg(code: str) -> bytes:
    """A Pix code as a picture that scales."""
    target = BytesIO()
    segno.make(code, error="m", micro=False).save(target, kind="svg", scale=4, xmldecl=False)
    return target.getvalue()


def qr_png(code: str) -> bytes:
    """A Pix code as a picture of dots."""
    target = BytesIO()
    segno.make(code, error="m", micro=False).save(target, kind="png", scale=6)
    return target.getvalue()


class _Sheet:
    """The page under the pen: `y` is where the next line of text stands."""

    def __init__(self, canvas: Canvas, invoice: Invoice) -> None:
        self.canvas, self.invoice = canvas, invoice
        self.locale: Locale = invoice.locale
        self.y, self.page = TOP, 1

    def draw(self) -> None:
        invoice = self.invoice
        self._text(LEFT, self._said("invoice", number=invoice.number), BOLD, 16, step=8 * mm)
        self._text(LEFT, self._said("issued", day=self._day(invoice.issue_date)), PLAIN, 9, step=0)
        self._text(LEFT + 60 * mm, self._said("due", day=self._day(invoice.due_date)), BOLD, 9, step=9 * mm)
        for title, party in (("from", invoice.provider), ("to", invoice.customer)):
            self._text(LEFT, self._said(title), BOLD, 9, step=4.5 * mm)
            for line in party_lines(party):
                self._text(LEFT, line, PLAIN, 9, step=4.5 * mm)
            self.y -= 3 * mm
        self._row(self._said("line"), self._said("amount"), BOLD)
        self._rule()
        for one in invoice.lines:
            self._row(one.description, self._money(one.cents), PLAIN)
        self._rule()
        self._sums()
        self._how_to_pay()
        self._footer()

    def _sums(self) -> None:
        invoice = self.invoice
        self._row(self._said("total"), self._money(invoice.total_cents), BOLD)
        for tax in invoice.taxes:
            rate = wording.rate(tax.rate_bp, self.locale)
            said = self._said("withheld" if tax.withheld else "shown", tax=tax.name, rate=rate)
            self._row(said, self._money(-tax.cents if tax.withheld else tax.cents), PLAIN)
        self._row(self._said("payable"), self._money(invoice.payable_cents), BOLD)
        for line in simpleSplit(" ".join([*self._when_late(), invoice.note or ""]), PLAIN, 8, RIGHT - LEFT):
            self._room(4 * mm)
            self._text(LEFT, line, PLAIN, 8, step=4 * mm)

    def _when_late(self) -> list[str]:
        """What the customer is told of paying late, where that costs something (3.4)."""
        rates = {"late_fee": self.invoice.late_fee_bp, "late_interest": self.invoice.late_interest_bp}
        return [self._said(word, rate=wording.rate(bp, self.locale)) for word, bp in rates.items() if bp]

    def _how_to_pay(self) -> None:
        invoice = self.invoice
        if invoice.pix_code is not None:
            self._pix(invoice.pix_code)
        elif invoice.payable_cents > 0:
            self.y -= 4 * mm
            for line in simpleSplit(payment_to_agree(invoice.provider, self.locale), BOLD, 9, RIGHT - LEFT):
                self._room(5 * mm)
                self._text(LEFT, line, BOLD, 9, step=5 * mm)

    def _pix(self, code: str) -> None:
        self._room(QR_SIZE + 14 * mm)
        self.y -= 6 * mm
        self._text(LEFT, self._said("pix"), BOLD, 9, step=3 * mm)
        matrix = [list(row) for row in segno.make(code, error="m", micro=False).matrix]
        dot = QR_SIZE / len(matrix)
        for down, row in enumerate(matrix):
            for start, length in _runs(row):
                top = self.y - (down + 1) * dot
                self.canvas.rect(LEFT + start * dot, top, length * dot, dot, stroke=0, fill=1)
        beside = LEFT + QR_SIZE + 6 * mm
        self.canvas.setFont(PLAIN, 7)
        for number, start in enumerate(range(0, len(code), CODE_LINE)):  # broken anywhere: it is one word
            self.canvas.drawString(beside, self.y - 4 * mm - number * 3.6 * mm, code[start : start + CODE_LINE])
        self.y -= QR_SIZE + 4 * mm

    def _row(self, text: str, amount: str, font: str) -> None:
        lines = simpleSplit(text, font, 9, RIGHT - LEFT - AMOUNT_ROOM) or [""]
        self._room(len(lines) * 5 * mm)
        self.canvas.setFont(font, 9)
        self.canvas.drawRightString(RIGHT, self.y, amount)
        for line in lines:
            self._text(LEFT, line, font, 9, step=5 * mm)

    def _rule(self) -> None:
        self.canvas.setLineWidth(0.4)
        self.canvas.line(LEFT, self.y + 2.5 * mm, RIGHT, self.y + 2.5 * mm)
        self.y -= 2 * mm

    def _room(self, height: float) -> None:
        """Turn the page when so much does not fit any more."""
        if self.y - height < BOTTOM + 10 * mm:
            self._footer()
            self.canvas.showPage()
            self.y, self.page = TOP, self.page + 1

    def _footer(self) -> None:
        self.canvas.setFont(PLAIN, 7)
        self.canvas.drawString(LEFT, BOTTOM, self._said("page", number=self.invoice.number, page=str(self.page)))

    def _text(self, x: float, text: str, font: str, size: int, *, step: float) -> None:
        self.canvas.setFont(font, size)
        self.canvas.drawString(x, self.y, text)
        self.y -= step

    def _said(self, word: str, **values: str) -> str:
        return WORDS[self.locale][word].format(**values)

    def _money(self, cents: int) -> str:
        return show(cents, BABEL[self.locale])

    def _day(self, day: date) -> str:
        return day.strftime("%d/%m/%Y") if self.locale == "pt-BR" else format_date(day, "medium", locale="en")


def payment_to_agree(provider: Party, locale: Locale) -> str:
    """What is said of paying where the provider's offer names no Pix key (3.7): with whom to agree it, and where.

    >>> payment_to_agree(Party(legal_name="Next4", email="financeiro@next4.example"), "pt-BR")
    'Forma de pagamento: a combinar com Next4 (financeiro@next4.example).'
    >>> payment_to_agree(Party(legal_name="Next4"), "en")
    'How to pay: to be agreed with Next4.'
    """
    contacts = ", ".join(text for text in (provider.email, provider.phone) if text)
    return WORDS[locale]["agree"].format(provider=provider.legal_name + (f" ({contacts})" if contacts else ""))


def party_lines(party: Party) -> list[str]:
    """A party to an invoice as it stands on paper.

    >>> party_lines(Party(legal_name="Padaria Aurora Ltda", cnpj="12ABC34501DE35"))
    ['Padaria Aurora Ltda', 'CNPJ 12.ABC.345/01DE-35']
    """
    lines = [party.legal_name]
    if party.cnpj:
        lines.append(f"CNPJ {show_cnpj(party.cnpj)}")
    if (at := party.address) is not None:
        street = " ".join(part for part in (f"{at.street},", at.number, at.complement, at.district) if part)
        lines.append(street.rstrip(","))
        lines.append(" ".join(part for part in (at.postal_code or "", f"{at.city} - {at.state}") if part))
    lines += [text for text in (party.email, party.phone) if text]
    return lines


def _runs(row: Sequence[int]) -> Iterator[tuple[int, int]]:
    """The dark stretches of a row of dots: where each begins, and how long it is."""
    start: int | None = None
    for place, dark in enumerate([*row, 0]):
        if dark and start is None:
            start = place
        elif not dark and start is not None:
            yield start, place - start
            start = None


@cache
def _fonts() -> None:
    """Embed a font that has the letters of Portuguese; it comes with reportlab."""
    folder = Path(reportlab.__file__).parent / "fonts"
    pdfmetrics.registerFont(TTFont(PLAIN, str(folder / "Vera.ttf")))
    pdfmetrics.registerFont(TTFont(BOLD, str(folder / "VeraBd.ttf")))
