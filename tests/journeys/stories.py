"""The stories of scenarios.json that cross all five services, as what people do and what they then see.

Under a virtual clock they happen at their own dates. In real time the same acts are done now, and what only time can
bring (an invoice of next month, a lot that expires) is not waited for: a story that is about that says so.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from services.cli.apply import bring_one, section_kinds
from services.cli.demo.actors import Customer, Shop
from services.cli.demo.seen import Account, Line, Ticket
from services.cli.demo.stage import Stage
from services.cli.offer_file import read_offer
from services.client import Answered
from shared.calendar import add_months, local_date
from shared.events import TELLERS

OFFERS = Path(__file__).resolve().parents[2] / "deploy" / "offers"
SAO_PAULO = "America/Sao_Paulo"
FULL_HOUR_CENTS = 23000

Play = Callable[[Stage], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """A story: where its clock begins, and whether it is about what only time brings."""

    id: str
    title: str
    begins: datetime
    needs_time: bool
    play: Play


STORIES: dict[str, Story] = {}


def repertoire(stories: dict[str, Story]) -> Callable[..., Callable[[Play], Play]]:
    """What puts stories into a repertoire."""

    def story(id: str, *, begins: str, needs_time: bool = False) -> Callable[[Play], Play]:
        def add(play: Play) -> Play:
            title, at = (play.__doc__ or "").strip(), datetime.fromisoformat(begins)
            stories[id] = Story(id=id, title=title, begins=at, needs_time=needs_time, play=play)
            return play

        return add

    return story


story = repertoire(STORIES)


@story("S01", begins="2026-11-23T09:00-03:00")
async def s01(stage: Stage) -> None:
    """START accumulates four months, a 5h30 ticket draws oldest-first and needs no approval."""
    shop = await shop_of(stage, "next4")
    august, september, october, november = (month_start(stage, "2026-11-01", ago=ago) for ago in (3, 2, 1, 0))
    customer = await shop.sign("Padaria Aurora", plan_code="START", start_date=str(august), **no_fee_before(november))
    before = await customer.hours(lambda hours: len(hours.lots) == 4, what="four lots")
    assert before.balance_minutes == 720
    ticket = await customer.asks("Trocar o formulário de contato", "O formulário precisa de mais dois campos.")

    await stage.at("2026-11-23T10:00-03:00")
    estimate = await shop.estimate(ticket, 330)

    assert (estimate.state, estimate.minutes_from_bank, estimate.minutes_over) == ("approved", 330, 0)
    assert (await shop.look(ticket)).status == "in_progress"
    held = await customer.account()
    assert (held.held_minutes, held.available_minutes) == (330, 390)

    await stage.at("2026-11-23T16:00-03:00")
    closed = await worked_and_closed(shop, ticket, 330)

    (debit,) = closed.debits
    assert {share.effective_date: share.minutes for share in debit.by_lot} == {august: 180, september: 150}
    assert (debit.minutes, debit.minutes_over, debit.balance_after) == (330, 0, 390)
    after = await customer.account()
    assert available_by_lot(after) == {august: 0, september: 30, october: 180, november: 180}
    assert (after.balance_minutes, after.held_minutes, after.overage_approved_cents) == (390, 0, 0)
    assert not [entry for entry in await customer.entries() if entry.kind == "overage"]


@story("S02", begins="2026-11-01T09:00-03:00")
async def s02(stage: Stage) -> None:
    """START first month, 5h30 ticket: all 3h used, 2h30 overage at the full price, invoiced next first business day."""
    shop = await shop_of(stage, "next4")
    customer = await start_customer(stage, shop, "Livraria Capitu")
    ticket = await customer.asks("Área de assinantes", "Os assinantes precisam baixar as edições em PDF.")

    await stage.at("2026-11-10T10:00-03:00")
    estimate = await shop.estimate(ticket, 330)

    assert (estimate.state, estimate.minutes_from_bank, estimate.minutes_over) == ("awaiting_approval", 180, 150)
    assert (estimate.overage_cents, estimate.hour_price_cents) == (57500, FULL_HOUR_CENTS)
    await refused(shop.work(ticket, 60, kind="programming"), "approval_pending")

    await stage.at("2026-11-10T14:00-03:00")
    await refused(shop.close(ticket), "approval_pending")
    assert (await customer.account()).held_minutes == 180

    await stage.at("2026-11-10T15:00-03:00")
    await customer.approves(ticket, estimate)
    assert (await shop.look(ticket)).status == "in_progress"
    await customer.hours(lambda hours: hours.overage_approved_cents == 57500, what="the approved overage")

    await stage.at("2026-11-12T17:00-03:00")
    closed = await worked_and_closed(shop, ticket, 330)

    (debit,) = closed.debits
    assert (debit.minutes, debit.minutes_over, debit.balance_after) == (330, 150, 0)
    month = month_start(stage, "2026-11-01")
    statement = await customer.statement(f"{month:%Y-%m}")
    assert (statement.closing_minutes, statement.overage_minutes, statement.overage_cents) == (0, 150, 57500)
    assert (await customer.account()).balance_minutes == 0
    if stage.obeys:
        await invoice_of_december(stage, customer, ticket)


async def invoice_of_december(stage: Stage, customer: Customer, ticket: Ticket) -> None:
    """The end of S02: one invoice, at 08:00 of the first business day, and not a minute earlier."""
    await stage.at("2026-12-01T07:59-03:00")
    assert [invoice.issue_date for invoice in await customer.invoices()] == [date(2026, 11, 3)]

    await stage.at("2026-12-01T08:00-03:00")
    _november, december = await customer.invoices()

    assert (december.issue_date, december.due_date) == (date(2026, 12, 1), date(2026, 12, 11))
    fee, overage = december.lines
    assert (fee.kind, fee.period, fee.cents) == ("plan_fee", "2026-12", 65400)
    assert of_ticket(overage) == ("overage", "2026-11", ticket.number, 150, FULL_HOUR_CENTS, 57500)
    assert december.total_cents == 122900


@story("S03", begins="2025-12-01T09:00-03:00", needs_time=True)
async def s03(stage: Stage) -> None:
    """First business day of the subsequent month (national calendar)."""
    shop = await shop_of(stage, "next4")
    customer = await shop.sign("Estúdio Quaresma", kind="one_off", start_date="2025-12-01")
    expected = {
        "2025-12": date(2026, 1, 2),
        "2026-04": date(2026, 5, 4),
        "2026-10": date(2026, 11, 3),
        "2026-11": date(2026, 12, 1),
        "2026-12": date(2027, 1, 4),
        "2027-01": date(2027, 2, 1),
        "2027-04": date(2027, 5, 3),
        "2027-12": date(2028, 1, 3),
    }
    for count, (month, invoiced_on) in enumerate(expected.items()):
        await stage.at(f"{month}-15T10:00-03:00")
        ticket = await customer.asks("Página nova", "Uma página nova para a campanha do mês.")
        await customer.approves(ticket, await shop.estimate(ticket, 60))
        await stage.at(f"{month}-15T12:00-03:00")
        await worked_and_closed(shop, ticket, 60)

        await stage.at(f"{invoiced_on}T07:59-03:00")
        assert len(await customer.invoices()) == count
        await stage.at(f"{invoiced_on}T08:00-03:00")

        invoice = (await customer.invoices())[-1]
        assert (invoice.issue_date, invoice.total_cents) == (invoiced_on, FULL_HOUR_CENTS)
        assert [of_ticket(line) for line in invoice.lines] == [
            ("overage", month, ticket.number, 60, FULL_HOUR_CENTS, FULL_HOUR_CENTS)
        ]


@story("S07", begins="2025-12-01T00:00-03:00", needs_time=True)
async def s07(stage: Stage) -> None:
    """Only the unused rest of a lot expires."""
    shop = await shop_of(stage, "next4")
    customer = await shop.sign("Ateliê Macabéa", plan_code="START", start_date="2025-12-01")
    await stage.at("2026-03-10T09:00-03:00")
    ticket = await customer.asks("Atualizar o catálogo", "Trocar as fotos do catálogo de outono.")
    await shop.estimate(ticket, 100)
    await stage.at("2026-03-10T12:00-03:00")
    await worked_and_closed(shop, ticket, 100)

    await stage.at("2026-11-30T23:59:59-03:00")
    oldest = (await customer.account()).lots[0]
    assert (oldest.effective_date, oldest.available_minutes, oldest.expired_minutes) == (date(2025, 12, 1), 80, 0)

    await stage.at("2026-12-01T00:00-03:00")
    account = await customer.account()

    lot = next(lot for lot in account.lots if lot.effective_date == date(2025, 12, 1))
    assert (lot.granted_minutes, lot.consumed_minutes) == (180, 100)
    assert (lot.expired_minutes, lot.available_minutes) == (80, 0)
    assert account.balance_minutes == 2160


@story("S10", begins="2026-11-01T09:00-03:00")
async def s10(stage: Stage) -> None:
    """Additional hours need a justification and an approval even when the bank covers them; unused hold comes back."""
    shop = await shop_of(stage, "next4")
    customer = await start_customer(stage, shop, "Pousada Sereia")
    ticket = await customer.asks("Atualizar o WordPress", "Atualizar o site e as extensões.")
    await stage.at("2026-11-09T09:00-03:00")
    await shop.estimate(ticket, 120)

    await stage.at("2026-11-10T09:00-03:00")
    await refused(shop.estimate(ticket, 60), "justification_required")
    await refused(shop.estimate(ticket, 60, justification=""), status=422)
    additional = await shop.estimate(ticket, 60, justification="plugin incompatible with PHP 8.4")

    assert (additional.kind, additional.state) == ("additional", "awaiting_approval")
    assert (additional.minutes_from_bank, additional.minutes_over, additional.overage_cents) == (60, 0, 0)
    assert (await shop.look(ticket)).status == "awaiting_approval"
    assert (await customer.account()).available_minutes == 0

    await stage.at("2026-11-10T11:00-03:00")
    approved = await customer.approves(ticket, additional)
    assert (approved.status, approved.minutes_approved) == ("in_progress", 180)

    await stage.at("2026-11-10T16:00-03:00")
    closed = await worked_and_closed(shop, ticket, 175)

    (debit,) = closed.debits
    assert (debit.minutes, debit.minutes_over, debit.balance_after) == (175, 0, 5)
    account = await customer.account()
    assert (account.balance_minutes, account.held_minutes) == (5, 0)


@story("S11", begins="2026-11-01T09:00-03:00")
async def s11(stage: Stage) -> None:
    """Declined additional hours: the close above the limit is refused; the provider may write the difference off."""
    shop = await shop_of(stage, "next4")
    customer = await start_customer(stage, shop, "Clínica Bento Santiago")
    ticket = await customer.asks("Agenda no site", "Os pacientes querem marcar consulta pelo site.")
    await stage.at("2026-11-09T09:00-03:00")
    await shop.estimate(ticket, 120)

    await stage.at("2026-11-10T09:00-03:00")
    additional = await shop.estimate(ticket, 45, justification="scope")
    assert (await customer.account()).available_minutes == 15

    await stage.at("2026-11-10T10:00-03:00")
    declined = await customer.declines(ticket, additional)
    assert declined.status == "in_progress"
    await customer.hours(lambda hours: hours.available_minutes == 60, what="what was held comes back")

    await stage.at("2026-11-10T16:00-03:00")
    await shop.work(ticket, 150, kind="programming")
    before = await customer.entries()
    await refused(shop.close(ticket), "approval_required")
    assert await customer.entries() == before
    assert (await shop.look(ticket)).status == "in_progress"
    closed = await shop.close(ticket, write_off_minutes=30)

    (debit,) = closed.debits
    assert (debit.minutes, debit.minutes_written_off, debit.minutes_over) == (120, 30, 0)
    account = await customer.account()
    assert (account.balance_minutes, account.held_minutes) == (60, 0)


@story("S17", begins="2026-11-01T09:00-03:00")
async def s17(stage: Stage) -> None:
    """A declined quote releases every held minute and nothing is charged."""
    shop = await shop_of(stage, "next4")
    customer = await start_customer(stage, shop, "Oficina Policarpo")
    ticket = await customer.asks("Loja virtual", "Queremos vender peças pelo site.")
    estimate = await shop.estimate(ticket, 300)
    waiting = await customer.account()
    assert (waiting.available_minutes, waiting.held_minutes) == (0, 180)

    declined = await customer.declines(ticket, estimate, reason="fica para o ano que vem")

    assert declined.status == "declined"
    after = await customer.hours(lambda hours: hours.held_minutes == 0, what="what was held comes back")
    assert (after.available_minutes, after.overage_approved_cents) == (180, 0)
    assert not [entry for entry in await customer.entries() if entry.kind in ("consume", "capture", "overage")]
    if stage.obeys:
        await stage.at("2026-12-01T08:00-03:00")
        assert [line.kind for invoice in await customer.invoices() for line in invoice.lines] == ["plan_fee"] * 2


@story("S26", begins="2026-11-01T09:00-03:00")
async def s26(stage: Stage) -> None:
    """The same close event and the same grant delivered twice change nothing."""
    shop = await shop_of(stage, "next4")
    customer = await start_customer(stage, shop, "Mercearia Dona Plácida")
    ticket = await customer.asks("Banner da semana", "Trocar o banner da página inicial.")
    await shop.estimate(ticket, 100)
    await shop.work(ticket, 100, kind="content")

    first = await shop.close(ticket, key=f"close-{ticket.id}")
    again = await shop.close(ticket, key=f"close-{ticket.id}")
    await refused(shop.close(ticket, key=f"again-{ticket.id}"), status=409)
    if stage.redeliver is not None:
        await stage.redeliver()

    assert first == again == await shop.look(ticket)
    account = await customer.account()
    assert (account.balance_minutes, len(account.lots), len(first.debits)) == (80, 1, 1)
    kinds = [entry.kind for entry in await customer.entries()]
    assert (kinds.count("grant"), kinds.count("capture") + kinds.count("consume")) == (1, 1)


@story("S27", begins="2026-07-01T09:00-03:00", needs_time=True)
async def s27(stage: Stage) -> None:
    """Standard SLA (low): 4 business hours, São Paulo capital calendar."""
    shop = await shop_of(stage, "blocktime")
    customer = await desk_customer(shop, "Transportes Riobaldo", plan_code="PRO", start_date="2026-07-01")
    expected = {
        "2026-07-08T15:00-03:00": "2026-07-10T09:00-03:00",
        "2026-11-13T17:00-03:00": "2026-11-16T11:00-03:00",
        "2026-11-14T11:00-03:00": "2026-11-16T12:00-03:00",
        "2026-11-18T18:00-03:00": "2026-11-19T12:00-03:00",
        "2026-11-19T16:30-03:00": "2026-11-23T10:30-03:00",
        "2027-01-22T17:30-03:00": "2027-01-26T11:30-03:00",
    }
    for registered, due in expected.items():
        await stage.at(registered)
        ticket = await customer.asks("Planilha não abre", "A planilha de fretes não abre no meu computador.")
        triaged = await shop.triage(ticket, impact="one_user", operation="running")
        due_at = datetime.fromisoformat(due)

        (clock,) = await stage.see(
            lambda ticket=ticket: shop.clocks(ticket),  # type: ignore[misc]  # bound here, because of the loop
            lambda clocks, due_at=due_at: [one.due_at for one in clocks] == [due_at],  # type: ignore[misc]  # as above
            what=f"due at {due}",
        )
        assert triaged.priority == "low"
        assert (clock.metric, clock.target_seconds) == ("attendance", 240 * 60)


async def shop_of(stage: Stage, tenant: str) -> Shop:
    """A provider whose offer is applied."""
    shop = Shop(stage=stage, tenant=tenant)
    offer = read_offer(OFFERS / f"{tenant}.yaml", section_kinds())
    for name in TELLERS:
        await bring_one(shop.admin, name, offer.sections[name])
    return shop


async def start_customer(stage: Stage, shop: Shop, name: str) -> Customer:
    """A customer of Next4 whose START contract begins with the month, and the minutes of that month."""
    month = month_start(stage, "2026-11-01")
    customer = await shop.sign(name, plan_code="START", start_date=str(month), first_cycle="full")
    await customer.hours(lambda hours: hours.available_minutes == 180, what="the month's lot")
    return customer


async def desk_customer(shop: Shop, name: str, **terms: Any) -> Customer:
    """A customer of Blocktime: a company with five devices, and prices that were agreed."""
    organization = {"cnpj": "11.222.333/0001-81", "devices": 5, "cnpj_active_on": terms["start_date"]}
    agreed: dict[str, Any] = {"price_cents": 180000, "full_hour_price_cents": 19000}
    return await shop.sign(name, organization=organization, **agreed, **terms)


async def worked_and_closed(shop: Shop, ticket: Ticket, minutes: int) -> Ticket:
    """Put so many minutes on a ticket, say that it is done, close it."""
    await shop.work(ticket, minutes, kind="programming")
    await shop.resolve(ticket)
    return await shop.close(ticket)


async def refused(act: Awaitable[object], code: str | None = None, *, status: int | None = None) -> None:
    """The house says no, with this code or status."""
    with pytest.raises(Answered) as no:
        await act
    assert code in (None, no.value.code)
    assert status in (None, no.value.answered_status)


def month_start(stage: Stage, told: str, *, ago: int = 0) -> date:
    """The first day of the story's month, or of this one in real time; or of one so many months ago."""
    day = date.fromisoformat(told) if stage.obeys else local_date(stage.opened_at, SAO_PAULO).replace(day=1)
    return add_months(day, -ago)


def no_fee_before(month: date) -> dict[str, Any]:
    """Terms of a contract that was invoiced elsewhere until now."""
    return {"fees_from": f"{month:%Y-%m}"}


def available_by_lot(account: Account) -> dict[date, int]:
    """The available minutes of each lot."""
    return {lot.effective_date: lot.available_minutes for lot in account.lots}


def of_ticket(line: Line) -> tuple[str, str, int | None, int | None, int | None, int]:
    """An invoice line of a ticket."""
    return (line.kind, line.period, line.ticket_number, line.minutes, line.unit_cents_per_hour, line.cents)
