"""The month: November 2026 in both shops, from the signed contracts to the invoices of December, and a day after."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from services.cli.apply import bring_one, section_kinds
from services.cli.demo.actors import APPROVES, ASKS, Customer, Person, Shop
from services.cli.demo.seen import Ticket
from services.cli.demo.telling import Narrator, span
from services.cli.offer_file import read_offer
from services.client import Answered, Api
from shared.auth import Role
from shared.errors import Refused
from shared.events import TELLERS
from shared.money import show

BEGINS = "2026-11-01T08:00-03:00"
STEPS = 24  # how often the clock is moved: the length of the bar

INVOICE_OF_THE_STORY_CENTS = 122_900  # S02: R$ 654.00 plan fee and 2h30 at R$ 230.00


class WentWrong(Refused):
    """The story did not end as it must: a fault of the house."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cast:
    """Who plays."""

    next4: Shop
    blocktime: Shop
    bookshop: Customer
    hauliers: Customer


async def play(narrator: Narrator, next4: Shop, blocktime: Shop, *, offers: Path) -> Cast:
    """Play the month. Raises WentWrong when the last invoice is not what it must be."""
    narrator.scene("Two shops open: their offers are data, applied to the running services")
    await narrator.at(BEGINS)
    await open_shops(narrator, (next4, blocktime), offers)
    cast = await sign_contracts(narrator, next4, blocktime)
    await first_invoices(narrator, cast)
    ticket = await more_than_the_bank_covers(narrator, cast)
    await worked_and_closed(narrator, cast, ticket)
    await a_holiday_in_between(narrator, cast)
    await a_broken_promise(narrator, cast)
    await a_night_on_call(narrator, cast)
    await first_of_december(narrator, cast, ticket)
    await the_invoice_is_paid(narrator, cast)
    await a_day_at_the_desks(narrator, cast)
    await nothing_is_parked(next4.stage.api)
    return cast


async def open_shops(narrator: Narrator, shops: tuple[Shop, ...], offers: Path) -> None:
    """Apply both offers."""
    for shop in shops:
        offer = read_offer(offers / f"{shop.tenant}.yaml", section_kinds())
        for name in TELLERS:
            await bring_one(shop.admin, name, offer.sections[name])
        plans = (await shop.admin.get("/v1/plans"))["items"]
        await narrator.tell(f"{offer.name} applies its offer: {', '.join(plan['code'] for plan in plans)}")
        prices = [plan for plan in plans if plan["price_cents"] is not None]
        told = ", ".join(
            f"{plan['code']} {show(plan['price_cents'])} for {span(plan['monthly_minutes'])}" for plan in prices
        )
        narrator.aside(told or "its prices are agreed per contract; what it promises is time, by criticality")


async def sign_contracts(narrator: Narrator, next4: Shop, blocktime: Shop) -> Cast:
    """One customer each."""
    ana = Person(subject=ASKS, name="Ana Sancha", email="ana@livrariacapitu.example")
    davi = Person(subject=APPROVES, name="Davi Escobar", email="davi@livrariacapitu.example")
    bookshop = await next4.sign("Livraria Capitu", people=(ana, davi), plan_code="START", start_date="2026-11-01")
    await narrator.tell("Livraria Capitu signs Next4's START: 3h00 a month, usable for twelve months")
    await narrator.hours(bookshop)
    hauliers = await blocktime.sign(
        "Transportes Riobaldo",
        people=(Person(subject=ASKS, name="Otacília Diadorim", email="otacilia@riobaldo.example"),),
        plan_code="PRO",
        start_date="2026-11-01",
        price_cents=180_000,
        full_hour_price_cents=19_000,
        organization={"cnpj": "11.222.333/0001-81", "devices": 12, "cnpj_active_on": "2026-10-30"},
    )
    await narrator.tell("Transportes Riobaldo signs Blocktime's PRO at R$ 1.800,00 a month, as agreed")
    return Cast(next4=next4, blocktime=blocktime, bookshop=bookshop, hauliers=hauliers)


async def first_invoices(narrator: Narrator, cast: Cast) -> None:
    """The fees of November, on its first business day: the 1st is a Sunday, the 2nd Finados; and they are paid."""
    narrator.scene("The first business day: 1 November is a Sunday, the 2nd is Finados")
    await narrator.at("2026-11-03T08:00-03:00")
    for customer in (cast.bookshop, cast.hauliers):
        (invoice,) = await customer.invoices()
        total = show(invoice.total_cents)
        await narrator.tell(f"invoice {invoice.number} for {customer.name}: {total}, due {invoice.due_date}")
    await narrator.at("2026-11-09T11:00-03:00")
    for customer in (cast.bookshop, cast.hauliers):
        (invoice,) = await customer.invoices()
        paid = await customer.shop.receives(invoice, paid_on="2026-11-09")
        await narrator.tell(f"{customer.name} pays: invoice {paid.number} is {paid.state}")


async def more_than_the_bank_covers(narrator: Narrator, cast: Cast) -> Ticket:
    """S02: 5h30 of work with 3h00 in the bank: prior approval, full price for the rest, and no work before."""
    narrator.scene("Next4: 5h30 of work, 3h00 in the bank")
    shop, customer = cast.next4, cast.bookshop
    await narrator.at("2026-11-10T09:10-03:00")
    ticket = await customer.asks(
        "Área de assinantes", "Os assinantes precisam baixar as edições em PDF.", item="evolution"
    )
    await narrator.tell(f"Ana opens ticket {ticket.number}: {ticket.subject}")
    await tell_deadlines(narrator, shop, ticket)

    await narrator.at("2026-11-10T10:00-03:00")
    estimate = await shop.estimate(ticket, 330)
    await narrator.tell(f"Next4 estimates {span(estimate.minutes)}: a quote is an answer, so attendance is met")
    await tell_deadlines(narrator, shop, ticket)
    over = span(estimate.minutes_over or 0)
    price = show(estimate.overage_cents or 0)
    narrator.aside(
        f"{span(estimate.minutes_from_bank or 0)} from the bank, {over} over it at the full price: {price}", style=""
    )
    await narrator.hours(customer)

    await narrator.at("2026-11-10T14:00-03:00")
    await narrator.tell("The agent wants to begin: " + await the_no(shop.agent, ticket, "work"), style="yellow")

    await narrator.at("2026-11-10T15:00-03:00")
    await customer.approves(ticket, estimate)
    await narrator.tell("Davi, who may spend, approves; the price is pinned from here on")
    await shop.promise(ticket, "2026-11-12T18:00-03:00")
    await narrator.tell("Next4 tells the planned delivery, which is a second promise")
    await tell_deadlines(narrator, shop, ticket)
    return ticket


async def worked_and_closed(narrator: Narrator, cast: Cast, ticket: Ticket) -> None:
    """S02 goes on: the close takes the bank's hours first, and what is over waits for the invoice."""
    shop = cast.next4
    await narrator.at("2026-11-12T16:30-03:00")
    await shop.work(ticket, 330, kind="programming")
    await shop.resolve(ticket)
    await narrator.tell("The work is done and logged: 5h30; Ana is told")
    await tell_deadlines(narrator, shop, ticket)

    await narrator.at("2026-11-12T17:00-03:00")
    closed = await shop.close(ticket)
    (debit,) = closed.debits
    taken = ", ".join(f"{span(share.minutes)} of {share.effective_date:%b %Y}" for share in debit.by_lot)
    await narrator.tell(
        f"Ticket {ticket.number} is closed: {taken} from the bank, {span(debit.minutes_over)} to invoice"
    )
    await narrator.hours(cast.bookshop)


async def a_holiday_in_between(narrator: Narrator, cast: Cast) -> None:
    """S27: registered on a Thursday afternoon before a holiday: four business hours end on Monday."""
    narrator.scene("Blocktime: four business hours across 20 November, a holiday")
    shop, customer = cast.blocktime, cast.hauliers
    await narrator.at("2026-11-19T16:30-03:00")
    ticket = await customer.asks("Planilha não abre", "A planilha de fretes não abre no meu computador.")
    await shop.triage(ticket, impact="one_user", operation="running")
    await narrator.tell(f"Ticket {ticket.number}, classified low: one person, who can go on working")
    await tell_deadlines(narrator, shop, ticket)

    await narrator.at("2026-11-23T09:40-03:00")
    await shop.write(
        ticket, "Bom dia! Pode abrir o Excel em modo de segurança e me dizer o que aparece?", asks_customer=True
    )
    await narrator.tell("Monday: the service desk answers with a question, and waits for the customer")
    await tell_deadlines(narrator, shop, ticket)
    await narrator.at("2026-11-23T11:00-03:00")
    await customer.answers(ticket, "Abriu! Era uma extensão antiga.")
    await shop.resolve(ticket)
    await narrator.tell(
        "It was an old extension; resolved. Nobody objects, so it closes by itself in three business days"
    )


async def a_broken_promise(narrator: Narrator, cast: Cast) -> None:
    """B15: a time clock that stands still is medium, two hours; nobody looks, and the house says so in time."""
    narrator.scene("Blocktime: a promise is broken, aloud")
    shop, customer = cast.blocktime, cast.hauliers
    await narrator.at("2026-11-25T09:00-03:00")
    ticket = await customer.asks("Relógio de ponto parado", "O relógio de ponto da portaria não registra ninguém.")
    await shop.triage(ticket, impact="key_function", operation="stopped")
    await narrator.tell(f"Ticket {ticket.number}, classified medium: a critical operation stands still")
    await tell_deadlines(narrator, shop, ticket)

    await narrator.at("2026-11-25T11:00-03:00")
    await narrator.tell("Two hours, and nobody has answered; the team was warned at 75 % and at 90 %", style="red")
    await tell_deadlines(narrator, shop, ticket)

    await narrator.at("2026-11-25T11:20-03:00")
    await shop.escalate(ticket, reason="troca de fonte no local")
    await shop.write(ticket, "Pedimos desculpas pela demora. Um técnico chega às 13:00.")
    await narrator.tell("Level 2 takes over and apologises; what is broken stays broken in the figures")


async def a_night_on_call(narrator: Narrator, cast: Cast) -> None:
    """B16, B17: what may stop the whole company runs on a clock that never closes."""
    narrator.scene("Blocktime: Saturday night, the internet link is down")
    shop, customer = cast.blocktime, cast.hauliers
    await narrator.at("2026-11-28T22:10-03:00")
    monitoring = shop.stage.bearer(shop.tenant, "monitoramento", Role.AGENT)
    ticket = await customer.asks_by(
        monitoring,
        "Link de internet fora do ar",
        "O roteador da matriz não responde desde 22:09.",
        channel="monitoring",
        impact="company",
        operation="stopped",
        detected_at="2026-11-28T22:09:00-03:00",
    )
    await narrator.tell(f"Monitoring opens ticket {ticket.number}, critical from the start")
    await tell_deadlines(narrator, shop, ticket)
    await narrator.at("2026-11-28T22:25-03:00")
    await shop.escalate(ticket, reason="operadora acionada")
    await narrator.tell("Level 2 is called: forwarding a solution is attendance")
    await tell_deadlines(narrator, shop, ticket)


async def first_of_december(narrator: Narrator, cast: Cast, ticket: Ticket) -> None:
    """Statements and invoices of both shops. Raises WentWrong when the bookshop's is not S02's."""
    narrator.scene("1 December, 08:00: statements and invoices")
    await narrator.at("2026-12-01T08:00-03:00")
    statement = await cast.bookshop.statement("2026-11")
    await narrator.tell(
        f"November of Livraria Capitu: {span(statement.granted_minutes)} granted, {span(statement.debited_minutes)}"
        f" used, {span(statement.overage_minutes)} beyond the bank ({show(statement.overage_cents)})"
    )
    for customer in (cast.bookshop, cast.hauliers):
        narrator.invoice(customer, (await customer.invoices())[-1])
    total = (await cast.bookshop.invoices())[-1].total_cents
    if total != INVOICE_OF_THE_STORY_CENTS:
        wanted = show(INVOICE_OF_THE_STORY_CENTS)
        raise WentWrong(f"the invoice with ticket {ticket.number} is {show(total)} and must be {wanted}")
    await narrator.hours(cast.bookshop)


async def the_invoice_is_paid(narrator: Narrator, cast: Cast) -> None:
    """3.1: the office notes what has come, and the customer gets a receipt."""
    narrator.scene("Next4: the invoice is paid")
    shop, customer = cast.next4, cast.bookshop
    await narrator.at("2026-12-02T10:00-03:00")
    paid = await shop.receives((await customer.invoices())[-1], paid_on="2026-12-02")
    await narrator.tell(f"{show(paid.paid_cents)} have come by transfer: invoice {paid.number} is {paid.state}")


async def a_day_at_the_desks(narrator: Narrator, cast: Cast) -> None:
    """What the board shows to whoever opens it: promises that run, one near its limit, one that waits for a yes."""
    narrator.scene("3 December, shortly before noon: what is open in both shops")
    next4, bookshop, blocktime, hauliers = cast.next4, cast.bookshop, cast.blocktime, cast.hauliers
    await narrator.at("2026-12-03T09:00-03:00")
    waits = await bookshop.asks("Vendas por autor", "Precisamos de um relatório de vendas por autor.", item="evolution")
    await next4.promise(waits, "2026-12-08T18:00-03:00")
    await next4.estimate(waits, 240)
    await narrator.tell(f"Next4 promises ticket {waits.number} for Tuesday, if Davi approves an hour over the bank")
    await tell_deadlines(narrator, next4, waits)
    await narrator.at("2026-12-03T10:00-03:00")
    near = await hauliers.asks("Impressora de etiquetas", "A impressora de etiquetas da expedição não liga.")
    await blocktime.triage(near, impact="key_function", operation="stopped")
    await narrator.tell(f"Blocktime's ticket {near.number}, classified medium: the labels of the dispatch")
    await tell_deadlines(narrator, blocktime, near)
    await narrator.at("2026-12-03T10:30-03:00")
    banner = await bookshop.asks("Banner de Natal", "Trocar o banner da página inicial.", item="content_change")
    await narrator.tell(f"Next4's ticket {banner.number}: a banner for Christmas")
    await tell_deadlines(narrator, next4, banner)
    await narrator.at("2026-12-03T11:10-03:00")
    scanner = await hauliers.asks("Scanner lento", "O scanner do escritório leva um minuto por página.")
    await blocktime.triage(scanner, impact="one_user", operation="running")
    await narrator.tell(f"Blocktime's ticket {scanner.number}, classified low: a slow scanner")
    await tell_deadlines(narrator, blocktime, scanner)
    await narrator.at("2026-12-03T11:50-03:00")
    await narrator.tell(f"Ten minutes are left for ticket {near.number}, and nobody has answered", style="red")


async def nothing_is_parked(api: Api) -> None:
    """A fact that a service refused is a fault of the house. Raises WentWrong."""
    lines = str(await api.get("/metrics")).splitlines()
    parked = sum(float(line.rpartition(" ")[2]) for line in lines if line.startswith("parked_facts{"))
    if parked:
        raise WentWrong(f"{parked:.0f} facts are parked: a service could not handle them")


async def tell_deadlines(narrator: Narrator, shop: Shop, ticket: Ticket) -> None:
    """Every promise about a ticket as it stands."""
    for clock in await shop.clocks(ticket):
        narrator.deadline(clock)


async def the_no(agent: Api, ticket: Ticket, act: str) -> str:
    """What the house answers to somebody who may not do this yet. Raises WentWrong when it lets them."""
    try:
        await agent.post(f"/v1/tickets/{ticket.id}/{act}", {"minutes": 60, "kind": "programming"})
    except Answered as refusal:
        return f"refused, {refusal.code}: {refusal.detail}"
    raise WentWrong(f"{act} on ticket {ticket.number} was let through before its approval")
