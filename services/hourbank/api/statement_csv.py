"""A monthly report of hours as CSV, that no spreadsheet mistakes for a program.

The first line names the columns; `section` says what a line is: summary, ticket, person (of a ticket), people (of the
month), reversal, expiring; in pt-BR names and sections are Portuguese. In English columns are parted by commas; in
pt-BR by semicolons, as a spreadsheet there expects, and behind a byte order mark so that it reads the accents. Every
text is quoted, whichever of the two a reader takes for the separator. Minutes and centavos are integers.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from services.hourbank.api.words import WORDS, Locale, hours
from services.hourbank.domain import Report, TicketLine

# A cell that begins so is run by a spreadsheet as a formula; the full-width forms are read as the plain ones.
FORMULAS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20", "|", "%")
SEPARATOR = {Locale.PT_BR: ";", Locale.EN: ","}
ENCODING = {Locale.PT_BR: "utf-8-sig", Locale.EN: "utf-8"}
COLUMNS = {
    Locale.PT_BR: ("seção", "item", "id", "rodada", "data", "minutos", "horas", "centavos"),
    Locale.EN: ("section", "item", "id", "round", "date", "minutes", "hours", "cents"),
}
SECTIONS = {
    Locale.PT_BR: {
        "summary": "resumo",
        "ticket": "chamado",
        "person": "profissional",
        "people": "profissionais",
        "reversal": "estorno",
        "expiring": "a vencer",
    },
    Locale.EN: {},
}

Cell = str | int | None
Line = tuple[Cell, ...]


def statement_csv(report: Report, locale: Locale) -> bytes:
    """The report as CSV; the same report gives the same bytes."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=SEPARATOR[locale], quoting=csv.QUOTE_NONNUMERIC, lineterminator="\r\n")
    writer.writerow(COLUMNS[locale])
    for section, *cells in _lines(report, locale):
        writer.writerow([SECTIONS[locale].get(str(section), section), *(safe(cell) for cell in cells)])
    return text.getvalue().encode(ENCODING[locale])


def safe(cell: Cell) -> Cell:
    """A cell that a spreadsheet shows and does not run: behind an apostrophe where it could be a formula.

    >>> safe("=HYPERLINK(1)"), safe("-ana"), safe("ana"), safe(12), safe(None)
    ("'=HYPERLINK(1)", "'-ana", 'ana', 12, '')
    """
    if cell is None:
        return ""
    is_formula = isinstance(cell, str) and cell.lstrip(" ").startswith(FORMULAS)
    return f"'{cell}" if is_formula else cell


def _lines(report: Report, locale: Locale) -> Iterator[Line]:
    words, statement = WORDS[locale], report.statement
    totals = (
        (words.opening, statement.opening_minutes, None),
        (words.granted, statement.granted_minutes, None),
        (words.debited, statement.debited_minutes, None),
        (words.restored, statement.restored_minutes, None),
        (words.expired, statement.expired_minutes, None),
        (words.closing, statement.closing_minutes, None),
        (words.overage, statement.overage_minutes, report.overage_cents),
    )
    for name, minutes, cents in totals:
        yield ("summary", name, str(report.contract_id), None, statement.period, minutes, hours(minutes), cents)
    for line in report.tickets:
        yield from _of_ticket(line, locale)
    for share in report.people:
        who = share.professional_id or words.unknown_person
        yield ("people", words.person, who, None, statement.period, share.minutes, hours(share.minutes), None)
    for one in report.reversals:
        minutes = one.minutes + one.minutes_over
        yield ("reversal", words.ticket, str(one.ticket_id), one.round, statement.period, minutes, hours(minutes), None)
    for window in report.windows:
        name = words.expiring_within.format(days=window.days)
        yield ("expiring", name, None, None, str(report.as_of), window.minutes, hours(window.minutes), None)
    for lapse in report.lapses:
        name = f"{words.lot} {lapse.effective_date}"
        when = str(lapse.expires_date)
        yield ("expiring", name, str(lapse.lot_id), None, when, lapse.minutes, hours(lapse.minutes), None)


def _of_ticket(line: TicketLine, locale: Locale) -> Iterator[Line]:
    words, debit = WORDS[locale], line.debit
    ticket, when = f"#{debit.ticket_number}", str(debit.local_date)
    parts = (
        (words.from_package, debit.minutes - debit.minutes_over, None),
        (words.over, debit.minutes_over, line.overage_cents),
        (words.written_off, debit.minutes_written_off, None),
    )
    for name, minutes, cents in parts:
        if minutes:
            yield (
                "ticket",
                f"{ticket} {name}",
                str(debit.ticket_id),
                debit.round,
                when,
                minutes,
                hours(minutes),
                cents,
            )
    for share in line.people:
        who = share.professional_id or words.unknown_person
        yield ("person", f"{ticket} {words.person}", who, debit.round, when, share.minutes, hours(share.minutes), None)
