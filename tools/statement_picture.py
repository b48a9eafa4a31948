"""Makes the picture of a statement, docs/statement.svg, from the very drawing that becomes a page of the PDF.

python -m tools.statement_picture
"""

from datetime import UTC, date, datetime
from pathlib import Path
from uuid import UUID

from services.hourbank import domain
from services.hourbank.api.paper import as_svg
from services.hourbank.api.statement_pdf import pages
from services.hourbank.api.words import Locale
from services.hourbank.domain import Bar, Debit, Lapse, Overage, PersonShare, Report, Statement, TicketLine
from shared.events.hourbank import LotShare
from shared.money import price_of_minutes

PICTURE = Path(__file__).resolve().parent.parent / "docs" / "statement.svg"
LOT = UUID(int=1)
AS_OF = date(2026, 12, 1)
RATE_CENTS = 23000


def sample(rounds: int) -> Report:
    """November 2026 of a customer with so many closed tickets."""
    lines = tuple(_line(number) for number in range(rounds))
    over = sum(line.debit.minutes_over for line in lines)
    debited = sum(line.debit.minutes for line in lines) - over
    lapses = (Lapse(lot_id=LOT, effective_date=date(2025, 12, 1), expires_date=AS_OF, minutes=35),)
    statement = Statement(
        period="2026-11",
        opening_minutes=debited + 215,
        granted_minutes=420,
        debited_minutes=debited,
        expired_minutes=45,
        closing_minutes=590,
        overage_minutes=over,
    )
    return Report(
        contract_id=UUID(int=7),
        organization_id=UUID(int=8),
        provider="Next4",
        plan_code="BASIC",
        monthly_minutes=420,
        timezone="America/Sao_Paulo",
        statement=statement,
        as_of=AS_OF,
        issued_at=datetime(2026, 12, 1, 11, tzinfo=UTC),
        tickets=lines,
        people=domain.people_of(lines),
        reversals=(),
        lapses=lapses,
        windows=domain.windows_of(lapses, as_of=AS_OF),
        bars=tuple(_bar(month) for month in range(12)),
    )


def _line(number: int) -> TicketLine:
    over = 0 if number % 3 else 30
    minutes = 60 + 7 * (number % 9)
    overages = (
        Overage(
            id=UUID(int=number + 1),
            tranche=1,
            minutes=over,
            hour_price_cents=RATE_CENTS,
            cents=price_of_minutes(over, RATE_CENTS),
            billing_month="2026-11",
        ),
    )
    share = LotShare(lot_id=LOT, effective_date=date(2025, 12, 1), expires_date=AS_OF, minutes=minutes - over)
    debit = Debit(
        ticket_id=UUID(int=number + 1),
        ticket_number=1042 + number,
        round=1,
        minutes=minutes,
        minutes_written_off=5 if number % 4 == 1 else 0,
        by_lot=(share,),
        overages=overages if over else (),
        debited_at=datetime(2026, 11, 2 + number % 26, 17, tzinfo=UTC),
        local_date=date(2026, 11, 2 + number % 26),
    )
    people = (
        PersonShare(professional_id="ana", seconds=40 * 60, minutes=40),
        PersonShare(professional_id="joão", seconds=(minutes - 40) * 60, minutes=minutes - 40),
    )
    return TicketLine(debit=debit, people=people)


def _bar(place: int) -> Bar:
    year, month = divmod(2025 * 12 + 11 + place, 12)
    return Bar(
        period=f"{year}-{month + 1:02d}",
        granted_minutes=420,
        debited_minutes=150 + 83 * place % 310,
        expired_minutes=0,
        overage_minutes=20 * (place % 4),
        closing_minutes=600,
    )


if __name__ == "__main__":
    PICTURE.write_text(as_svg(next(pages(sample(12), Locale.PT_BR))))
