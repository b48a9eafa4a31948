"""What holds after every story of hours and money: the books agree, and no minute came or went."""

from __future__ import annotations

from typing import Any

from services.cli.demo.actors import Customer, Shop
from services.cli.demo.seen import Invoice, Line, Ticket
from services.cli.reconcile.command import reconcile_month
from shared.money import price_of_minutes

INTO_BALANCE = {"grant": 1, "restore": 1, "capture": -1, "consume": -1, "expire": -1, "void": -1}


async def the_books_agree(shop: Shop, *months: str, customers: list[Customer]) -> None:
    """Statement, ledger and invoices of these months; and of each customer every lot and the fold of the entries."""
    for month in months:
        assert (await reconcile_month(shop.admin, month, quiet=True)).differences == []
    for customer in customers:
        account = await customer.person.get(f"/v1/accounts/{customer.contract_id}")
        for lot in account["lots"]:
            buckets = [lot[f"{name}_minutes"] for name in ("available", "held", "consumed", "expired", "voided")]
            assert min(buckets) >= 0
            assert lot["granted_minutes"] == sum(buckets)
        entries = await customer.entries()
        assert [entry.sequence for entry in entries] == list(range(1, len(entries) + 1))
        folded = sum(INTO_BALANCE.get(entry.kind, 0) * entry.minutes for entry in entries)
        assert folded == account["balance_minutes"] == account["available_minutes"] + account["held_minutes"]


async def signed_since(shop: Shop, name: str, start_date: str, *, fees_from: str, **terms: Any) -> Customer:
    """A customer whose contract began before it was written down here; older fees were invoiced elsewhere."""
    given: dict[str, Any] = {"plan_code": "START", "start_date": start_date, "fees_from": fees_from} | terms
    return await shop.sign(name, **given)


async def held_for_work(shop: Shop, customer: Customer, minutes: int) -> Ticket:
    """A ticket whose estimate is approved, by the customer where that is needed."""
    ticket = await customer.asks("Atualizar o site", "O site precisa de uma seção nova.")
    estimate = await shop.estimate(ticket, minutes)
    if estimate.state == "awaiting_approval":
        await customer.approves(ticket, estimate)
    return ticket


async def reverse(customer: Customer, ticket: Ticket, minutes: int) -> dict[str, Any]:
    """Take minutes of a closed ticket back, as the manager does."""
    body = {"ticket_id": str(ticket.id), "minutes": minutes, "reason": "work redone under warranty"}
    answer = await customer.shop.manager.post(f"/v1/accounts/{customer.contract_id}/reversals", body)
    found: dict[str, Any] = answer.body
    return found


def amounts(invoice: Invoice) -> list[tuple[str, str, int]]:
    """The lines of an invoice: what for, of which month, how much."""
    return [(line.kind, line.period, line.cents) for line in invoice.lines]


def over(line: Line) -> tuple[int | None, int]:
    """Minutes of an overage line, and their price, which is the price of an hour rounded once."""
    assert line.minutes is not None
    assert line.unit_cents_per_hour is not None
    assert line.cents == price_of_minutes(line.minutes, line.unit_cents_per_hour)
    return line.minutes, line.cents
