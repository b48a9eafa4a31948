"""The rules of billing, by the numbers of the domain: S03, S04, S12, S20, S37, S39 and the dates of chapter 3."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.billing import domain
from services.billing.domain import Calendars, Contract, Month, Negotiated, Overage
from services.billing.offer import Onboarding
from shared.calendar import CalendarSpec, DaySpec, HolidaySource, bank_spec, business_calendar
from shared.errors import Refused
from shared.money import price_of_minutes
from tests.billing.shops import SAO_PAULO, a_customer, local, section

WEEK = dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), (("08:00", "18:00"),))
ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def calendars(optional_points: str = "ignore", *days: DaySpec, closed: tuple[date, ...] = ()) -> Calendars:
    source = HolidaySource(optional_points=optional_points)  # type: ignore[arg-type]
    spec = CalendarSpec(
        name="x", timezone="America/Sao_Paulo", hours=WEEK, holidays=source, days=days, closed_dates=closed
    )
    return Calendars(business=business_calendar(spec), bank=business_calendar(bank_spec()), run_time=time(8))


def run_after(month: str, rules: Calendars | None = None) -> date:
    """The issue date of what was closed in a month, for a contract that has long been active."""
    run = domain.planned_run(
        Month.read(month).next(),
        start_date=date(2020, 1, 1),
        activated_at=local("2020-01-01"),
        timezone="America/Sao_Paulo",
        calendars=rules or calendars(),
    )
    assert (run.at.astimezone(SAO_PAULO).hour, run.month) == (8, Month.read(month).next())
    return run.at.astimezone(SAO_PAULO).date()


@pytest.mark.parametrize(
    ("closed_in", "issued_on"),
    [
        ("2026-10", "2026-11-03"),
        ("2026-11", "2026-12-01"),
        ("2026-12", "2027-01-04"),
        ("2027-04", "2027-05-03"),
        ("2026-04", "2026-05-04"),
        ("2027-01", "2027-02-01"),
        ("2027-12", "2028-01-03"),
        ("2025-12", "2026-01-02"),
    ],
)
def test_s03_the_run_is_on_the_first_business_day_of_the_next_month(closed_in: str, issued_on: str) -> None:
    assert run_after(closed_in) == date.fromisoformat(issued_on)


def test_s04_three_policies_for_carnival_give_three_dates() -> None:
    ash = (("14:00", "18:00"),)
    carnival_off = calendars(
        "ignore",
        DaySpec(date=date(2025, 3, 3), kind="closed"),
        DaySpec(date=date(2025, 3, 4), kind="closed"),
        DaySpec(date=date(2025, 3, 5), kind="partial", windows=ash),
    )

    ignored = [run_after("2025-02"), run_after("2028-02")]
    observed = [run_after("2025-02", calendars("observe")), run_after("2028-02", calendars("observe"))]
    half_day = run_after("2025-02", carnival_off)

    assert ignored == [date(2025, 3, 3), date(2028, 3, 1)]
    assert observed == [date(2025, 3, 6), date(2028, 3, 2)]
    assert half_day == date(2025, 3, 5)


def test_b02_a_municipal_holiday_moves_the_run_of_that_provider_only() -> None:
    moved = run_after("2026-11", calendars("ignore", closed=(date(2026, 12, 1),)))

    assert (moved, run_after("2026-11")) == (date(2026, 12, 2), date(2026, 12, 1))


@pytest.mark.parametrize(
    ("issued", "net_days", "due"),
    [
        ("2026-12-01", 10, "2026-12-11"),
        ("2026-02-02", 12, "2026-02-18"),  # a Saturday, then Sunday, Carnival Monday and Tuesday
        ("2026-05-25", 10, "2026-06-05"),  # Corpus Christi: the company works, the bank does not
        ("2026-12-15", 10, "2026-12-28"),
        ("2026-12-01", 0, "2026-12-01"),
    ],
)
def test_3_4_an_invoice_is_due_on_a_day_on_which_banks_work(issued: str, net_days: int, due: str) -> None:
    found = domain.due_date(date.fromisoformat(issued), net_days=net_days, calendars=calendars())

    assert found == date.fromisoformat(due)


@pytest.mark.parametrize(
    ("start", "activated_at", "month", "at"),
    [
        ("2026-11-01", local("2026-11-01"), "2026-11", local("2026-11-03", "08:00")),
        ("2026-11-01", local("2026-10-20", "15:00"), "2026-11", local("2026-11-03", "08:00")),
        ("2026-11-10", local("2026-10-20", "15:00"), "2026-11", local("2026-11-10", "08:00")),
        ("2026-11-10", local("2026-11-01"), "2026-11", local("2026-11-10", "08:00")),
        ("2026-11-14", local("2026-11-01"), "2026-11", local("2026-11-16", "08:00")),  # a Saturday
        ("2026-10-31", local("2026-10-20"), "2026-11", local("2026-11-03", "08:00")),  # none is left in October
        ("2026-11-10", local("2026-11-10", "07:59"), "2026-11", local("2026-11-10", "08:00")),
        ("2026-11-10", local("2026-11-10", "08:00"), "2026-11", local("2026-11-10", "08:00")),
        ("2026-11-10", local("2026-11-10", "08:01"), "2026-11", local("2026-11-11", "08:00")),
        ("2026-11-10", local("2026-11-13", "17:00"), "2026-11", local("2026-11-16", "08:00")),
        ("2026-12-01", local("2026-12-01", "08:00"), "2026-12", local("2026-12-01", "08:00")),
        ("2026-12-01", local("2026-12-01", "08:01"), "2026-12", local("2026-12-02", "08:00")),
        ("2026-11-10", local("2026-11-30", "09:00"), "2026-12", local("2026-12-01", "08:00")),
        ("2026-08-01", local("2026-11-21", "12:00"), "2026-11", local("2026-11-23", "08:00")),
        ("2027-03-10", local("2026-11-21", "12:00"), "2027-03", local("2027-03-10", "08:00")),
    ],
)
def test_the_first_run_is_the_first_business_day_from_the_start_on_or_the_next_one_after_the_activation(
    start: str, activated_at: datetime, month: str, at: datetime
) -> None:
    draft = contract(start=start, state="draft", activated_at=None)

    run = domain.activate(draft, at=activated_at, calendars=calendars()).next_run

    assert run is not None
    assert (str(run.month), run.at) == (month, at)


def test_a_manaus_contract_is_run_at_eight_in_manaus() -> None:
    run = domain.planned_run(
        Month.read("2026-12"),
        start_date=date(2026, 11, 1),
        activated_at=local("2026-11-01"),
        timezone="America/Manaus",
        calendars=calendars(),
    )

    assert run.at == local("2026-12-01", "09:00")


def contract(plan: str = "START", start: str = "2026-11-01", kind: str = "recurring", **changes: object) -> Contract:
    offer = section()
    terms = domain.terms_of(offer, kind=kind, plan_code=plan, product=None, locale="pt-BR")  # type: ignore[arg-type]
    day = date.fromisoformat(start)
    base = Contract(
        id=uuid4(),
        organization_id=uuid4(),
        state="active",
        kind=kind,  # type: ignore[arg-type]
        terms=terms,
        account_manager_id=None,
        timezone="America/Sao_Paulo",
        locale="pt-BR",
        start_date=day,
        first_cycle="prorated",
        next_fee_month=Month.of(day),
        next_run=None,
        created_at=local("2026-10-01"),
        activated_at=local("2026-10-01"),
        version=2,
    )
    return replace(base, **changes)  # type: ignore[arg-type]


def overage(minutes: int, month: str = "2026-11", number: int = 1) -> Overage:
    return Overage(
        overage_id=uuid4(),
        contract_id=UUID(int=1),
        ticket_id=uuid4(),
        ticket_number=number,
        round=1,
        minutes=minutes,
        hour_price_cents=23000,
        cents=price_of_minutes(minutes, 23000),
        month=Month.read(month),
        accrued_at=local(f"{month}-12", "17:00"),
    )


@pytest.mark.parametrize(
    ("plan", "start", "first_cycle", "cents"),
    [
        ("BASIC", "2026-11-10", "prorated", 101500),  # S20
        ("BASIC", "2026-11-10", "full", 145000),
        ("BASIC", "2026-11-01", "prorated", 145000),
        ("START", "2026-11-30", "prorated", 2180),
        ("START", "2028-02-29", "prorated", 2255),  # 65400 / 29, rounded once
    ],
)
def test_s20_the_first_fee_is_the_share_of_its_days(plan: str, start: str, first_cycle: str, cents: int) -> None:
    signed = contract(plan, start, first_cycle=first_cycle)

    line = domain.fee_line(signed, Month.of(signed.start_date))

    assert line is not None
    assert (line.kind, line.period, line.cents) == ("plan_fee", start[:7], cents)


def test_a_skipped_first_cycle_and_one_off_work_have_no_fee() -> None:
    november = Month.read("2026-11")

    assert domain.fee_line(contract(first_cycle="skip"), november) is None
    assert domain.fee_line(contract(first_cycle="skip"), november.next()) is not None
    assert domain.fee_line(contract(kind="one_off"), november) is None
    assert domain.fee_line(contract(start="2026-12-01"), november) is None


def test_s12_twenty_minutes_over_round_to_the_cent_once_and_come_after_the_fee() -> None:
    signed = contract("BASIC", next_fee_month=Month.read("2026-12"))

    lines = domain.lines_of_run(signed, Month.read("2026-12"), [overage(20)])

    assert [(line.kind, line.period, line.minutes, line.cents) for line in lines] == [
        ("plan_fee", "2026-12", None, 145000),
        ("overage", "2026-11", 20, 7667),
    ]
    assert sum(line.cents for line in lines) == 152667


def test_b05_an_overage_that_comes_late_says_which_month_it_adjusts() -> None:
    lines = domain.lines_of_run(
        contract(next_fee_month=Month.read("2027-01")),
        Month.read("2027-01"),
        [overage(30, "2026-12", 9), overage(60, "2026-11", 7)],
    )

    assert [line.description for line in lines] == [
        "Plano START - mensalidade 01/2027",
        "Ajuste de 11/2026: Chamado 7 - horas excedentes de 11/2026: 1 h a R$ 230,00/h",
        "Chamado 9 - horas excedentes de 12/2026: 30 min a R$ 230,00/h",
    ]


def test_a_contract_that_is_activated_late_is_charged_every_month_since_its_start() -> None:
    lines = domain.lines_of_run(contract("BASIC", "2026-08-10"), Month.read("2026-11"), [])

    assert [(line.period, line.cents) for line in lines] == [
        ("2026-08", 102903),  # 22 of 31 days
        ("2026-09", 145000),
        ("2026-10", 145000),
        ("2026-11", 145000),
    ]


def test_b08_nothing_to_charge_gives_no_lines() -> None:
    assert domain.lines_of_run(contract(kind="project"), Month.read("2026-12"), []) == ()


def test_centavos_that_do_not_follow_from_the_minutes_are_refused() -> None:
    with pytest.raises(domain.OverageMispriced, match="20 min cost 7667 centavos, not 7666"):
        domain.check_price(replace(overage(20), cents=7666))


def test_s37_custom_begins_at_twenty_hours_and_its_price_is_suggested() -> None:
    terms = domain.terms_of(section(), kind="recurring", plan_code="CUSTOM", product=None, locale="pt-BR")

    assert domain.suggested_price(1200, full_hour_price_cents=23000, discount_percent=20) == 368000
    assert domain.suggestion_for(terms) == 368000
    with pytest.raises(domain.BelowMinimum, match="CUSTOM starts at 20 hours"):
        domain.negotiate(terms, Negotiated(monthly_minutes=1199))
    with pytest.raises(domain.StillToNegotiate, match="price_cents is agreed per contract"):
        domain.agreed_prices(domain.negotiate(terms, Negotiated(monthly_minutes=1200)))
    agreed = domain.agreed_prices(domain.negotiate(terms, Negotiated(monthly_minutes=1260, price_cents=380000)))
    assert (agreed.monthly_minutes, agreed.price_cents, agreed.full_hour_price_cents) == (1260, 380000, 23000)


def test_what_the_offer_fixes_is_not_negotiated() -> None:
    terms = domain.terms_of(section(), kind="recurring", plan_code="START", product=None, locale="pt-BR")

    for agreed in (Negotiated(price_cents=1), Negotiated(monthly_minutes=1), Negotiated(full_hour_price_cents=1)):
        with pytest.raises(domain.NotNegotiable):
            domain.negotiate(terms, agreed)


def test_work_without_a_plan_ranks_last_and_has_neither_fee_nor_package() -> None:
    terms = domain.terms_of(section(), kind="one_off", plan_code=None, product=None, locale="pt-BR")

    assert (terms.plan_code, terms.queue_rank, terms.price_cents, terms.monthly_minutes) == ("", 5, 0, 0)
    assert (terms.product, terms.full_hour_price_cents) == ("hour_bank", 23000)


@pytest.mark.parametrize(
    ("cnpj", "devices", "refusal"),
    [
        ("12.ABC.345/01DE-35", 3, None),
        ("12ABC34501DE36", 3, domain.CnpjInvalid),
        ("00.000.000/0001-91", 3, None),
        ("11.222.333/0001-81", 3, None),
        ("11222333000180", 3, domain.CnpjInvalid),
        ("11.222.333/0001-81", 2, domain.TooFewDevices),
        ("529.982.247-25", 3, domain.IndividualRefused),
        (None, 3, domain.CnpjRequired),
        ("11.222.333/0001-81", None, domain.TooFewDevices),
    ],
)
def test_s39_who_may_become_a_customer(cnpj: str | None, devices: int | None, refusal: type[Refused] | None) -> None:
    rules = section("blocktime").onboarding
    applicant = replace(a_customer(cnpj=cnpj), devices=devices)

    if refusal is None:
        stored = domain.admit(applicant, rules, locale="pt-BR").party.cnpj
        assert stored is not None
        assert (len(stored), stored.isalnum()) == (14, True)
    else:
        with pytest.raises(refusal):
            domain.admit(applicant, rules, locale="pt-BR")


def test_b43_an_individual_is_told_about_partners_in_portuguese() -> None:
    rules = section("blocktime").onboarding

    with pytest.raises(domain.IndividualRefused, match="ótimos parceiros para indicar"):
        domain.admit(a_customer(cnpj="529.982.247-25"), rules, locale="pt-BR")


def test_a_provider_without_rules_takes_a_company_without_cnpj() -> None:
    assert domain.admit(a_customer(), Onboarding(), locale="en").party.cnpj is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1122233300018",
        "112223330001811",
        "00000000000000",
        "１１222333000181",  # full-width digits  # noqa: RUF001
        "11222333000l81",
        "12ABC34501DEAB",
        "12abc34501dé35",
    ],
)
def test_what_is_no_cnpj_is_refused(text: str) -> None:
    with pytest.raises(domain.CnpjInvalid):
        domain.read_cnpj(text)


@given(root=st.text(ALPHABET, min_size=12, max_size=12), place=st.integers(0, 13), shift=st.integers(1, 9))
def test_a_cnpj_reads_back_from_how_it_is_shown_and_one_wrong_digit_is_seen(root: str, place: int, shift: int) -> None:
    cnpj = root + domain.check_digits(root)
    if len(set(cnpj)) == 1:
        return
    spoiled = cnpj[place]
    if spoiled.isdigit():
        wrong = cnpj[:place] + str((int(spoiled) + shift) % 10) + cnpj[place + 1 :]
        assert _is_refused(wrong) or _digit_collides(cnpj, wrong)

    assert domain.read_cnpj(domain.show_cnpj(cnpj)) == cnpj
    assert domain.read_cnpj(cnpj.lower()) == cnpj


def _is_refused(text: str) -> bool:
    try:
        domain.read_cnpj(text)
    except domain.CnpjInvalid:
        return True
    return False


def _digit_collides(cnpj: str, wrong: str) -> bool:
    """Remainders 0 and 1 share the check digit 0: the one case in which modulus 11 lets an error pass."""
    return domain.check_digits(cnpj[:12]) == domain.check_digits(wrong[:12]) and "0" in cnpj[12:]


def issue_of_december() -> domain.Issue:
    return domain.Issue(
        month=Month.read("2026-12"),
        provider=section().provider,
        customer=a_customer().party,
        issue_date=date(2026, 12, 1),
        due_date=date(2026, 12, 11),
        note=None,
        fiscal=None,
        tax_rules=(),
        pix=None,
    )


def test_an_invoice_hashes_the_same_whatever_the_order_of_its_making() -> None:
    signed = contract(next_fee_month=Month.read("2026-12"))
    one, two = overage(150, number=1), overage(20, number=2)
    numbering = domain.Numbering(series="A", year=2026, sequence=42)
    identity = UUID(int=7)

    def content(order: list[Overage]) -> bytes:
        lines = domain.lines_of_run(signed, Month.read("2026-12"), order)
        return domain.canonical(domain.finalize(signed, lines, issue_of_december(), id=identity, numbering=numbering))

    first, second = content([one, two]), content([two, one])

    assert first == second
    assert domain.fingerprint(first) == domain.fingerprint(second)
    assert domain.read_invoice(first).number == "A-2026/00042"
    assert domain.canonical(domain.read_invoice(first)) == first
    assert b'"total_cents":130567' in first
