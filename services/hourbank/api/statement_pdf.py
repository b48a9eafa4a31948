"""A monthly report of hours on paper: the summary and the chart first, then tickets, people and what lapses next."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from reportlab.lib.colors import Color, HexColor

from services.hourbank import domain
from services.hourbank.api.paper import LEFT, PALE, RIGHT, RULE, Column, Sheet, as_pdf, fitted, row
from services.hourbank.api.words import WORDS, Locale, day, hours, local_day, month_name, price
from services.hourbank.domain import Report
from services.hourbank.domain.report import BARS_MONTHS
from shared.calendar import add_months

MIDDLE = 330  # the summary lies left of it, the chart on the right
CHART_POINTS = 70
BAR_POINTS = 4
GRANTED, DEBITED, OVER = HexColor("#9db7cc"), HexColor("#1f6f8b"), HexColor("#d9822b")
ID_POINTS = 210

Cells = tuple[str, ...]
Table = tuple[str, Sequence[Column], Sequence[Cells], str]  # its title, columns, lines, and what is said without lines


def statement_pdf(report: Report, locale: Locale) -> bytes:
    """The report as PDF; the same report gives the same bytes."""
    title = f"{WORDS[locale].title} {report.statement.period}"
    return as_pdf(pages(report, locale), title=title, locale=locale.value)


def pages(report: Report, locale: Locale) -> Iterator[Sheet]:
    """The report page by page: one is drawn when it is asked for, so that a long report needs no more memory."""
    sheet = Sheet()
    _head(sheet, report, locale)
    top = sheet.y
    _summary(sheet, report, locale)
    _chart(sheet, report, top, locale)
    number = 1
    for title, columns, lines, nothing in _tables(report, locale):
        is_begun = False
        for cells in lines or [(nothing,)]:
            if not sheet.has_room(13 if is_begun else 56):
                yield _numbered(sheet, report, number, locale)
                sheet, number, is_begun = Sheet(), number + 1, False
            if not lines:
                _table_without_lines(sheet, title, nothing)
                continue
            if not is_begun:
                _table_head(sheet, title, columns)
                is_begun = True
            row(sheet, columns, cells)
    yield _numbered(sheet, report, number, locale)


def _head(sheet: Sheet, report: Report, locale: Locale) -> None:
    words = WORDS[locale]
    month = domain.month_of(report.statement.period)
    sheet.text(LEFT, words.title, size=15, bold=True)
    sheet.text(RIGHT, month_name(month, locale), size=12, bold=True, to_the_right=True)
    sheet.down(16)
    sheet.text(LEFT, words.subtitle, color=PALE)
    stands = (
        f"{words.issued} {local_day(report.issued_at, report.timezone, locale)}"
        if report.issued_at is not None
        else f"{words.partial} {day(report.as_of, locale)}"
    )
    sheet.text(RIGHT, stands, to_the_right=True, color=PALE)
    sheet.down(12)
    sheet.text(LEFT, words.plan.format(plan=report.plan_code, hours=hours(report.monthly_minutes)), color=PALE)
    sheet.text(RIGHT, f"{words.contract} {report.contract_id}", to_the_right=True, color=PALE)
    sheet.down(12)
    if report.provider is not None:
        sheet.text(LEFT, fitted(f"{words.provider} {report.provider}", ID_POINTS), color=PALE)
    sheet.text(RIGHT, f"{words.customer} {report.organization_id}", to_the_right=True, color=PALE)
    sheet.rule(above=-8, color=PALE)
    sheet.down(34)


def _summary(sheet: Sheet, report: Report, locale: Locale) -> None:
    words, statement = WORDS[locale], report.statement
    sheet.text(LEFT, words.summary, size=10, bold=True)
    sheet.down(18)
    lines = [
        (words.opening, hours(statement.opening_minutes), False),
        (words.granted, hours(statement.granted_minutes), False),
        (words.debited, hours(statement.debited_minutes), False),
        (words.expired, hours(statement.expired_minutes), False),
        (words.closing, hours(statement.closing_minutes), True),
        (words.overage, hours(statement.overage_minutes), False),
        (words.overage_value, price(report.overage_cents, locale), False),
    ]
    if statement.restored_minutes:
        lines.insert(3, (f"  {words.restored}", hours(statement.restored_minutes), False))
    for name, value, is_bold in lines:
        sheet.text(LEFT, name, bold=is_bold)
        sheet.text(MIDDLE - 40, value, bold=is_bold, to_the_right=True)
        sheet.down(13)
    sheet.down(10)


def _chart(sheet: Sheet, report: Report, top: int, locale: Locale) -> None:
    """Three bars a month, as high as the highest of all is; the axis names twelve months, however young the account."""
    words, bars = WORDS[locale], report.bars
    sheet.text(MIDDLE, words.chart, size=10, bold=True, y=top)
    foot = top - CHART_POINTS - 32
    most = max([1, *(max(bar.granted_minutes, bar.debited_minutes, bar.overage_minutes) for bar in bars)])
    step = (RIGHT - MIDDLE) // BARS_MONTHS
    month = domain.month_of(report.statement.period)
    for place in range(BARS_MONTHS):
        name = f"{add_months(month, 1 + place - BARS_MONTHS):%m}"
        sheet.text(MIDDLE + place * step, name, size=6, color=PALE, y=foot - 9)
    for place, bar in enumerate(bars, start=BARS_MONTHS - len(bars)):
        x = MIDDLE + place * step
        heights: tuple[tuple[int, Color], ...] = (
            (bar.granted_minutes, GRANTED),
            (bar.debited_minutes, DEBITED),
            (bar.overage_minutes, OVER),
        )
        for number, (minutes, color) in enumerate(heights):
            high = max(0, minutes) * CHART_POINTS // most
            sheet.box(x + number * BAR_POINTS, foot, BAR_POINTS - 1, high, color)
    sheet.text(RIGHT, hours(most), size=6, color=PALE, to_the_right=True, y=foot + CHART_POINTS + 3)
    sheet.box(MIDDLE, foot - 1, RIGHT - MIDDLE, 1, RULE)
    x = MIDDLE
    for said, color in ((words.chart_granted, GRANTED), (words.chart_debited, DEBITED), (words.chart_over, OVER)):
        sheet.box(x, foot - 24, 6, 6, color)
        sheet.text(x + 9, said, size=7, color=PALE, y=foot - 24)
        x += 64


def _tables(report: Report, locale: Locale) -> Iterator[Table]:
    words = WORDS[locale]
    yield words.tickets, _ticket_columns(locale), list(_ticket_lines(report, locale)), words.no_tickets
    if report.people:
        people = [
            (fitted(one.professional_id or words.unknown_person, ID_POINTS), hours(one.minutes))
            for one in report.people
        ]
        yield words.people, _columns(words.person, words.hours), people, ""
    if report.reversals:
        back = [(str(one.ticket_id), hours(one.minutes), hours(one.minutes_over)) for one in report.reversals]
        yield words.reversals, _columns(words.ticket, words.from_package, words.over), back, ""
    lapses = [
        (
            f"{words.lot} {day(one.effective_date, locale)}",
            day(one.expires_date, locale),
            hours(one.minutes),
        )
        for one in report.lapses
    ]
    windows = [
        (words.expiring_within.format(days=one.days), "", hours(one.minutes)) for one in report.windows if one.minutes
    ]
    nothing = words.nothing_expires.format(days=report.windows[0].days)
    yield words.expiring, _columns("", words.expires, words.hours), [*lapses, *windows], nothing


def _ticket_columns(locale: Locale) -> Sequence[Column]:
    words = WORDS[locale]
    right: Callable[[str, int], Column] = lambda title, x: Column(title=title, x=x, to_the_right=True)  # noqa: E731
    return (
        Column(title=words.ticket, x=LEFT),
        Column(title=words.closed, x=LEFT + 62),
        Column(title=words.person, x=LEFT + 130),
        right(words.written_off, LEFT + 310),
        right(words.from_package, LEFT + 380),
        right(words.over, LEFT + 435),
        right(words.value, RIGHT),
    )


def _ticket_lines(report: Report, locale: Locale) -> Iterator[Cells]:
    words = WORDS[locale]
    for line in report.tickets:
        debit = line.debit
        who = ", ".join(f"{one.professional_id or words.unknown_person} {hours(one.minutes)}" for one in line.people)
        yield (
            f"#{debit.ticket_number}" + (f"/{debit.round}" if debit.round > 1 else ""),
            day(debit.local_date, locale),
            fitted(who, 130),
            hours(debit.minutes_written_off) if debit.minutes_written_off else "",
            hours(debit.minutes - debit.minutes_over),
            hours(debit.minutes_over) if debit.minutes_over else "",
            price(line.overage_cents, locale) if debit.minutes_over else "",
        )


def _columns(first: str, *others: str) -> Sequence[Column]:
    """A column of texts on the left, and one or two of figures; those of hours lie one below another."""
    places = (LEFT + 330, LEFT + 420)[-len(others) :]
    figures = [Column(title=title, x=x, to_the_right=True) for title, x in zip(others, places, strict=True)]
    return (Column(title=first, x=LEFT), *figures)


def _table_head(sheet: Sheet, title: str, columns: Sequence[Column]) -> None:
    sheet.down(8)
    sheet.text(LEFT, title, size=10, bold=True)
    sheet.down(16)
    row(sheet, columns, [column.title for column in columns], bold=True)
    sheet.rule(above=9)
    sheet.down(2)


def _table_without_lines(sheet: Sheet, title: str, nothing: str) -> None:
    sheet.down(8)
    sheet.text(LEFT, title, size=10, bold=True)
    sheet.down(16)
    sheet.text(LEFT, nothing, color=PALE)
    sheet.down(13)


def _numbered(sheet: Sheet, report: Report, number: int, locale: Locale) -> Sheet:
    sheet.text(RIGHT, WORDS[locale].page.format(number=number), size=7, color=PALE, to_the_right=True, y=30)
    sheet.text(LEFT, f"Ponteiro · {WORDS[locale].contract} {report.contract_id}", size=7, color=PALE, y=30)
    return sheet
